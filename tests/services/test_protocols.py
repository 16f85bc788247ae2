"""Hub and workers of other versions, played by this test: which worker protocol they settle for, what
both sides say, what the status tells of it; and the contract's own version. A test that uses an older
program is test_upgrade.py's."""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from bus import FakeHub, Peer, contract
from suite import MINDEX, run, until

PATIENT = ("--set", "hub.worker_silence_ms=60000")  # with a worker that the test plays
NEWEST, OLDEST = 2, 1  # worker protocols of this program


class Hub:
    """A hub alone, in a folder of its own."""

    def __enter__(self):
        self.home = tempfile.TemporaryDirectory(prefix="mindex-test-")
        self.state = pathlib.Path(self.home.name)
        self.log = self.state / "log"
        self.start()
        return self

    def start(self):
        with open(self.log, "a") as log:
            self.process = subprocess.Popen([MINDEX, "hub", "--state", self.state, *PATIENT], stderr=log)
        self.endpoint = f"ipc://{self.state}/hub"
        until(lambda: (self.state / "hub").exists(), "the hub's socket")

    def __exit__(self, *_):
        self.process.terminate()
        assert self.process.wait(30) == 0
        self.home.cleanup()

    def run(self, *arguments):
        return subprocess.run([MINDEX, *arguments, "--state", self.state], text=True, capture_output=True,
                              timeout=60, check=True).stdout

    def status(self):
        return json.loads(self.run("status", "--json"))

    def said(self, pattern):
        return re.findall(pattern, self.log.read_text())


def hello(peer, **more):
    """Says hello: what the hub answers, welcome or error."""
    peer.send(hello={"role": "scoring", "name": "played", "build": "9.9.9", **more})
    answer = peer.receive(30)
    assert answer, "no answer to a hello"
    return answer.welcome if answer.WhichOneof("body") == "welcome" else answer.error


def test_each_protocol_that_both_speak_is_settled_for_and_others_are_refused_in_words():
    with Hub() as hub:
        settled = [({}, 1), ({"protocol": 1}, 1), ({"protocol": 2, "protocol_least": 1}, 2),
                   ({"protocol": 2, "protocol_least": 2}, 2), ({"protocol": 3, "protocol_least": 1}, 2),
                   ({"protocol": 9, "protocol_least": 2}, 2)]
        for i, (says, protocol) in enumerate(settled):
            with Peer(hub.endpoint) as peer:
                welcome = hello(peer, name=f"played-{i}", **says)
                assert welcome.protocol == protocol and welcome.heartbeat_ms, (says, welcome)
                assert welcome.build == hub.status()["build"]
                listed = next(worker for worker in hub.status()["workers"] if worker["name"] == f"played-{i}")
                assert listed["protocol"] == protocol and listed["refused"] is None, listed
                peer.send(goodbye={})
        assert len(hub.said('msg="worker joined"')) == len(settled)
        assert len(hub.said('msg="worker of an earlier version"')) == 2  # once for each that speaks 1
        for says, words in (({"protocol": 0}, "upgrade the worker"),
                            ({"protocol": 0, "protocol_least": 0}, "upgrade the worker"),
                            ({"protocol": 3, "protocol_least": 3}, "upgrade the hub"),
                            ({"protocol": 4294967295, "protocol_least": 7}, "upgrade the hub")):
            with Peer(hub.endpoint) as peer:
                error = hello(peer, name="refused", **says)
                assert "mindex 9.9.9, speaks worker protocol" in error.reason and words in error.reason, error
                assert f"{OLDEST} to {NEWEST}" in error.reason, error
        with Peer(hub.endpoint) as peer:
            assert "gives no tasks to a role 'baking'" in hello(peer, role="baking", protocol=2).reason
        status = hub.status()
        assert [(worker["name"], worker["protocol"]) for worker in status["workers"]] == [("refused", 4294967295)]
        assert "upgrade the hub" in status["workers"][0]["refused"]
        assert any("1 scoring worker is refused" in line for line in status["attention"]), status["attention"]
        assert status["last_error"]["role"] == "scoring" and "speaks worker protocol" in status["last_error"]["text"]
        assert "refused" in hub.run("status")


def test_one_that_is_refused_is_given_nothing_said_once_and_heard_when_it_is_upgraded():
    with Hub() as hub, Peer(hub.endpoint) as peer:
        for _ in range(5):
            assert "upgrade the hub" in hello(peer, protocol=3, protocol_least=3).reason
        assert len(hub.said('level=error .*msg="worker refused"')) == 1
        assert hub.status()["errors"] == 0 and hub.status()["roles"][1]["errors"] == 1
        peer.send(credit={"tasks": 5})
        answer = peer.receive(30)
        assert answer.WhichOneof("body") == "hello_wanted", answer
        peer.send(task_done={"task": 1, "published": {"folder": "x", "files": 1}})
        assert peer.receive(30).WhichOneof("body") == "hello_wanted"
        # Neither under another connection: the upgraded worker has the old one's name, or another.
        with Peer(hub.endpoint) as upgraded:
            assert hello(upgraded, protocol=3, protocol_least=2).protocol == 2
            worker, = hub.status()["workers"]
            assert worker["refused"] is None and worker["protocol"] == 2
            assert not any("refused" in line for line in hub.status()["attention"])


def test_a_flood_of_refused_ones_is_bounded_in_the_status():
    with Hub() as hub, Peer(hub.endpoint) as peer:
        for i in range(300):
            hello(peer, name=f"played-{i}", protocol=3, protocol_least=3)
        assert len(hub.status()["workers"]) == 100
        assert len(hub.said('msg="worker refused"')) <= 100


class Worker:
    """A real worker of this version, and a hub that the test plays."""

    def __init__(self, hub, home):
        self.hub, self.log = hub, pathlib.Path(home) / "log"
        with open(self.log, "w") as log:
            self.process = subprocess.Popen([MINDEX, "scoring", "--state", home], stderr=log)

    def said(self, pattern):
        return re.findall(pattern, self.log.read_text())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        assert self.process.wait(30) == 0


def with_worker(case):
    with tempfile.TemporaryDirectory(prefix="mindex-test-") as home, FakeHub(f"ipc://{home}/hub") as hub, \
            Worker(hub, home) as worker:
        case(hub, worker)


def test_a_worker_works_for_an_older_hub_and_says_so_once():
    def case(hub, worker):
        for _ in range(2):
            sender, message = hub.hear("hello")
            assert (message.hello.protocol, message.hello.protocol_least) == (NEWEST, OLDEST)
            hub.say(sender, welcome={"heartbeat_ms": 50, "dead_after_ms": 1000})  # of version 0.1.0
            hub.hear("credit")
            _, beat = hub.hear("heartbeat")
            assert not beat.heartbeat.HasField("subscribers_total")
            hub.say(sender, hello_wanted={})
        assert len(worker.said('level=warning .*msg="hub of an earlier version"')) == 1
        sender, _ = hub.hear("hello")  # and the hub is upgraded
        hub.say(sender, welcome={"heartbeat_ms": 50, "dead_after_ms": 1000, "protocol": 2, "build": "0.2.0"})
        hub.hear("credit")
        until(lambda: worker.said('msg="welcomed by the hub".* protocol=2'), "the newer protocol")
        assert len(worker.said('msg="hub of an earlier version"')) == 1
    with_worker(case)


def test_a_worker_does_not_work_for_a_hub_that_it_does_not_understand_until_it_does():
    def case(hub, worker):
        for protocol in (0, 3, 4294967295):
            sender, _ = hub.hear("hello")
            hub.say(sender, welcome={"heartbeat_ms": 50, "dead_after_ms": 1000, "protocol": protocol, "build": "7.0"})
            hub.hear("goodbye")
        assert len(worker.said('level=error .*msg="refused by the hub"')) == 3
        assert worker.said("mindex 7.0, settles for worker protocol 3.* upgrade the worker")
        assert worker.said("settles for worker protocol 0.* upgrade the hub")
        sender, _ = hub.hear("hello")
        hub.say(sender, error={"reason": "no more of you"})
        sender, _ = hub.hear("hello")
        hub.say(sender, error={"reason": "no more of you"})
        sender, _ = hub.hear("hello")
        assert len(worker.said("no more of you")) == 1
        hub.say(sender, welcome={"heartbeat_ms": 50, "dead_after_ms": 1000, "protocol": 2, "build": "0.2.0"})
        hub.hear("credit")
    with_worker(case)


def test_another_version_of_the_contract_is_named_on_both_sides():
    with Hub() as hub, Peer(hub.endpoint) as peer:
        peer.socket.send(contract().Message(version=2, request=1, status_wanted={}).SerializeToString())
        said = peer.receive(30).error.reason
        assert "a message of version 2 of the contract, and version 1 is spoken here, by mindex 0." in said, said
        peer.socket.send(b"\xff\xff")
        assert "no message of version 1" in peer.receive(30).error.reason

    def case(hub, worker):
        sender, _ = hub.hear("hello")
        later = contract().Message(version=3, welcome={"heartbeat_ms": 50, "dead_after_ms": 1000})
        for _ in range(2):
            hub.socket.send_multipart([sender, later.SerializeToString()])
        until(lambda: worker.said("speaks version 3 of the contract, and this program, mindex 0"), "its word")
        hub.hear("hello")
        assert len(worker.said("speaks version 3")) == 1
        asking = subprocess.Popen([MINDEX, "status", "--hub", f"ipc://{worker.log.parent}/hub"],
                                  stderr=subprocess.PIPE, text=True)
        sender, asked = hub.hear("status_wanted")
        answer = contract().Message(version=2, request=asked.request, status={
            "build": "x", "uptime_ms": 1, "tasks_ready": 0, "tasks_leased": 0, "tasks_failed": 0, "releases": 0,
            "editions": 0, "newest_event": 0, "database": "d"})
        hub.socket.send_multipart([sender, answer.SerializeToString()])
        _, said = asking.communicate(timeout=30)
        assert asking.returncode == 1 and "speaks version 2 of the contract" in said, said
    with_worker(case)


def test_a_status_of_version_0_1_0_is_shown_as_far_as_it_goes():
    with tempfile.TemporaryDirectory(prefix="mindex-test-") as home, FakeHub(f"ipc://{home}/hub") as hub:
        asking = subprocess.Popen([MINDEX, "status", "--state", home], stdout=subprocess.PIPE, text=True)
        sender, asked = hub.hear("status_wanted")
        hub.say(sender, request=asked.request, status={
            "build": "0.1.0", "uptime_ms": 90061000, "tasks_ready": 0, "tasks_leased": 0, "tasks_failed": 0,
            "releases": 3, "editions": 2, "newest_event": 9, "database": "/d/mindex.db", "published": 2,
            "workers": [{"role": "scoring", "name": "old", "build": "0.1.0", "leases": 0, "done": 7, "silent_ms": 5}]})
        said, _ = asking.communicate(timeout=30)
        assert asking.returncode == 0 and "version 0.1.0, up 1 d 1 h\n" in said and "Nothing needs attention" in said, said
        assert re.search(r"scoring +old +0\.1\.0 +- +0 +7 ", said), said


run([case for name, case in list(globals().items()) if name.startswith("test_")])
