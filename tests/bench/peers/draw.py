"""The plain ticket sort of a draw: `python3 draw.py FOLDER ROUNDS`.

`pool.tsv` in the folder has a line an object, stratum and name; `quota.tsv` a line a stratum, its name and how many are drawn. Prints the
seconds of each round, without the reading of the files, and how many were drawn."""
import hashlib, json, sys, time
from pathlib import Path

SEED = bytes(range(32))


def draw(strata, quota):
    ticket = lambda name: hashlib.sha256(SEED + name).digest()
    return {stratum: sorted(names, key=ticket)[: quota[stratum]] for stratum, names in strata.items()}


folder, rounds = Path(sys.argv[1]), int(sys.argv[2])
rows = lambda file: (line.split("\t") for line in (folder / file).read_text().splitlines())
quota = {stratum: int(number) for stratum, number in rows("quota.tsv")}
strata = {stratum: [] for stratum in quota}
for stratum, name in rows("pool.tsv"):
    strata[stratum].append(name.encode())
seconds = []
for _ in range(rounds):
    begun = time.perf_counter()
    drawn = draw(strata, quota)
    seconds.append(time.perf_counter() - begun)
print(json.dumps({"seconds": seconds, "drawn": sum(map(len, drawn.values()))}))
