"""How many scoring workers one hub feeds: a real hub, and workers that are played, more and more of them.

Each reaches the hub by tcp with a key, as from another machine. A task takes each as long as it takes a
real one (by the hub's own cut, at a millisecond an item: 100 ms, or longer where workers are many), but
nobody computes: a timer waits. What
comes of it is as large as what real workers bring, and pieces that are to be merged are fetched, as real
workers do. What is counted: the time that workers had a task, beside all of it; tasks that the hub has
taken; the processor time of the hub's one thread and of ZeroMQ's beside it; bytes on the wire.
"""
import heapq
import os
import pathlib
import re
import tempfile
import time

import zmq

from bus import Peer, contract
from workers import ENGLAND, Installation, free_port

COUNTS = (16, 64, 128, 256)
ITEM_NS = 1_000_000
MERGE_SECONDS = 0.01
PIECE_BYTES = 32 << 10  # as those of a tenth of a second of 307 areas
SETTLE, COUNTED = 2.0, 5.0  # seconds
ITEMS = 10_000_000


class Played:
    """One worker. What it is sent is handled when it comes; what it has to say is said when it is due."""

    def __init__(self, crowd, context, endpoint, key, number):
        self.crowd, self.bus, self.wanted, self.task = crowd, contract(), [], None
        self.socket = context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.curve_serverkey, self.socket.curve_publickey, self.socket.curve_secretkey = (
            key[word].encode() for word in ("service", "public", "secret"))
        self.socket.connect(endpoint)
        self.say(hello={"role": "scoring", "name": f"played-{number}", "build": "0"})

    def say(self, **body):
        self.socket.send(self.bus.Message(version=1, **body).SerializeToString())

    def hear(self):
        while self.socket.poll(0):
            message = self.bus.Message.FromString(self.socket.recv())
            kind = message.WhichOneof("body")
            if kind == "welcome":
                self.say(credit={"tasks": 1})
                self.beat = message.welcome.heartbeat_ms / 1000
                self.crowd.later(self.beat, self.heartbeat)
            elif kind == "task":
                self.begin(message.task)
            elif kind == "blob":
                self.fetch()
            elif kind == "hello_wanted":
                raise AssertionError("the hub took a played worker for dead: the player itself is too slow")

    def heartbeat(self):
        self.say(heartbeat={})
        self.crowd.later(self.beat, self.heartbeat)

    def begin(self, task):
        self.task, study = task, task.study
        assert study.step != study.FINISH, "the run is too short for so many workers"
        if study.step == study.RUN:
            self.crowd.later(study.count * ITEM_NS / 1e9, self.end)
            return
        self.wanted = list(study.pieces)
        self.fetch()

    def fetch(self):
        """One after the other, as a worker does."""
        if self.wanted:
            self.say(blob_wanted={"hash": self.wanted.pop()})
        else:
            self.crowd.later(MERGE_SECONDS, self.end)

    def end(self):
        study = self.task.study
        run = study.step == study.RUN
        self.say(task_done={"task": self.task.task, "busy_ns": study.count * ITEM_NS if run else int(MERGE_SECONDS * 1e9),
                            "piece": {"study": study.study, "first": study.first, "count": study.count, "failed": 0,
                                      "tallies": [self.crowd.tally]}})
        self.say(credit={"tasks": 1})
        self.crowd.done += 1
        self.crowd.worked += study.count * ITEM_NS / 1e9 if run else MERGE_SECONDS


class Crowd:
    """Played workers, and the time at which each has something to say."""

    def __init__(self, endpoint, key, count):
        self.due, self.order, self.done, self.worked, self.tally = [], 0, 0, 0.0, os.urandom(PIECE_BYTES)
        self.context = zmq.Context(io_threads=1)
        self.context.max_sockets = 4096
        self.poller, self.workers = zmq.Poller(), {}
        for number in range(count):
            worker = Played(self, self.context, endpoint, key, number)
            self.workers[worker.socket] = worker
            self.poller.register(worker.socket, zmq.POLLIN)

    def later(self, seconds, what):
        self.order += 1
        heapq.heappush(self.due, (time.monotonic() + seconds, self.order, what))

    def work(self, seconds):
        end = time.monotonic() + seconds
        while (now := time.monotonic()) < end:
            while self.due and self.due[0][0] <= now:
                heapq.heappop(self.due)[2]()
            wait = min(self.due[0][0] if self.due else end, end) - time.monotonic()
            for socket, _ in self.poller.poll(max(0, wait * 1000)):
                self.workers[socket].hear()

    def leave(self):
        for worker in self.workers.values():
            worker.say(goodbye={})
            worker.socket.close(linger=1000)
        self.context.term()


def measure(service, endpoint, key, count, seed):
    said = service.run("batch", "uncertainty", "--replicates", ITEMS, "--seed", seed, "--detach")
    job = int(re.match("job ([0-9]+)", said)[1])
    crowd = Crowd(endpoint, key, count)
    crowd.work(SETTLE)
    with Peer(f"ipc://{service.state}/hub") as peer:
        def taken():
            return peer.ask(jobs_wanted={"job": job}).jobs.jobs[0].tasks

        done, spent, wire, began = taken(), service.hub_seconds(), service.hub_bytes(), time.monotonic()
        written = service.hub_written()
        player, worked, ended = time.thread_time(), crowd.worked, crowd.done
        crowd.work(COUNTED)
        took, player = time.monotonic() - began, time.thread_time() - player
        written = service.hub_written() - written
        worked, ended = crowd.worked - worked, crowd.done - ended
        done = taken() - done
        spent = [now - then for then, now in zip(spent, service.hub_seconds())]
        wire = [now - then for then, now in zip(wire, service.hub_bytes())]
        crowd.leave()
        peer.ask(cancel_job={"job": job})
    return {"rate": done / took, "share": worked / took / count, "long": worked / ended, "own": spent[0] / done, "beside": spent[1] / done, "busy": spent[0] / took,
            "player": player / took, "in": wire[0] / done, "out": wire[1] / done,
            "written": written / done}


def rows(build):
    mindex = pathlib.Path(build) / "mindex"
    with tempfile.TemporaryDirectory(prefix="mindex-bench-") as home:
        port = free_port()
        service = Installation(mindex, home, 1, port=port)
        try:
            service.run("load", ENGLAND)
            service.processes.pop().terminate()  # the one real worker, which the first edition needed
            lines = (service.state / "keys" / "scorer.key").read_text().splitlines()
            key = dict(line.split(" = ", 1) for line in lines if " = " in line)
            found = {count: measure(service, f"tcp://127.0.0.1:{port}", key, count, seed)
                     for seed, count in enumerate(COUNTS, 1)}
        finally:
            service.stop()
    for count, each in found.items():
        how = (f"{count} played workers by tcp with keys, tasks of {each['long'] * 1000:.0f} ms and {PIECE_BYTES >> 10} KB, "
               f"{each['rate']:.0f} a second; the hub's thread is busy "
               f"{each['busy']:.0%} of the time, ZeroMQ's beside it takes {each['beside'] * 1e3:.2f} ms a task, the player is "
               f"busy {each['player']:.0%}; a task has {each['in'] / 1000:.1f} KB to the hub and {each['out'] / 1000:.1f} KB from it, and "
               f"{each['written'] / 1000:.0f} KB to its disk")
        yield dict(what=f"{count} workers at work", beside="all of their time", ours=100 * each["share"], theirs=100.0,
                   unit="%", ratio=each["share"], aim=None, met=None, how=how)
        yield dict(what=f"a task of {count} workers costs the hub's thread", beside=None, ours=each["own"] * 1e3, theirs=None,
                   unit="ms", ratio=None, aim=None, met=None, how=how)
