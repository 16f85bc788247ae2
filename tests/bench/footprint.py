"""Memory of each role at rest and at its peak, and how soon a hub answers, with a thousand editions of England.

The editions are made by the service itself, from a thousand releases that are handed in as fast as it takes
them, FLIGHT at a time. At its peak: the most that was resident since the process began (VmHWM), pages of the
program and of libraries among it, which processes share. At rest: when all is published and nothing has come
for some seconds. Start-up: from the start of the process to its answer to a StatusWanted.
"""
import pathlib
import re
import statistics
import subprocess
import tempfile
import time

import zmq

import bus
from replay import variant
from soak import roles
from suite import ENGLAND, MINDEX, Service

EDITIONS = 1000
FLIGHT = 20
STARTS = 15
REST_S = 3


WHEN = (("at rest", "VmRSS"), ("at its peak", "VmHWM"))


def megabytes(pid, name):
    return int(re.search(rf"^{name}:\s*(\d+) kB", pathlib.Path(f"/proc/{pid}/status").read_text(), re.M)[1]) / 1024


def grow(peer):
    """A thousand editions: each release is on record when the hub has answered."""
    published = False
    for number in range(1, EDITIONS):
        text = variant(number).encode()
        answer = peer.ask(seconds=120, hand_in={"dataset": "gigabit-broadband", "label": f"r{number}", "accept_warnings": True,
                                                "files": [{"name": f"r{number}.csv", "content": text}]})
        assert answer.WhichOneof("body") == "receipt", answer
        while number % FLIGHT == 0 and peer.ask(status_wanted={}).status.editions < number - FLIGHT:
            time.sleep(0.01)
    while not published:
        status = peer.ask(status_wanted={}).status
        published = status.editions >= EDITIONS and not status.tasks_ready and not status.tasks_leased
        time.sleep(0.1)


def memory(service):
    with bus.Peer(f"ipc://{service.state}/hub") as peer:
        grow(peer)
    time.sleep(REST_S)
    for role, pid in roles(service.up.pid).items():
        for when, name in WHEN:
            ours = megabytes(pid, name)
            aim = role == "hub"
            yield {"what": f"memory of {role} {when}, {EDITIONS:,} editions", "beside": None, "ours": ours, "theirs": None,
                   "unit": "MB", "ratio": None, "aim": "< 30 MB" if aim else None, "met": ours < 30 if aim else None,
                   "how": f"{name}, of which {megabytes(pid, 'RssAnon'):.1f} MB are its own now and no library's"}


def start(state, socket):
    """Seconds from the start of the hub's process to its answer."""
    question = bus.contract().Message(version=1, request=1, status_wanted={}).SerializeToString()
    began = time.monotonic()
    with subprocess.Popen([MINDEX, "hub", "--state", state], stderr=subprocess.DEVNULL) as hub:
        socket.send(question)
        answered = socket.poll(20000) and bus.contract().Message.FromString(socket.recv()).status
        took = time.monotonic() - began
        hub.terminate()
        hub.wait()
    assert answered and answered.editions >= EDITIONS, answered
    return took


def starts(state):
    took = []
    for _ in range(STARTS):
        with zmq.Context() as context, context.socket(zmq.DEALER) as socket:
            socket.linger, socket.reconnect_ivl = 0, 1
            socket.connect(f"ipc://{state}/hub")
            took.append(1000 * start(state, socket))
    ours = statistics.median(took)
    yield {"what": f"start of the hub to its answer, {EDITIONS:,} editions", "beside": None, "ours": ours, "theirs": None,
           "unit": "ms", "ratio": None, "aim": "< 100 ms", "met": ours < 100,
           "how": f"median of {STARTS}, from {min(took):.0f} to {max(took):.0f} ms"}


def rows(build):
    del build  # MINDEX lies in it
    with tempfile.TemporaryDirectory(prefix="mindex-bench-") as home:
        kept = pathlib.Path(home) / "state"
        with Service() as service:
            service.run("load", ENGLAND)
            yield from memory(service)
            kept.mkdir()
            service.run("backup", kept / "mindex.db")
        yield from starts(kept)
