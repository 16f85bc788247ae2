"""`mindex doctor` in installations that are well and in ones that are broken: by files, by processes, and
by what a hub of the tests' own says."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time

import zmq

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from keyed import bus
from suite import MINDEX, Service, run

ROLES = ("ingestion", "scoring", "comparison", "publishing")
VERSION = subprocess.run([MINDEX, "--version"], text=True, capture_output=True, check=True).stdout.split()[1]


def doctor(state, *options):
    """The results by check, and the exit status."""
    done = subprocess.run([MINDEX, "doctor", "--json", "--state", state, *options], text=True, capture_output=True,
                          timeout=60, env={"PATH": os.environ["PATH"]})
    assert done.stderr == "", done
    rows = json.loads(done.stdout)
    assert all(row["advice"] or row["result"] == "ok" or row["check"] in ("own key", "disk", "http") for row in rows), rows
    assert done.returncode == (1 if any(row["result"] == "problem" for row in rows) else 0), done
    return {row["check"]: row for row in rows}


def check(found, name, result, *words):
    assert name in found, (name, list(found))
    assert found[name]["result"] == result and all(word in found[name]["found"] for word in words), found[name]


def workers(service):
    """What the status says of them, once all are there."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        there = json.loads(service.run("status", "--json").stdout)["workers"]
        if len(there) == 5:
            break
    return there


def test_a_service_that_is_well_has_no_problem():
    with Service() as service:
        workers(service)
        found = doctor(service.state)
        for name in ("state folder", "mindex.conf", "webhooks.allow", "database", "inbox", "keys", "mindex up", "hub", "versions", "queue", "stream",
                     "replay", *ROLES):
            check(found, name, "ok")
        check(found, "editions", "warning", "no pack is loaded")
        text = service.run("doctor").stdout
        assert "ok       hub " in text and " 0 problems" in text.splitlines()[-1], text
        check(doctor(service.state, "--http", "http://127.0.0.1:1"), "http", "problem", "Connection refused")


def test_what_is_wrong_with_files_is_found_without_a_service():
    with tempfile.TemporaryDirectory() as home:
        state = pathlib.Path(home) / "state"
        check(doctor(state), "state folder", "problem", "No such file")
        state.mkdir(mode=0o700)
        check(doctor(state), "hub", "problem", "nobody listens at")
        check(doctor(state), "mindex up", "warning", "is seen")
        check(doctor(state), "database", "warning", "No such file")
        (state / "mindex.conf").write_text("hub.lease_second = 5\n")
        check(doctor(state), "mindex.conf", "problem", "line 1: there is no key 'hub.lease_second'; did you mean")
        (state / "mindex.conf").write_text("hub.lease_seconds = 5\n")
        check(doctor(state), "mindex.conf", "ok", "1 of ")
        (state / "mindex.conf").chmod(0o664)
        check(doctor(state), "mindex.conf", "problem", "may be written by others")
        (state / "mindex.conf").chmod(0o644)
        allow = state / "webhooks.allow"
        check(doctor(state), "webhooks.allow", "ok", "public addresses alone")
        for text, mode, finding, says in (("10.0.0.0/8\n", 0o600, "ok", "those that it names"), ("10.0.0.0/8\n", 0o666, "problem", "chmod 600"),
                                          ("10.0.0.0/8\nten\n", 0o600, "problem", "ten")):
            allow.write_text(text)
            allow.chmod(mode)
            check(doctor(state), "webhooks.allow", finding, says)
            checked = subprocess.run([MINDEX, "config", "check", "--state", state], text=True, capture_output=True)
            assert (checked.returncode == 0) == (finding == "ok") and (finding == "ok" or says in checked.stderr), checked
        allow.unlink()
        (state / "mindex.db").touch(mode=0o600)
        check(doctor(state), "database", "ok")
        (state / "mindex.db").chmod(0o644)
        check(doctor(state), "database", "warning", "read it (mode 0644)")
        (state / "mindex.db").chmod(0o666)
        check(doctor(state), "database", "problem", "write it (mode 0666)")
        os.utime(state / "mindex.db", (time.time() + 7200,) * 2)
        check(doctor(state), "clock", "problem", "in the future")
        (state / "inbox").mkdir()
        check(doctor(state), "inbox", "ok", "0 waiting")
        (state / "rejected").mkdir()
        for name in ("pay.csv", "pay.csv.reason.txt"):
            (state / "rejected" / name).touch()
        (state / "inbox" / "pay.csv").touch()
        check(doctor(state), "inbox", "ok", "1 waiting", "beside: 1")
        (state / "core.1234").touch()
        check(doctor(state), "core files", "warning", "1 in ")
        (state / "keys").mkdir(mode=0o700)
        subprocess.run([MINDEX, "key", "new", "paper", "--role", "reader", "--state", state], check=True, capture_output=True)
        check(doctor(state), "keys", "ok", "2 secrets here, 1 in the list")
        (state / "keys" / "paper.key").chmod(0o640)
        check(doctor(state), "keys", "problem", "paper.key may be used by others", "0640")
        check(doctor(state, "--key", state / "keys" / "paper.key"), "own key", "problem", "chmod 600")
        (state / "keys" / "paper.key").chmod(0o600)
        (state / "keys" / "allowed").write_text("nonsense\n")
        check(doctor(state), "keys", "problem")
        state.chmod(0o777)
        check(doctor(state), "state folder", "problem", "may be written by others", "0777")
        state.chmod(0o700)
        assert sorted(path.name for path in state.iterdir()) == ["core.1234", "inbox", "keys", "mindex.conf", "mindex.db", "rejected"]


def test_a_publishing_role_that_stopped_is_found_by_its_silence():
    with Service() as service:
        pid = next(int(worker["name"].rsplit("-", 1)[1]) for worker in workers(service) if worker["role"] == "publishing")
        os.kill(pid, signal.SIGSTOP)
        try:
            found = doctor(service.state)
        finally:
            os.kill(pid, signal.SIGCONT)
        check(found, "stream", "problem", "no heartbeat within")
        check(found, "replay", "problem", "no answer from")
        check(found, "hub", "ok")


class FakeHub:
    """Answers what it is asked for the status with `status`, or with nothing; and replay with one event."""

    def __init__(self, home, status=None, event_ms=None):
        self.home, self.status, self.event_ms = home, status, event_ms

    def __enter__(self):
        self.context = zmq.Context()
        self.sockets = []
        for name in ("hub", "replay"):
            socket = self.context.socket(zmq.ROUTER)
            socket.linger = 0
            socket.bind(f"ipc://{self.home}/{name}")
            self.sockets.append(socket)
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()
        return self

    def serve(self):
        while not self.stopping.is_set():
            for socket in self.sockets:
                if socket.poll(20):
                    client, body = socket.recv_multipart()
                    asked = bus.Message.FromString(body)
                    answer = self.answer(asked)
                    if answer:
                        answer.version, answer.request = 1, asked.request
                        socket.send_multipart([client, answer.SerializeToString()])

    def answer(self, asked):
        if asked.HasField("status_wanted") and self.status:
            return bus.Message(version=1, status=self.status)
        if asked.HasField("events_wanted") and self.event_ms:
            event = {"seq": 7, "time_ms": self.event_ms, "type": "published"}
            return bus.Message(version=1, events={"events": [event], "through": 7, "newest": 7})
        if asked.HasField("subscriptions_wanted"):
            hooks = [{"name": "paper", "url": "https://example.org/", "state": "disabled"},
                     {"name": "desk", "url": "https://example.org/", "state": "active", "attempts": 3}]
            return bus.Message(version=1, subscriptions={"subscriptions": hooks, "version": 1})
        return None

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join()
        for socket in self.sockets:
            socket.close()
        self.context.term()


def status(**changes):
    workers = [{"role": role, "name": f"host-{role}", "build": VERSION, "leases": 0, "done": 1, "silent_ms": 100} for role in ROLES]
    return dict({"build": VERSION, "uptime_ms": 5000, "workers": workers, "tasks_ready": 0, "tasks_leased": 0, "tasks_failed": 0,
                 "releases": 1, "editions": 2, "newest_event": 7, "database": "x", "index": "Need", "published": 2}, **changes)


def told(**changes):
    """What the doctor finds of a hub with that status."""
    with tempfile.TemporaryDirectory() as home:
        editions = pathlib.Path(home) / "editions"
        (editions / "000002").mkdir(parents=True)
        (editions / "latest").symlink_to(changes.pop("latest", "000002"))
        with FakeHub(home, status(**changes), int(time.time() * 1000)):
            return doctor(home)


def test_what_the_service_says_is_judged():
    found = told()
    for name in ("hub", "versions", "queue", "editions", "latest", "replay", "event times", *ROLES):
        check(found, name, "ok")
    check(found, "webhooks", "warning", "2; 1 disabled, 1 failing")
    check(found, "stream", "problem", "nobody listens at")  # it has no stream
    check(told(build="0.0.9"), "versions", "warning", "the hub is 0.0.9, and this program is")
    check(told(cannot_write="database or disk is full", cannot_write_since_ms=1), "hub", "problem", "disk is full")
    check(told(tasks_failed=2), "set aside", "warning", "2 tasks")
    check(told(tasks_ready=5), "queue", "problem", "5 waiting, 0 in hand")
    check(told(tasks_ready=500, tasks_leased=2), "queue", "warning", "not becoming fewer")
    check(told(published=1), "editions", "warning", "files complete up to 1")
    check(told(latest="000001"), "latest", "problem", "leads nowhere")
    check(told(published=1), "latest", "warning", "is 000002")
    few = told(workers=[{"role": "scoring", "name": "x", "build": "0.0.8", "leases": 0, "done": 0, "silent_ms": 60000}])
    check(few, "scoring", "warning", "silent for 60000 ms")
    check(few, "publishing", "problem", "no worker of this role")
    check(few, "versions", "warning", "1 worker, such as x, is of another")
    assert "refused" not in few, few
    old = told(workers=[{"role": "scoring", "name": "x", "build": "0.0.1", "leases": 0, "done": 0, "silent_ms": 0, "refused": "too old"}])
    check(old, "refused", "problem", "x (scoring 0.0.1) is given nothing: too old")


def test_an_event_of_the_future_is_found():
    with tempfile.TemporaryDirectory() as home:
        with FakeHub(home, status(), int(time.time() * 1000) + 3600_000):
            check(doctor(home), "event times", "problem", "in the future")


def test_a_hub_that_never_answers_is_not_waited_for():
    with tempfile.TemporaryDirectory() as home, FakeHub(home):
        check(doctor(home), "hub", "problem", "no answer from")


run([case for name, case in sorted(globals().items()) if name.startswith("test_")])
