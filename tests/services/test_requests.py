"""A request id from a hand-in or withdrawal to its events, through the log of every process: over a hub
that is killed, a release that is held, the same handed in again, a refusal, a task set aside."""
import datetime
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import bus  # noqa: E402
import small  # noqa: E402
import suite  # noqa: E402

WORKERS = ("ingestion", "scoring", "comparison", "publishing")
ID = re.compile("[0-9a-f]{16}")


class Roles:
    """The roles of a service as processes that a test starts and ends one by one, each with a log of
    its own, in JSON; the small pack is loaded."""

    def __init__(self, *settings):
        self.settings = [word for setting in ("log.format=json", *settings) for word in ("--set", setting)]

    def __enter__(self):
        self.home = tempfile.TemporaryDirectory(prefix="mindex-test-")
        self.folder = pathlib.Path(self.home.name)
        self.state = self.folder / "state"
        self.running = {}
        for role in ("hub", *WORKERS):
            self.start(role)
        for name, text in small.pack().items():
            self.write("pack/" + name, text)
        self.loaded = json.loads(self.mindex("load", "--json", self.folder / "pack").stdout)
        return self

    def __exit__(self, *_):
        for role in list(self.running)[::-1]:
            self.end(role)
        self.home.cleanup()

    def start(self, role):
        log = open(self.folder / f"{role}.log", "a", encoding="utf-8")
        self.running[role] = subprocess.Popen(
            [suite.MINDEX, role, "--state", self.state, *self.settings], stderr=log)
        log.close()

    def end(self, role, how=signal.SIGTERM):
        process = self.running.pop(role)
        process.send_signal(how)
        process.wait(30)

    def mindex(self, *arguments, status=0):
        done = subprocess.run([suite.MINDEX, *map(str, arguments)], text=True, capture_output=True,
                              timeout=120, env=dict(os.environ, MINDEX_STATE=str(self.state)))
        assert done.returncode == status, (arguments, done.returncode, done.stdout, done.stderr)
        return done

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def ingest(self, name, text, *options, status=0):
        """What a hand-in of one file says, as JSON."""
        done = self.mindex("ingest", "--json", *options, self.write(name, text), status=status)
        return json.loads(done.stdout)

    def lines(self, role, request=None):
        """The lines of a role's log, all of them or a request's."""
        found = [json.loads(line) for line in (self.folder / f"{role}.log").read_text().splitlines()]
        return [line for line in found if request in (None, line.get("request_id"))]

    def said(self, role, request):
        return [line["msg"] for line in self.lines(role, request)]

    def events(self, after, count):
        """Events after a number, as CloudEvents."""
        done = self.mindex("watch", "--after", after, "--count", count, "--json")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def events_of(self, receipt):
        """All events from a receipt's own to the publishing of the edition that it caused."""
        after = receipt["through"] - 1
        end = json.loads(self.mindex("watch", "--after", after, "--topic", "published", "--count", "1",
                                     "--json").stdout)
        return self.events(after, end["data"]["seq"] - after)


def check_chain(roles, request, events):
    """Every process has told of it, and every event names it."""
    types = {event["type"] for event in events}
    assert types == {f"mindex.{kind}" for kind in ("release.accepted", "edition.scored", "rank.changed",
                                                   "spend.compared", "edition.published")}, types
    assert {event.get("requestid") for event in events} == {request}, events[0]
    for role in WORKERS:
        done = [line for line in roles.lines(role, request) if line["msg"] == "task done"]
        assert len(done) == 1 and done[0]["role"] == role, (role, done)
    hub = roles.said("hub", request)
    for word in ("hand-in came", "edition committed", "spend compared", "edition published"):
        assert hub.count(word) == 1, (word, hub)


def test_a_release_is_followed_by_its_id_over_a_hub_that_is_killed():
    with Roles() as roles:
        assert roles.loaded["outcome"] == "accepted" and roles.loaded["edition"] == 1
        assert ID.fullmatch(roles.loaded["request_id"])
        roles.end("scoring")
        receipt = roles.ingest("soot-2026.csv", small.release(20, 5), "--no-wait")
        request = receipt["request_id"]
        assert ID.fullmatch(request) and request != roles.loaded["request_id"]
        tasks = json.loads(roles.mindex("tasks", "--json").stdout)
        assert [(task["role"], task["request_id"]) for task in tasks] == [("scoring", request)], tasks
        roles.end("hub", signal.SIGKILL)
        roles.start("hub")
        roles.start("scoring")
        check_chain(roles, request, roles.events_of(receipt))
        number = receipt["releases"][0]["release"]
        release = json.loads(roles.mindex("releases", number, "--json").stdout)
        assert release["request_id"] == request and release["withdrawn_request_id"] is None, release
        assert request in roles.mindex("releases", number).stdout
        # The two lives of the hub, told apart by the process.
        assert len({line["pid"] for line in roles.lines("hub", request)}) == 2


def test_a_held_release_has_its_id_when_it_comes_into_force_and_so_has_its_withdrawal():
    with Roles() as roles:
        at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=2)
        receipt = roles.ingest("soot-2026.csv", small.release(20, 5), "--publish-at",
                               at.strftime("%Y-%m-%dT%H:%M:%SZ"))
        request = receipt["request_id"]
        assert "edition" not in receipt and roles.said("hub", request)[-1] == "release held"
        roles.end("hub", signal.SIGKILL)
        time.sleep(max(0.0, at.timestamp() - time.time()))
        roles.start("hub")
        events = roles.events_of({**receipt, "through": receipt["through"] + 1})
        check_chain(roles, request, events)
        assert "release in force" in roles.said("hub", request)
        number = str(receipt["releases"][0]["release"])
        said = roles.mindex("withdraw", number, "--reason", "wrong").stdout
        taken = re.search("request_id=([0-9a-f]{16})", said)[1]
        again = roles.mindex("withdraw", number, "--reason", "wrong again").stdout
        assert f"request_id={taken}" in again and "was withdrawn before: wrong\n" in again, again
        assert {event["requestid"] for event in roles.events(events[-1]["data"]["seq"], 3)} == {taken}
        assert roles.lines("hub")[-1].get("first_request") == taken
        release = json.loads(roles.mindex("releases", number, "--json").stdout)
        assert (release["request_id"], release["withdrawn_request_id"]) == (request, taken), release


def test_the_same_handed_in_again_is_answered_under_the_first_name():
    with Roles() as roles:
        first = roles.ingest("soot-2026.csv", small.release(20, 5))["request_id"]
        again = roles.ingest("soot-again.csv", small.release(20, 5), "--dataset", "soot", "--label", "again")
        assert again["releases"][0]["duplicate"] and again["request_id"] == first, again
        known = [line for line in roles.lines("hub") if line["msg"] == "release already here"]
        assert known[0]["first_request"] == first and known[0]["request_id"] != first, known
        # While the first waits for a worker: one task, and whoever asks again is told its name.
        roles.end("ingestion")
        names = ["0123456789abcdef", "fedcba9876543210"]
        body = {"files": [{"name": "pay-2026.csv", "content": small.release(20, 3).encode()}]}
        with bus.Peer(f"ipc://{roles.state}/hub") as one, bus.Peer(f"ipc://{roles.state}/hub") as other:
            one.send(hand_in={**body, "request_id": names[0]})
            suite.until(lambda: roles.lines("hub", names[0]), "word of the first")
            other.send(hand_in={**body, "request_id": names[1]})
            suite.until(lambda: roles.lines("hub", names[1]), "word of the second")
            roles.start("ingestion")
            assert other.receive(60).receipt.request_id == names[0]
        line, = roles.lines("hub", names[1])
        assert (line["msg"], line["first_request"]) == ("hand-in came again", names[0]), line


def test_of_several_that_were_here_each_is_told_with_its_own_first_name():
    with Roles() as roles:
        names = ["soot-2026.csv", "soot-2027.csv"]
        first = [roles.ingest(name, small.release(20, 5 + i))["request_id"] for i, name in enumerate(names)]
        with bus.Peer(f"ipc://{roles.state}/hub") as peer:
            files = {name: small.release(20, 5 + i) for i, name in enumerate(names)}
            receipt = peer.ask(**small.hand_in(files)).receipt
        assert receipt.request_id == first[0], (receipt, first)
        known = [line for line in roles.lines("hub") if line["msg"] == "release already here"]
        assert [line["first_request"] for line in known] == first, (known, first)


def test_a_refusal_names_it_to_whoever_handed_in_and_beside_the_file():
    with Roles() as roles:
        bad = "area_code,period,value\nE99999,2026,x\n"
        refused = roles.ingest("soot-2027.csv", bad, status=3)
        assert refused["outcome"] == "refused" and refused["problems"], refused
        line, = [line for line in roles.lines("hub", refused["request_id"])
                 if line["msg"] == "hand-in refused"]
        assert (line["level"], line["problems"]) == ("warning", refused["total"]), line
        assert line["file"].endswith("soot-2027.csv") and "E99999" in line["reason"], line
        done = roles.mindex("ingest", roles.folder / "soot-2027.csv", status=3)
        assert re.search(r"nothing has changed \(request_id=[0-9a-f]{16}\)$", done.stderr), done.stderr
        roles.write("state/inbox/part.tmp", bad).rename(roles.state / "inbox" / "soot-2028.csv")
        reason = roles.state / "rejected" / "soot-2028.csv.reason.txt"
        suite.until(lambda: (roles.state / "rejected" / "soot-2028.csv").exists(), "file in rejected")
        request = re.search(r"^request_id=([0-9a-f]{16})$", reason.read_text(), re.M)[1]
        assert roles.said("ingestion", request) == ["file handed in", "task done", "file rejected"] or \
            sorted(roles.said("ingestion", request)) == ["file handed in", "file rejected", "task done"]
        assert roles.said("hub", request) == ["hand-in came", "hand-in refused"]
        roles.write("state/inbox/part.tmp", small.release(20, 4)).rename(
            roles.state / "inbox" / "soot-2028.csv")
        suite.until(lambda: (roles.state / "accepted" / "soot-2028.csv").exists(), "file in accepted")
        taken = [line for line in roles.lines("ingestion") if line["msg"] == "file accepted"]
        release = json.loads(roles.mindex("releases", "--json").stdout)
        assert taken[0]["request_id"] in [of["request_id"] for of in release], release


def test_a_task_that_is_set_aside_keeps_it_until_it_is_done():
    with Roles("hub.task_attempts=1") as roles:
        roles.end("scoring")
        receipt = roles.ingest("soot-2026.csv", small.release(20, 5), "--no-wait")
        request = receipt["request_id"]
        with bus.Peer(f"ipc://{roles.state}/hub") as worker:
            worker.send(hello={"role": "scoring", "name": "played", "build": "0", "protocol": 2})
            assert worker.receive(30).HasField("welcome")
            worker.send(credit={"tasks": 1})
            task = worker.receive(30).task
            assert task.request_id == request
            worker.send(task_failed={"task": task.task, "reason": 'no \x1b[1m "luck"\n'})
            suite.until(lambda: "task set aside" in roles.said("hub", request), "word of it")
            worker.send(goodbye={})
        line, = [line for line in roles.lines("hub", request) if line["msg"] == "task set aside"]
        assert line["level"] == "error" and "\x1b" not in line["reason"], line
        failed, = json.loads(roles.mindex("tasks", "--failed", "--json").stdout)
        assert failed["request_id"] == request, failed
        roles.mindex("tasks", "retry", "--all")
        assert "task put back" in roles.said("hub", request)
        roles.start("scoring")
        check_chain(roles, request, roles.events_of(receipt))


def test_what_is_no_id_is_replaced_by_one_and_what_is_stays():
    with Roles() as roles, bus.Peer(f"ipc://{roles.state}/hub") as peer:
        for given in (None, "", "0123456789ABCDEF", "x request_id=1", "a" * 5000, "0123456789abcdef"):
            body = {"files": [{"name": "soot-2026.csv", "content": b"nothing"}]}
            if given is not None:
                body["request_id"] = given
            refusal = peer.ask(hand_in=body).refusal
            assert ID.fullmatch(refusal.request_id), refusal
            assert (refusal.request_id == given) == (given == "0123456789abcdef")
            assert "hand-in refused" in roles.said("hub", refusal.request_id)


suite.run([value for name, value in list(globals().items()) if name.startswith("test_")])
