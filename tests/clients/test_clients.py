"""The clients of deploy/clients, as its README has them built and run, against the real service: killed at
any moment and started again, with the publishing role killed meanwhile, each has every rank change once
and in order, as `mindex watch` has them."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1]), str(pathlib.Path(__file__).resolve().parents[1] / "services")]
import small
from bus import Peer
from keyed import Keyed
from suite import BUILD, ENGLAND, ROOT, Service, free_port, run

NEWER = ENGLAND / "newer" / "gigabit-broadband" / "2026-05-19.csv"
TOPIC = "rank.mission.growth."
PATIENCE_S = 60


def sections():
    """The README's commands by the client's name: those that build it, and the one that runs it."""
    text = (ROOT / "deploy" / "clients" / "README.md").read_text()
    found = {}
    for name, body in re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", text, re.M | re.S):
        for part in body.split("\n\n"):
            lines = [line.strip() for line in part.splitlines()]
            if part.startswith("    "):
                found[f"{name} {len(lines)}"] = (lines[:-1], lines[-1])
    return {"Python": found["Python 3"], "C": found["C 4"], "JavaScript": found["JavaScript 4"], "SSE": found["JavaScript 1"]}


def shell(command, home):
    done = subprocess.run(["sh", "-c", command], cwd=home, text=True, capture_output=True, check=False)
    assert done.returncode == 0, (command, done.stdout, done.stderr)


class Follower:
    """One client in a folder that looks like the project's."""

    def __init__(self, name, home, port):
        self.name, self.home = name, home
        self.build, self.command = sections()[name]
        self.command = self.command.replace(":5605/", f":{port}/").replace("python3 ", "/usr/bin/python3 ")
        self.file = home / re.search(r"build/changes-\S+", self.command)[0]
        self.process = None

    def prepare(self):
        for command in self.build:
            if command.startswith("npm ci"):  # they are there: nothing is fetched in a test
                (self.home / "build" / "clients" / "javascript" / "node_modules").symlink_to(
                    BUILD / "clients" / "javascript" / "node_modules")
            else:
                shell(command, self.home)

    def start(self):
        self.process = subprocess.Popen(["sh", "-c", f"exec env {self.command}"], cwd=self.home)

    def kill(self):
        assert self.process.poll() is None, f"{self.name} ended by itself"
        self.process.kill()
        self.process.wait()

    def size(self):
        return self.file.stat().st_size if self.file.exists() else 0

    def moves(self):
        """(number, area, node, old, new) of each whole line."""
        text = self.file.read_text()
        rows = [line.split("\t") for line in text[:text.rfind("\n") + 1].splitlines()]
        return [(int(row[0].split("-")[0]), *row[-4:]) for row in rows]

    def wait(self, wanted):
        deadline = time.monotonic() + PATIENCE_S
        while not wanted():
            assert self.process.poll() is None, f"{self.name} ended by itself"
            assert time.monotonic() < deadline, (self.name, self.size())
            time.sleep(0.005)


def expected(service):
    """The same of all that there is, as `mindex watch` tells it."""
    with Peer(f"ipc://{service.state}/replay") as peer:
        count, after = 0, 0
        while True:
            events = peer.ask(30, events_wanted={"after": after, "topics": [TOPIC]}).events
            count, after = count + len(events.events), events.through
            if after == events.newest:
                break
    lines = service.run("watch", "--after", 0, "--topic", TOPIC, "--count", count, "--json").stdout.splitlines()
    moves = []
    for event in map(json.loads, lines):
        data = event["data"] if "specversion" in event else {**event, **event["rank_changed"]}
        moves.append((int(data["seq"]), data["area"], data["node"], str(data.get("old_rank", "")), str(data.get("new_rank", ""))))
    assert len(moves) == count > 300, (len(moves), count)
    return moves


def project(home, state):
    """A folder that looks like the project's, with `make serve` running."""
    (home / "build").mkdir(parents=True)
    for part in ("proto", "deploy"):
        (home / part).symlink_to(ROOT / part)
    (home / "build" / "serve").symlink_to(state)
    return home


def available():
    names = ["Python", "C"]
    if not shutil.which("node"):
        print("skipped: the clients in JavaScript, as node is not installed")
        return names
    if (BUILD / "clients" / "javascript" / "node_modules").exists():
        names.append("JavaScript")
    else:
        print("skipped: the client in JavaScript over ZeroMQ, as its packages are not here (make test-clients)")
    return [*names, "SSE"]


def publishing_role(service):
    workers = json.loads(service.run("status", "--json").stdout)["workers"]
    return next(int(worker["name"].rsplit("-", 1)[1]) for worker in workers if worker["role"] == "publishing")


def test_each_client_has_every_change_once_whatever_is_killed():
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="mindex-test-") as folder, \
            Service("--http", f"http://127.0.0.1:{port}") as service:
        service.run("load", ENGLAND)
        followers = []
        for name in available():
            followers.append(Follower(name, project(pathlib.Path(folder) / name, service.state), port))
        try:
            follow(service, followers)
        finally:
            for follower in followers:
                if follower.process and follower.process.poll() is None:
                    follower.process.kill()
                    follower.process.wait()


def follow(service, followers):
    for follower in followers:
        follower.prepare()
        follower.start()
    service.run("ingest", NEWER)
    for follower in followers:  # as soon as there is anything: in the middle of it, where it is slow
        follower.wait(follower.size)
        follower.kill()
    release = json.loads(service.run("releases", "--dataset", "gigabit-broadband", "--json").stdout)[0]["release"]
    service.run("withdraw", release, "--reason", "A test.")  # while nobody listens
    once = expected(service)
    for follower in followers:
        follower.start()
        follower.wait(lambda one=follower: one.size() and len(one.moves()) > len(once) // 2)
        follower.kill()
    for follower in followers:
        with open(follower.file, "ab") as file:
            file.write(b"99999999\t1")  # the beginning of a line that a kill left
        follower.start()
    os.kill(publishing_role(service), signal.SIGKILL)
    service.run("ingest", NEWER)  # it is back in force
    moves = expected(service)
    assert len(moves) > len(once)
    for follower in followers:
        follower.wait(lambda one=follower: one.size() and len(one.moves()) >= len(moves))
        follower.kill()
        told = follower.moves()
        assert told == moves, (follower.name, len(told), len(moves))


def test_each_client_speaks_with_a_key_where_one_is_asked_for():
    with tempfile.TemporaryDirectory(prefix="mindex-test-") as folder, Keyed(("up", "--listen", "tcp://127.0.0.1:*")) as service:
        key, other = service.new_key("reader", "reader"), service.new_key("depositor", "depositor")
        service.run("load", small.write(small.pack(), pathlib.Path(folder) / "pack"))
        release = pathlib.Path(folder) / "pay-2026.csv"
        release.write_text(small.release(20, 3))
        service.run("ingest", release)
        for name in [name for name in available() if name != "SSE"]:
            follower = Follower(name, project(pathlib.Path(folder) / name, service.state), 0)
            follower.prepare()
            follower.command = follower.command.replace("ipc://build/serve/replay", service.doors["replay"]).replace(TOPIC, "")
            follower.command = f"MINDEX_KEY={key} {follower.command}"
            follower.start()
            try:
                follower.wait(follower.size)
            finally:
                follower.process.kill()
                follower.process.wait()
            assert {move[1] for move in follower.moves()} <= set(small.codes(20)), follower.moves()
            done = subprocess.run(["sh", "-c", f"exec env {follower.command.replace(str(key), str(other))}"], cwd=follower.home,
                                  text=True, capture_output=True, timeout=60, check=False)
            assert done.returncode == 1 and "may not hear events" in done.stderr, done


run([test_each_client_speaks_with_a_key_where_one_is_asked_for,
     test_each_client_has_every_change_once_whatever_is_killed])
