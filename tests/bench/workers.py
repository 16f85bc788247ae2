"""One batch run by 1, 2, 4 and 8 workers of a service of their own each, in turns, and by one thread of
`--local`: how much faster more workers are, what the service costs beside the bare computation, and how
far two processes that share nothing but the machine get, which is as far as it goes.

Each run is of another seed, as the same study again is the same job. Its time is the hub's, from the
job's submission to its result. Of several rounds the fastest of each counts.
"""
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

from bus import Peer

HERE = pathlib.Path(__file__).resolve().parent
ENGLAND = HERE.parents[1] / "deploy" / "england"
WORKERS = (1, 2, 4, 8)
ROUNDS = 3
REPLICATES = 60000
ROLES = ("hub", "ingestion", "comparison", "publishing")


class Installation:
    """A service with some scoring workers and the England pack. `port`: the workers reach it by tcp with
    a key, as if they were elsewhere."""

    def __init__(self, mindex, home, workers, port=None):
        self.mindex, self.state = mindex, pathlib.Path(home) / f"state-{workers}-{port}"
        listen, reach = [], []
        if port:
            self.run("key", "new", "scorer", "--role", "scoring")
            listen = ["--listen", f"tcp://127.0.0.1:{port}"]
            reach = ["--hub", f"tcp://127.0.0.1:{port}", "--key", self.state / "keys" / "scorer.key"]
        self.port, self.processes = port, []
        for role in ROLES:
            self.start(role, *(listen if role == "hub" else []))
        for _ in range(workers):
            self.start("scoring", *reach)

    def start(self, *arguments):
        self.processes.append(subprocess.Popen([self.mindex, *arguments, "--state", self.state], stderr=subprocess.DEVNULL))

    def run(self, *arguments):
        return subprocess.run([self.mindex, *map(str, arguments), "--state", self.state], check=True, text=True,
                              capture_output=True).stdout

    def hub_seconds(self):
        """Of processor time: the hub's own thread, and those of ZeroMQ beside it."""
        hub = self.processes[0].pid
        spent = {int(path.parent.name): int(path.read_text().split()[0]) / 1e9
                 for path in pathlib.Path(f"/proc/{hub}/task").glob("*/schedstat")}
        own = spent.pop(hub)
        return own, sum(spent.values())

    def hub_written(self):
        """Bytes that the hub had written to disk."""
        told = pathlib.Path(f"/proc/{self.processes[0].pid}/io").read_text()
        return int(re.search(r"^write_bytes: ([0-9]+)", told, re.MULTILINE)[1])

    def hub_bytes(self):
        """That came to the hub and left it, by its workers' connections."""
        told = subprocess.run(["ss", "-tinHO", f"sport = :{self.port}"], check=True, text=True, capture_output=True).stdout
        return [sum(map(int, re.findall(rf"{word}:([0-9]+)", told))) for word in ("bytes_received", "bytes_sent")]

    def stop(self):
        for process in self.processes[::-1]:
            process.send_signal(signal.SIGTERM)
            process.wait(30)

    def seconds(self, seed):
        """How long the hub had the job."""
        said = self.run("batch", "uncertainty", "--replicates", REPLICATES, "--seed", seed, "--detach")
        number = int(re.match("job ([0-9]+)", said)[1])
        with Peer(f"ipc://{self.state}/hub") as peer:
            while (job := peer.ask(jobs_wanted={"job": number}).jobs.jobs[0]).state in ("waiting", "running", "finishing"):
                time.sleep(0.02)
        assert job.state == "done", job
        self.last = job
        return (job.ended_ms - job.submitted_ms) / 1000

    def result(self, path):
        self.run("batch", "result", self.last.job, "--out", path, "--csv")
        return path.read_bytes()


def local(mindex, seeds, out=None):
    """Seconds of as many processes at once, each with one thread."""
    began = time.monotonic()
    running = [subprocess.Popen([mindex, "batch", "uncertainty", "--pack", ENGLAND, "--replicates", str(REPLICATES),
                                 "--seed", str(seed), "--threads", "1", "--csv", *(["--out", out] if out else [])],
                                stdout=subprocess.DEVNULL) for seed in seeds]
    assert all(process.wait() == 0 for process in running)
    return time.monotonic() - began


def measure(mindex, installations):
    """The fastest time of each: of the workers by number, of one local process, and of two at once."""
    times = {}
    for turn in range(ROUNDS):
        seed = 1000 + turn
        for workers, service in installations.items():
            times.setdefault(workers, []).append(service.seconds(seed))
        times.setdefault("one", []).append(local(mindex, [seed]))
        times.setdefault("two", []).append(local(mindex, [seed, seed + 100]))
    return {what: min(each) for what, each in times.items()}


def free_port():
    """Of three that follow each other."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return min(one.getsockname()[1], 65533)


def costs(service):
    """What a task of a run costs the hub, its workers and the wire: seconds of the hub's thread and of
    ZeroMQ's, of a worker, bytes in and out; and the number of tasks."""
    service.seconds(1)  # the figures travel to each worker once, and are not counted
    before, sent = service.hub_seconds(), service.hub_bytes()
    service.seconds(2)
    after, now = service.hub_seconds(), service.hub_bytes()
    tasks = service.last.tasks
    return ([(now - then) / tasks for then, now in zip(before, after)], service.last.busy_ms / 1000 / tasks,
            [(now - then) / tasks for then, now in zip(sent, now)], tasks)


def row(what, beside, ours, theirs, ratio, how, aim=None, met=None, unit=""):
    return dict(what=what, beside=beside, ours=ours, theirs=theirs, unit=unit, ratio=ratio, aim=aim, met=met, how=how)


def rows(build):
    mindex = pathlib.Path(build) / "mindex"
    with tempfile.TemporaryDirectory(prefix="mindex-bench-") as home:
        installations = {}
        try:
            for workers in WORKERS:
                installations[workers] = Installation(mindex, home, workers)
                installations[workers].run("load", ENGLAND)
            best = measure(mindex, installations)
            out = pathlib.Path(home) / "local"
            local(mindex, [1000 + ROUNDS - 1], out)
            same = {service.result(pathlib.Path(home) / "of-workers") for service in installations.values()}
            assert same == {out.read_bytes()}, "the results differ"
            installations["keyed"] = Installation(mindex, home, 2, port=free_port())
            installations["keyed"].run("load", ENGLAND)
            (own, wire), busy, (came, went), tasks = costs(installations["keyed"])
        finally:
            for service in installations.values():
                service.stop()
    how = (f"{REPLICATES} replicates of 307 areas × 40 metrics, fastest of {ROUNDS} rounds in turns, by the hub's clock "
           f"from submission to result; results compared: the same bytes; {len(os.sched_getaffinity(0))} cores")
    efficiency = best[1] / (2 * best[2])
    yield row("1 → 2 workers: efficiency", "perfect halving", efficiency, 1.0, efficiency, how, "at least 0.9", efficiency >= 0.9)
    apart = best["one"] / best["two"]
    yield row("1 → 2 workers: efficiency", "two processes that share nothing", efficiency, apart, efficiency / apart, how)
    yield row("one worker and a hub", "--local on one thread", best[1], best["one"], best["one"] / best[1], how, unit="s")
    for workers in WORKERS[1:]:
        yield row(f"{workers} workers", "1 worker", best[workers], best[1], best[1] / best[workers], how, unit="s")
    how = (f"two workers by tcp with a key, {REPLICATES} replicates of 307 areas × 40 metrics, {tasks} tasks; the hub's "
           f"thread {own * 1e3:.2f} ms of processor time a task, ZeroMQ's beside it {wire * 1e3:.2f} ms")
    yield row("the hub's thread, a task", "the worker's time for it", own * 1e3, busy * 1e3, busy / own, how, unit="ms")
    yield row("bytes to the hub, a task", None, came, None, None, how, unit="B")
    yield row("bytes from the hub, a task", None, went, None, None, how, unit="B")
