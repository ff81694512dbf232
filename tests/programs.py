#!/usr/bin/env python3
"""Runs the test programs that cargo has built, two at a time: most of them wait for a server or a clock more than they work.

    cargo build --tests … --message-format=json-render-diagnostics | tests/programs.py [ARGUMENT…]

Each program gets the arguments, and runs in the folder of its package as under cargo. What it says is printed whole when it has
ended. Exit code 1 when one of them failed, or when there was none; what the failed ones said last comes once more at the end."""

import concurrent.futures
import json
import os
import re
import subprocess
import sys
import time

AT_A_TIME = 2
# Those that take longest, by package and name, the longest first: none of them begins when nothing is left to run beside it.
LONGEST = [
    "e2e/cities",
    "e2e/processes",
    "punishment/suite",
    "collection/suite",
    "inspection/suite",
    "risk/suite",
    "registry/suite",
    "standalone/standalone",
    "feed/feed",
    "e2e/workspace",
    "crypto/draw",
    "outbox/suite",
    "exchange/suite",
    "risk/risk",
    "collection/collection",
    "gateway/gateway",
    "db/suite",
    "service/suite",
]
# Lines of a failed program that come again at the end: where a log is cut, its end is kept.
LAST_LINES = 80


def programs(lines):
    """(folder, path) of each test program; those first that take longest."""
    found = []
    turns = {name: turn for turn, name in enumerate(LONGEST)}
    for line in lines:
        told = json.loads(line)
        if told.get("reason") == "compiler-artifact" and told["profile"]["test"] and told.get("executable"):
            folder = os.path.dirname(told["manifest_path"])
            turn = turns.get(os.path.basename(folder) + "/" + told["target"]["name"], len(turns))
            found.append((turn, folder, told["executable"]))
    return [(folder, path) for _, folder, path in sorted(found)]


def run(program):
    """What a program ended with, said, and took: seconds, and seconds of the processor with those whom it started."""
    folder, path = program
    begun = time.monotonic()
    env = dict(os.environ, CARGO_MANIFEST_DIR=folder)
    process = subprocess.Popen(
        [path, *sys.argv[1:]], cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    with process.stdout as said:
        said = said.read()
    _, status, used = os.wait4(process.pid, 0)
    # It has been waited for.
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, said, time.monotonic() - begun, used.ru_utime + used.ru_stime


def why(said):
    """The part of what a failed program said that tells why: from its list of failures on, else its last lines."""
    text = said.decode(errors="replace")
    failures = re.split(r"^failures:$", text, maxsplit=1, flags=re.M)
    return "\n".join(failures[-1].splitlines()[:LAST_LINES] if len(failures) > 1 else text.splitlines()[-LAST_LINES:])


def main():
    found = programs(sys.stdin)
    failed = [] if found else ["no test program was built"]
    reasons = []
    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as workers:
        running = {workers.submit(run, program): program for program in found}
        for done in concurrent.futures.as_completed(running):
            folder, path = running[done]
            name = os.path.basename(folder) + ": " + os.path.basename(path)
            code, said, took, worked = done.result()
            print(f"     Running {name}", flush=True)
            sys.stdout.buffer.write(said)
            print(f"     {name} ended with {code} after {took:.1f}s, {worked:.1f}s of the processor\n", flush=True)
            if code != 0:
                failed.append(f"{name} ended with {code}")
                reasons.append(f"     {name} failed:\n{why(said)}\n")
    print(*reasons, sep="\n")
    print(f"{len(found)} test programs, {len(failed)} failed", *failed, sep="\n    ")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
