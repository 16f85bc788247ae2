"""Programs of this version and of 0.1.0 together: each with the other's hub, an upgrade role by role
while releases come in, a state folder of 0.1.0 brought forward, and the way back.

    upgrade.py BUILD OLD      OLD: the program of version 0.1.0, as 'make test-upgrade' builds it
"""
import csv
import json
import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import small
from bus import Peer, contract, contract_events
from suite import MINDEX, run, until

OLD = pathlib.Path(sys.argv[2]).resolve()
VERSIONS = {OLD: "0.1.0", MINDEX: subprocess.run([MINDEX, "--version"], text=True, capture_output=True,
                                                  check=True).stdout.split()[-1]}
ROLES = ("hub", "ingestion", "scoring", "comparison", "publishing")
WORKERS = ("ingestion", "scoring", "scoring", "comparison", "publishing")
PATIENCE = 120


class Installation:
    """The roles as processes of their own, each of either program, over one state folder."""

    def __enter__(self):
        self.home = tempfile.TemporaryDirectory(prefix="mindex-upgrade-")
        self.state = pathlib.Path(self.home.name) / "state"
        self.log = pathlib.Path(self.home.name) / "log"
        self.running = []
        return self

    def __exit__(self, *_):
        statuses = [self.stop(process) for process in list(self.running)]
        self.home.cleanup()
        assert not any(statuses), f"processes ended with {statuses}"

    def start(self, program, *roles):
        for role in roles:
            with open(self.log, "a") as log:
                process = subprocess.Popen([program, role, "--state", self.state], stderr=log, stdout=log)
            process.role, process.program = role, program
            self.running.append(process)
            if role == "hub":
                self.run(program, "status")  # which waits until it is there

    def stop(self, process, with_signal=signal.SIGTERM):
        self.running.remove(process)
        process.send_signal(with_signal)
        status = process.wait(60)
        return 0 if with_signal == signal.SIGKILL else status

    def replace(self, role, program, with_signal=signal.SIGTERM):
        """One process of the role, by the other program."""
        before = next(process for process in self.running if process.role == role and process.program != program)
        assert self.stop(before, with_signal) == 0
        self.start(program, role)

    def run(self, program, *arguments, check=True):
        done = subprocess.run([program, *map(str, arguments)], text=True, capture_output=True, timeout=PATIENCE,
                              env=dict(os.environ, MINDEX_STATE=str(self.state)))
        assert not check or done.returncode == 0, (arguments, done.stdout, done.stderr)
        return done

    def status(self, program=MINDEX):
        return json.loads(self.run(program, "status", "--json").stdout)

    def workers(self, version):
        return [worker for worker in self.status()["workers"] if worker["build"] == version]

    def load(self, program):
        self.run(program, "load", small.write(small.pack(), pathlib.Path(self.home.name) / "pack"))

    def ingest(self, program, seed):
        path = pathlib.Path(self.home.name) / f"pay-{seed}.csv"
        path.write_text(small.release(20, seed))
        return self.run(program, "ingest", "--accept-warnings", "--dataset", "pay", "--label", f"2025-{seed}", path)

    def rows(self, sql):
        connection = sqlite3.connect(f"file:{self.state}/mindex.db?mode=ro", uri=True)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def check_whole(self, editions):
        """By the newest program: nothing lost, nothing twice, and all can be computed again."""
        until(lambda: self.status()["published"] == editions, f"edition {editions} to be published")
        assert [number for number, in self.rows("SELECT number FROM edition ORDER BY number")] == \
            list(range(1, editions + 1))
        events = [seq for seq, in self.rows("SELECT seq FROM event ORDER BY seq")]
        assert events == list(range(1, len(events) + 1))
        self.run(MINDEX, "verify", "--all")
        lines = self.run(MINDEX, "recompute", "--all", "--csv").stdout.splitlines()
        assert len(lines) == editions + 1 and all(",true" in line for line in lines[1:]), lines
        folders = {path.name for path in (self.state / "editions").iterdir() if path.is_dir() and not path.is_symlink()}
        assert folders == {f"{number:06}" for number in range(1, editions + 1)}, folders
        return events


def events_of(service):
    return service.rows("SELECT seq, body FROM event ORDER BY seq")


def said(installation, pattern):
    return re.findall(pattern, installation.log.read_text())


def test_workers_of_0_1_0_work_for_the_hub_of_today():
    with Installation() as service:
        service.start(MINDEX, "hub")
        service.start(OLD, *WORKERS)
        service.load(MINDEX)
        for seed in range(11, 16):
            service.ingest(OLD if seed % 2 else MINDEX, seed)  # commands of both versions, too
        status = service.status()
        assert {(worker["build"], worker["protocol"], worker["refused"]) for worker in status["workers"]} == \
            {("0.1.0", 1, None)} and len(status["workers"]) == 5
        assert any("5 workers are of another version than the hub" in line for line in status["attention"])
        assert len(said(service, r'role=hub msg="worker of an earlier version"')) == 5
        assert service.status(OLD)["build"] == VERSIONS[MINDEX]
        # What comes of a hand-in has its request id, whoever did the work.
        ids = [contract_events().Event.FromString(body).request_id for _, body in events_of(service)]
        assert len(set(ids)) == 6 and all(re.fullmatch("[0-9a-f]{16}", one) for one in ids), set(ids)
        for command in (("ranks", "--csv"), ("changes", "--csv"), ("editions", "--csv")):
            old, new = (service.run(program, *command).stdout.splitlines() for program in (OLD, MINDEX))
            assert len(old) == len(new) > 1, command
        service.check_whole(6)


def test_workers_of_today_work_for_the_hub_of_0_1_0():
    with Installation() as service:
        service.start(OLD, "hub")
        service.start(MINDEX, *WORKERS)
        service.load(OLD)
        for seed in range(11, 16):
            service.ingest(MINDEX if seed % 2 else OLD, seed)
        status = service.status()
        assert status["build"] == "0.1.0" and len(service.workers(VERSIONS[MINDEX])) == 5
        assert not any("worker is at work" in line for line in status["attention"]), status["attention"]
        until(lambda: len(said(service, r'msg="hub of an earlier version"')) == 5, "each worker to say so once")
        assert service.run(MINDEX, "status").stdout
        done = service.run(MINDEX, "watch", "--after", 0, "--topic", "published", "--count", 6, "--json")
        assert len(done.stdout.splitlines()) == 6
        until(lambda: service.status()["published"] == 6, "all to be published")
        service.run(OLD, "verify", "--all")


class Flow(threading.Thread):
    """Hands releases in, one after the other, without heed to which hub is there."""

    def __init__(self, service):
        super().__init__()
        self.service, self.seed, self.receipts, self.stopping = service, 100, [], False
        self.failure = None
        self.start()

    def run(self):
        try:
            with Peer(f"ipc://{self.service.state}/hub") as peer:
                while not self.stopping:
                    self.seed += 1
                    answer = peer.ask(seconds=PATIENCE, again=2, **small.hand_in(
                        {f"pay-{self.seed}.csv": small.release(20, self.seed)}, accept_warnings=True))
                    assert answer.WhichOneof("body") == "receipt", answer
                    self.receipts.append(answer.receipt.releases[0].release)
                    time.sleep(0.05)
        except Exception as failure:
            self.failure = failure

    def grow(self, by=5):
        """Waits until so many more are receipted."""
        target = len(self.receipts) + by
        until(lambda: len(self.receipts) >= target or self.failure, "receipts")
        assert not self.failure, self.failure


class Subscriber(threading.Thread):
    """Follows the log by the replay endpoint over all that happens there."""

    def __init__(self, service):
        super().__init__()
        self.service, self.numbers, self.after, self.stopping = service, [], 0, False
        self.start()

    def run(self):
        with Peer(f"ipc://{self.service.state}/replay") as peer:
            while not self.stopping:
                peer.request += 1
                peer.socket.send(peer.message({"events_wanted": {"after": self.after, "limit": 100, "wait_ms": 500}}))
                answer = peer.receive(2)
                if not answer or answer.request != peer.request or answer.WhichOneof("body") != "events":
                    continue
                self.numbers += [event.seq for event in answer.events.events]
                self.after = max(self.after, answer.events.through)


def test_an_upgrade_role_by_role_loses_nothing_and_tells_nothing_twice():
    with Installation() as service:
        service.start(OLD, *("hub", *WORKERS))
        service.load(OLD)
        flow, subscriber = Flow(service), Subscriber(service)
        try:
            flow.grow()
            # The hub first: it speaks what the workers speak, and brings the database forward.
            service.replace("hub", MINDEX)
            flow.grow()
            assert {worker["protocol"] for worker in service.status()["workers"]} == {1}
            service.replace("scoring", MINDEX, signal.SIGKILL)  # not gently, either
            service.replace("scoring", MINDEX)
            flow.grow()
            mixed = {worker["protocol"] for worker in service.status()["workers"]}
            assert mixed == {1, 2}, mixed
            for role in ("ingestion", "comparison", "publishing"):
                service.replace(role, MINDEX)
                flow.grow()
            until(lambda: {worker["protocol"] for worker in service.status()["workers"]} == {2}, "all to be new")
        finally:
            flow.stopping = True
            flow.join()
        try:
            assert not flow.failure, flow.failure
            assert len(flow.receipts) == len(set(flow.receipts))
            stored = {release for release, in service.rows("SELECT id FROM release")}
            assert set(flow.receipts) <= stored and len(stored) == 3 + len(flow.receipts)
            events = service.check_whole(1 + len(flow.receipts))
            until(lambda: subscriber.after >= events[-1], "the subscriber to have all")
        finally:
            subscriber.stopping = True
            subscriber.join()
        assert subscriber.numbers == events, "a hole, or an event twice"
        print(f"  {len(flow.receipts)} releases, {len(events)} events over the upgrade")


def same_columns(old, new):
    """Whether the newer table has all that the older one had; it may have more columns."""
    old, new = (list(csv.DictReader(text.splitlines())) for text in (old, new))
    return len(old) == len(new) > 0 and all(row.items() <= newer.items() for row, newer in zip(old, new))


def test_a_state_folder_of_0_1_0_is_brought_forward_and_can_be_put_back():
    with Installation() as service:
        service.start(OLD, *("hub", *WORKERS))
        service.load(OLD)
        for seed in (11, 12):
            service.ingest(OLD, seed)
        path = pathlib.Path(service.home.name) / "held.csv"
        path.write_text(small.release(20, 13))
        service.run(OLD, "ingest", "--accept-warnings", "--dataset", "soot", "--label", "held", "--publish-at",
                    "2099-01-01T00:00:00Z", path)
        service.run(OLD, "subscribe", "new", "desk", "--url", "https://192.0.2.1/hook")
        service.run(OLD, "key", "new", "reader", "--role", "reader")
        until(lambda: service.status(OLD)["published"] == 3, "the editions of 0.1.0")
        shown = {command: service.run(OLD, *command).stdout for command in
                 (("ranks", "--csv"), ("ranks", "--edition", "1", "--csv"), ("changes", "--csv"), ("editions", "--csv"),
                  ("spend", "--all", "--csv"))}
        before, copy = events_of(service), pathlib.Path(service.home.name) / "copy.db"
        service.run(OLD, "backup", copy)
        for process in list(service.running):
            assert service.stop(process) == 0

        service.start(MINDEX, *ROLES)
        for command, out in shown.items():
            assert same_columns(out, service.run(MINDEX, *command).stdout), command
        assert events_of(service) == before, "the events are told as they were"
        assert service.run(MINDEX, "subscribe", "list").stdout.count("desk") == 1
        assert "reader" in service.run(MINDEX, "key", "list").stdout
        assert "held" in service.run(MINDEX, "releases", "--csv").stdout
        service.ingest(MINDEX, 14)
        service.check_whole(4)
        for process in list(service.running):
            assert service.stop(process) == 0

        # The program of before refuses what it does not know, says what to do, and leaves it alone.
        database = service.state / "mindex.db"
        kept = database.read_bytes()[100:]  # the header counts who opened it
        done = service.run(OLD, "hub", check=False)
        assert done.returncode == 1 and "schema version" in done.stderr, done.stderr
        assert "use the program that wrote it, or a newer one" in done.stderr, done.stderr
        assert database.read_bytes()[100:] == kept

        # The way back: the copy that was made before, by the program that made it.
        service.run(OLD, "restore", "--replace", copy)
        service.start(OLD, *("hub", *WORKERS))
        assert events_of(service) == before
        assert service.run(OLD, "ranks", "--csv").stdout == shown["ranks", "--csv"]
        for process in list(service.running):
            assert service.stop(process) == 0
        # And a copy of 0.1.0 is one that the program of today takes, too.
        service.run(MINDEX, "restore", "--replace", copy)
        service.start(MINDEX, *ROLES)
        assert same_columns(shown["ranks", "--csv"], service.run(MINDEX, "ranks", "--csv").stdout)


assert subprocess.run([OLD, "--version"], text=True, capture_output=True, check=True).stdout.split()[-1] == "0.1.0"
contract()
run([case for name, case in list(globals().items()) if name.startswith("test_")])
