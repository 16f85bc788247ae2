"""The README's subscriber, as it stands there, against the real service.

Runs the code block of README.md with Debian's python3-zmq and python3-protobuf, and compares what it
prints with the rank changes that the edition's own table holds.
"""
import csv
import os
import pathlib
import re
import subprocess
import sys
import tempfile

build = pathlib.Path(sys.argv[1]).resolve()
root = pathlib.Path(__file__).resolve().parents[2]
mindex = build / "mindex"
england = root / "deploy" / "england"
newer = england / "newer" / "gigabit-broadband" / "2026-05-19.csv"


def readme_block(language):
    return re.search(rf"```{language}\n(.*?)```", (root / "README.md").read_text(), re.S).group(1)


def run(home):
    """The lines that the subscriber printed, and the changes that it should have printed."""
    subprocess.run(["protoc", f"--proto_path={root}/proto", f"--python_out={home}/build",
                    *map(str, (root / "proto").glob("*.proto"))], check=True)
    (home / "subscriber.py").write_text(readme_block("python"))
    state = home / "build" / "serve"
    environment = dict(os.environ, MINDEX_STATE=str(state))
    up = subprocess.Popen([mindex, "up", "--state", state], stderr=subprocess.DEVNULL)
    subscriber = None
    try:
        subprocess.run([mindex, "load", england], env=environment, check=True, stdout=subprocess.DEVNULL)
        subscriber = subprocess.Popen([sys.executable, "subscriber.py"], cwd=home, text=True,
                                      stdout=subprocess.PIPE)
        subprocess.run([mindex, "ingest", newer], env=environment, check=True, stdout=subprocess.DEVNULL)
        with open(state / "editions" / "latest" / "rank-changes.csv", encoding="utf-8") as table:
            growth = {row["node_name"] for row in read_metrics(state) if row["mission"] == "growth"}
            growth |= {"Economic growth", "Infrastructure"}
            expected = [f'{row["area_name"]} {row["node_name"]} {row["old_rank"]} -> {row["new_rank"]}'
                        for row in csv.DictReader(table) if row["node_name"] in growth]
        lines = [subscriber.stdout.readline().rstrip("\n") for _ in expected]
    finally:
        for process in (subscriber, up):
            if process:
                process.terminate()
                process.wait(20)
    return lines, expected


def read_metrics(state):
    with open(state / "editions" / "latest" / "metrics.csv", encoding="utf-8") as table:
        for row in csv.DictReader(table):
            yield {"node_name": row["metric_name"], "mission": row["mission"]}


def main():
    failures = []
    with tempfile.TemporaryDirectory() as home:
        (pathlib.Path(home) / "build").mkdir()
        lines, expected = run(pathlib.Path(home))
    numbers = [int(line.split(" ", 1)[0]) for line in lines]
    moves = [line.split(" ", 1)[1] for line in lines]
    if len(expected) < 300:
        failures.append(f"only {len(expected)} changes to compare with")
    if sorted(moves) != sorted(expected):
        failures.append(f"{len(set(moves) ^ set(expected))} lines differ, such as "
                        f"{sorted(set(moves) ^ set(expected))[:3]}")
    if numbers != sorted(set(numbers)):
        failures.append("the numbers do not rise")
    for failure in failures:
        print(f"test_subscriber.py:F: {failure}")
    print(f"{0 if failures else 100}%: Checks: 1, Failures: {1 if failures else 0}, Errors: 0")
    return 1 if failures else 0


sys.exit(main())
