#!/usr/bin/env python3
"""The points of `bench classify`, computed by DuckDB and by polars from the same columns.

    python3 classify.py FOLDER ROUNDS        needs: pip install duckdb polars numpy pyarrow

FOLDER holds what the bench wrote: `spec.json` (indicators as data) and one file a column, numbers in native byte order.
Both peers get the columns into memory before the clock starts, use all cores, and give, for each enterprise, the points of
every indicator and their sum. What each found is written back as `PEER.points` (one row an enterprise: indicators, then the
sum, 32-bit hundredths), so that the bench compares every row; the seconds of each round are printed as JSON.
"""

import json
import pathlib
import sys
import time

import duckdb
import numpy
import polars

COLUMNS = {
    "enterprise": numpy.uint32,
    "source": numpy.uint8,
    "day": numpy.int32,
    "code": numpy.uint8,
    "amount": numpy.int64,
    "flag": numpy.uint8,
}


def read(folder):
    spec = json.loads((folder / "spec.json").read_text())
    columns = {name: numpy.fromfile(folder / name, dtype=kind) for name, kind in COLUMNS.items()}
    return spec, columns


def sql_condition(indicator, as_of):
    parts = [f"source = {indicator['source']}", f"day > {as_of - indicator['days']}", f"day <= {as_of}"]
    if indicator["codes"]:
        parts.append(f"code IN ({', '.join(map(str, indicator['codes']))})")
    if indicator["flag"] is not None:
        parts.append(f"flag = {int(indicator['flag'])}")
    if indicator["at_least"] is not None:
        parts.append(f"amount >= {indicator['at_least']}")
    return " AND ".join(parts)


def sql_value(indicator, as_of):
    """The value in hundredths."""
    inside = f"FILTER (WHERE {sql_condition(indicator, as_of)})"
    return {
        "count": f"100 * count(*) {inside}",
        "exists": f"CASE WHEN count(*) {inside} > 0 THEN 100 ELSE 0 END",
        "sum": f"coalesce(sum(amount) {inside}, 0)",
        "max": f"coalesce(max(amount) {inside}, 0)",
        "days_since": f"100 * ({as_of} - max(day) {inside})",
    }[indicator["measure"]]


def sql_points(name, bands):
    cases = " ".join(f"WHEN {name} >= {start} THEN {points}" for start, points in reversed(bands))
    return f"CAST(CASE {cases} ELSE 0 END AS INTEGER)"


def query(spec):
    indicators = spec["indicators"]
    values = ", ".join(f"{sql_value(one, spec['as_of'])} AS v{at}" for at, one in enumerate(indicators))
    points = ", ".join(f"{sql_points(f'v{at}', one['bands'])} AS p{at}" for at, one in enumerate(indicators))
    total = " + ".join(f"p{at}" for at in range(len(indicators)))
    return f"""
        SELECT *, {total} AS total
        FROM (SELECT enterprise, {points} FROM (SELECT enterprise, {values} FROM records GROUP BY enterprise))"""


def by_duckdb(spec, columns, rounds):
    connection = duckdb.connect()
    frame = polars.DataFrame(columns).to_arrow()
    connection.register("arrived", frame)
    connection.execute("CREATE TABLE records AS SELECT * FROM arrived")
    text = query(spec)

    def once():
        connection.execute(f"CREATE OR REPLACE TEMP TABLE found AS {text}")

    seconds = timed(once, rounds)
    return seconds, polars.from_arrow(connection.execute("SELECT * FROM found").to_arrow_table())


def polars_points(indicator, at, as_of):
    column = polars.col
    inside = (column("source") == indicator["source"]) & (column("day") > as_of - indicator["days"])
    inside &= column("day") <= as_of
    if indicator["codes"]:
        inside &= column("code").is_in(indicator["codes"])
    if indicator["flag"] is not None:
        inside &= column("flag") == int(indicator["flag"])
    if indicator["at_least"] is not None:
        inside &= column("amount") >= indicator["at_least"]
    only = lambda name: polars.when(inside).then(column(name))
    value = {
        "count": lambda: inside.sum().cast(polars.Int64) * 100,
        "exists": lambda: inside.any().cast(polars.Int64) * 100,
        "sum": lambda: only("amount").sum(),
        "max": lambda: only("amount").max(),
        "days_since": lambda: (as_of - only("day").max()) * 100,
    }[indicator["measure"]]
    return value().alias(f"v{at}")


def by_polars(spec, columns, rounds):
    frame = polars.DataFrame(columns).with_columns(polars.col("enterprise").set_sorted())
    values = [polars_points(one, at, spec["as_of"]) for at, one in enumerate(spec["indicators"])]

    def points(at, bands):
        name = polars.col(f"v{at}")
        chain = polars.lit(0, dtype=polars.Int32)
        for start, given in bands:
            chain = polars.when(name >= start).then(polars.lit(given, dtype=polars.Int32)).otherwise(chain)
        return chain.alias(f"p{at}")

    plan = (
        frame.lazy()
        .group_by("enterprise")
        .agg(values)
        .select("enterprise", *[points(at, one["bands"]) for at, one in enumerate(spec["indicators"])])
        .with_columns(total=polars.sum_horizontal(polars.exclude("enterprise")))
    )
    found = []

    def once():
        found[:] = [plan.collect()]

    return timed(once, rounds), found[0]


def timed(once, rounds):
    once()  # warms up
    seconds = []
    for _ in range(rounds):
        begun = time.perf_counter()
        once()
        seconds.append(time.perf_counter() - begun)
    return seconds


def write(folder, peer, found, enterprises):
    """Enterprises without records have no row with the peers: theirs are points of nothing."""
    rows = found.sort("enterprise").to_numpy()
    table = numpy.zeros((enterprises, rows.shape[1] - 1), dtype=numpy.int32)
    table[rows[:, 0]] = rows[:, 1:]
    table.tofile(folder / f"{peer}.points")


def main():
    folder, rounds = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    spec, columns = read(folder)
    seconds = {}
    for peer, run in (("duckdb", by_duckdb), ("polars", by_polars)):
        seconds[peer], found = run(spec, columns, rounds)
        write(folder, peer, found, spec["enterprises"])
    versions = {"duckdb": duckdb.__version__, "polars": polars.__version__}
    print(json.dumps({"seconds": seconds, "versions": versions}))


if __name__ == "__main__":
    main()
