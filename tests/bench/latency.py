"""How long after a file comes in the subscriber hears of it, and how much memory each role holds.

Drops releases of England's gigabit coverage, one figure changed in each, into the inbox, one after the
other, and times each from the rename that puts it there to three events at a replay subscriber in this
process. Prints a table; --json FILE writes the figures too.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import zmq

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
ENGLAND = ROOT / "deploy" / "england"
NEWER = ENGLAND / "newer" / "gigabit-broadband" / "2026-05-19.csv"
MOMENTS = ["release.accepted", "rank.changed", "edition.published"]


def variant(number):
    """The release with another figure for Hartlepool; no two numbers give the same file."""
    lines = NEWER.read_text().splitlines(keepends=True)
    at = next(i for i, line in enumerate(lines) if line.startswith("E06000001,"))
    cells = lines[at].rstrip("\n").split(",")
    cells[2] = f"{99 if number % 2 else 40}.{number:04d}"
    lines[at] = ",".join(cells) + "\n"
    return "".join(lines)


def subscribe(socket, bus, after):
    """One answer of the replay socket: its events, and the number to go on from."""
    ask = bus.Message(version=1, events_wanted={"after": after, "wait_ms": 20000, "limit": 5000})
    socket.send(ask.SerializeToString())
    if not socket.poll(30000):
        sys.exit("no answer from the replay socket")
    answer = bus.Message.FromString(socket.recv())
    return answer.events.events, answer.events.through


def time_release(service, socket, bus, number, after):
    """Seconds from the file's coming to each moment."""
    coming = service / "coming"
    coming.write_text(variant(number))
    began = time.monotonic()
    coming.rename(service / "inbox" / f"gigabit-broadband-{number}.csv")
    heard = {}
    while "edition.published" not in heard:
        events, after = subscribe(socket, bus, after)
        now = time.monotonic() - began
        for event in events:
            heard.setdefault(event.type, now)
    return [heard[moment] for moment in MOMENTS], after


def memory(up):
    """Resident and proportional kilobytes of each process under the supervisor."""
    rows = []
    for pid in [up.pid] + [int(p) for p in subprocess.run(["pgrep", "-P", str(up.pid)], text=True,
                                                         capture_output=True, check=True).stdout.split()]:
        role = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[1].decode()
        sizes = dict(line.split(":") for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
        rows.append((role, int(sizes["Rss"].split()[0]), int(sizes["Pss"].split()[0])))
    return rows


def share(values, q):
    return sorted(values)[min(len(values) - 1, int(q * len(values)))]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--releases", type=int, default=200)
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    mindex = options.build.resolve() / "mindex"
    with tempfile.TemporaryDirectory() as home:
        service = pathlib.Path(home) / "state"
        subprocess.run(["protoc", f"--proto_path={ROOT}/proto", f"--python_out={home}",
                        *map(str, (ROOT / "proto").glob("*.proto"))], check=True)
        sys.path.insert(0, home)
        import bus_pb2 as bus
        up = subprocess.Popen([mindex, "up", "--state", service], stderr=subprocess.DEVNULL)
        try:
            subprocess.run([mindex, "load", ENGLAND], check=True, stdout=subprocess.DEVNULL,
                           env=dict(os.environ, MINDEX_STATE=str(service)))
            socket = zmq.Context.instance().socket(zmq.DEALER)
            socket.connect(f"ipc://{service}/replay")
            after, rows = subscribe(socket, bus, 0)[1], []
            for number in range(options.releases):
                row, after = time_release(service, socket, bus, number, after)
                rows.append(row)
            sizes = memory(up)
        finally:
            up.terminate()
            up.wait(20)
    result = {"releases": len(rows), "milliseconds": {}, "kilobytes": []}
    print(f"{len(rows)} releases, from the file in the inbox to a subscriber, milliseconds")
    print(f"{'':20}{'p50':>8}{'p99':>8}{'most':>8}")
    for k, moment in enumerate(MOMENTS):
        took = [1000 * row[k] for row in rows]
        figures = {"p50": share(took, 0.5), "p99": share(took, 0.99), "most": max(took)}
        result["milliseconds"][moment] = figures
        print(f"{moment:20}" + "".join(f"{figure:8.1f}" for figure in figures.values()))
    print(f"\n{'memory after them, KB':22}{'resident':>9}{'its share':>11}")
    for role, resident, proportional in sizes:
        result["kilobytes"].append({"role": role, "resident": resident, "proportional": proportional})
        print(f"{role:22}{resident:9}{proportional:11}")
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n")


main()
