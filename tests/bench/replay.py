"""Events replayed to a subscriber per second, beside a bare ZeroMQ pipe of the same frames.

A log is made by releases of England's gigabit coverage, one after the other. tests/bench/replay takes all
of it from the replay endpoint, three questions ahead, in answers of 1000 events; and in turns the same bytes
from another process over ipc, as the same answers, and as one event a message. Looked at: as far as the next
question needs. Read: every event unpacked, at both.
"""
import json
import subprocess
import time

from suite import ENGLAND, Service

RELEASES = 60
ROUNDS = 9
NEWER = ENGLAND / "newer" / "gigabit-broadband" / "2026-05-19.csv"


def variant(number):
    """The release with other figures: no two numbers give the same file, and many ranks move."""
    lines = NEWER.read_text(encoding="utf-8").splitlines()
    header, body = lines[0], [line.split(",") for line in lines[1:]]
    at = header.split(",").index("value")
    for k, cells in enumerate(body):
        if cells[at]:
            cells[at] = f"{max(0.1, float(cells[at]) - (k * 7 + number * 3) % 11 / 10):.4f}"
    body[0][at] = f"{80 + number % 2}.{number:04}"
    return "\n".join([header, *(",".join(cells) for cells in body)]) + "\n"


def rows(build):
    with Service() as service:
        service.run("load", ENGLAND)
        file = service.state / "coming.csv"
        for number in range(RELEASES):
            file.write_text(variant(number), encoding="utf-8")
            service.run("ingest", "--dataset", "gigabit-broadband", "--label", f"r{number}",
                        "--accept-warnings", "--no-wait", file)
        while json.loads(service.run("status", "--json").stdout)["editions"] <= RELEASES:
            time.sleep(0.1)
        out = subprocess.run([build / "tests" / "bench" / "replay", f"ipc://{service.state}/replay",
                              f"ipc://{service.state}/pipe", str(ROUNDS)],
                             check=True, capture_output=True, text=True).stdout
    figures = json.loads(out)
    how = (f"{figures['events']} events in {figures['frames']} frames, {figures['bytes'] / 1e6:.1f} MB; the quickest "
           f"of {ROUNDS} rounds, in turns")
    looked, read = (figures["events"] / seconds for seconds in figures["replayed"])
    same, same_read = (figures["events"] / seconds for seconds in figures["piped"])
    for what, ours, beside, theirs in (
            ("looked at", looked, "a bare pipe, one event a message", figures["events"] / figures["singly"]),
            ("looked at", looked, "a bare pipe, 1000 a message", same),
            ("read", read, "the same pipe, events read", same_read)):
        ratio = ours / theirs
        yield {"what": f"events replayed, {what}", "beside": beside, "ours": round(ours), "theirs": round(theirs),
               "unit": "/s", "ratio": ratio, "aim": ">= 0.5 x", "met": ratio >= 0.5, "how": how}
