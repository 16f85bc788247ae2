"""Peers that were let in and are hostile, on the sockets of a real service: whatever they send, it goes
on, tells them so, and a release that is handed in meanwhile comes through."""
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time

import zmq

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from suite import MINDEX, ROOT, Service, run

FRAME_MAX = 144 << 20
WAIT_MS = 20000
home = tempfile.TemporaryDirectory(prefix="mindex-hostile-")
folder = pathlib.Path(home.name)
subprocess.run(["protoc", f"--proto_path={ROOT}/proto", f"--python_out={folder}",
                *map(str, (ROOT / "proto").glob("*.proto"))], check=True)
sys.path.insert(0, str(folder))
import bus_pb2 as bus

context = zmq.Context()


def make_pack():
    """The small pack of the core tests, which the fuzzer's seed holds too."""
    pack = folder / "pack"
    text = (ROOT / "tests/fuzz/seeds/pack/all.txt").read_text()
    for name, content in re.findall(r"=== (\S+)\n(.*?)(?==== |\Z)", text, re.S):
        at = pack / name
        if name in ("pay.csv", "county-jobs.csv", "soot.csv", "money.csv"):
            at = pack / "data" / name[:-4] / "2000.csv"
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_text(content)
    return pack


def message(**body):
    return bus.Message(version=1, request=7, **body)


class Peer:
    """A DEALER at the hub, or at another endpoint of the service."""

    def __init__(self, socket="hub", identity=None):
        self.beats = False
        self.socket = context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.rcvtimeo = WAIT_MS
        self.socket.sndtimeo = WAIT_MS
        self.socket.sndhwm = self.socket.rcvhwm = 0
        if identity:
            self.socket.identity = identity
        self.socket.connect(f"ipc://{service.state}/{socket}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def say(self, *frames):
        self.socket.send_multipart([frame if isinstance(frame, bytes) else frame.SerializeToString()
                                    for frame in frames])

    def hear(self, kind=None):
        """The next message; of a kind, the next of that. A worker beats while it waits."""
        end = time.monotonic() + WAIT_MS / 1000
        while time.monotonic() < end:
            if not self.socket.poll(400):
                if self.beats:
                    self.say(message(heartbeat={}))
                continue
            heard = bus.Message.FromString(self.socket.recv())
            if kind in (None, heard.WhichOneof("body")):
                return heard
        raise TimeoutError(f"no {kind} came")

    def hello(self, role, name="fake", credit=0):
        self.say(message(hello={"role": role, "name": name, "build": "0"}))
        self.hear("welcome")
        self.beats = True
        if credit:
            self.say(message(credit={"tasks": credit}))
        return self


def status():
    with Peer() as peer:
        peer.say(message(status_wanted={}))
        return peer.hear("status").status


years = iter(range(2101, 2900))


def release():
    """A release of soot that nobody has handed in yet."""
    year = next(years)
    path = folder / f"soot-{year}.csv"
    path.write_text("area_code,period,value\n" + "".join(f"E0{i},{year},{(year * i) % 17}\n" for i in range(1, 7)))
    return path


def hand_in(path):
    return subprocess.Popen([MINDEX, "ingest", "--state", service.state, "--accept-warnings", "--no-wait", path],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finished(process):
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, (process.returncode, out, err)


def settle(editions):
    """Waits until so many editions are there, with their files, and nothing is to be done."""
    end = time.monotonic() + 60
    with Peer() as peer:
        while True:
            now = status()
            if now.published >= editions and now.published == now.editions and not now.tasks_ready + now.tasks_leased:
                return now
            assert time.monotonic() < end, now
            peer.say(message(events_wanted={"after": now.newest_event, "wait_ms": 300}))
            peer.hear("events")


def comes_through():
    """A release that is handed in now is there, scored and published."""
    before = status()
    finished(hand_in(release()))
    assert settle(before.editions + 1).releases == before.releases + 1


def hub_memory():
    """Bytes that the hub process holds."""
    up = service.up.pid
    children = pathlib.Path(f"/proc/{up}/task/{up}/children").read_text().split()
    hub = next(child for child in children
               if b"\0hub\0" in pathlib.Path(f"/proc/{child}/cmdline").read_bytes())
    text = pathlib.Path(f"/proc/{hub}/status").read_text()
    return 1024 * int(re.search(r"VmRSS:\s*(\d+)", text).group(1))


# --- bytes ---------------------------------------------------------------------------------------


def test_what_is_no_message_gets_an_error_and_nothing_else_happens():
    before = status()
    chance = random.Random(5)
    wrong = [[b""], [b"a", b"b"], [b"", b"", b""], [b"x"] * 200, [bus.Message(version=2, request=7, status_wanted={})],
             [b"\x08\x01\x82\x00\x00"], [b"\x0b" * 20000], [b"\x08\x01\x7a\xff\xff\xff\xff\x0f"],
             [b"\x08\x01" + b"\xc0\x3e\x01" * 300000],
             [message(status_wanted={}).SerializeToString(), b""]]
    wrong += [[bytes(chance.randrange(256) for _ in range(chance.randrange(1, 80)))] for _ in range(300)]
    for socket in ("hub", "replay"):
        with Peer(socket) as peer:
            for frames in wrong:
                peer.say(*frames)
                assert "message of version" in peer.hear().error.reason
    after = status()
    assert (after.releases, after.newest_event) == (before.releases, before.newest_event)


def test_messages_that_are_not_for_a_socket_get_an_error():
    with Peer() as hub, Peer("replay") as replay:
        hub.say(message(receipt={}))
        assert "takes no such message" in hub.hear().error.reason
        hub.say(message())
        assert "takes no such message" in hub.hear().error.reason
        replay.say(message(status_wanted={}))
        assert "only events" in replay.hear().error.reason
        replay.say(message(events_wanted={"after": 2**64 - 1, "limit": 2**32 - 1, "wait_ms": 2**32 - 1}))
        assert "has not reached" in replay.hear().error.reason


def test_a_frame_above_the_limit_is_dropped_before_it_is_held_in_memory():
    before = hub_memory()
    with Peer() as peer:
        peer.socket.send(bytes(FRAME_MAX + 1), copy=False)
        comes_through()
        assert hub_memory() < before + (64 << 20), (before, hub_memory())


def test_numbers_at_their_limits_are_refused_or_answered():
    with Peer() as peer:
        peer.say(message(hand_in={"files": [{"name": "soot-1.csv", "content": b""}], "publish_at_ms": 2**64 - 1}))
        assert "year 9999" in peer.hear().error.reason
        peer.say(message(hand_in={"label": "x" * 10_000_000}))
        assert "200 at most" in peer.hear().error.reason
        peer.say(message(withdraw={"release": 2**64 - 1, "reason": "x"}))
        assert "no release" in peer.hear().error.reason
        peer.say(message(withdraw={"release": 1, "reason": "x" * 100000}))
        assert "2000 at most" in peer.hear().error.reason
        peer.say(message(editions_wanted={"before": 2**64 - 1, "limit": 2**32 - 1}))
        assert len(peer.hear("editions").editions.editions) <= 1000
        peer.say(message(releases_wanted={"release": 2**64 - 1, "edition": 2**64 - 1}))
        assert not peer.hear("releases").releases.releases
        peer.say(message(blob_wanted={"hash": "../../etc/passwd"}))
        assert not peer.hear("blob").blob.HasField("content")


# --- again, and as somebody else -----------------------------------------------------------------


def test_what_is_handed_in_twice_is_here_once():
    path = release()
    with Peer() as peer:
        for duplicate in (False, True, True):
            peer.say(message(hand_in={"files": [{"name": path.name, "content": path.read_bytes()}],
                                      "accept_warnings": True}))
            receipt = peer.hear("receipt").receipt
            assert [one.duplicate for one in receipt.releases] == [duplicate], receipt


def test_results_of_tasks_that_are_done_or_never_were_change_nothing():
    comes_through()
    before = settle(1)
    with Peer() as peer:
        for task in [*range(0, 200), 2**62, 2**63, 2**64 - 1]:
            peer.say(message(task_done={"task": task, "published": {"folder": "/etc", "files": 1}}))
            peer.say(message(task_done={"task": task}))
            peer.say(message(task_failed={"task": task, "reason": "x" * 1000}))
        after = status()
    assert (after.editions, after.newest_event, after.tasks_failed) == (
        before.editions, before.newest_event, before.tasks_failed)


def test_a_second_connection_with_a_workers_id_is_not_that_worker():
    with Peer(identity=b"worker-of-ours").hello("comparison", "the first"):
        with Peer(identity=b"worker-of-ours") as thief:
            thief.say(message(goodbye={}))
            thief.say(message(hello={"role": "comparison", "name": "the thief", "build": "0"}))
            assert not thief.socket.poll(500)
        names = [worker.name for worker in status().workers]
        assert "the first" in names and "the thief" not in names, names


def test_ten_thousand_names_on_one_connection_are_one_worker():
    with Peer() as peer:
        for number in range(10000):
            peer.say(message(hello={"role": "comparison", "name": f"name {number}", "build": "0"}))
            peer.hear("welcome")
        names = [worker.name for worker in status().workers if worker.name.startswith("name ")]
        assert names == ["name 9999"], names
        peer.say(message(goodbye={}))
    comes_through()


def test_credit_without_end_is_the_credit_of_a_few_tasks():
    with Peer().hello("scoring", "greedy") as peer:
        for _ in range(2000):
            peer.say(message(credit={"tasks": 2**32 - 1}))
        finished(hand_in(release()))
        peer.say(message(goodbye={}))
    comes_through()


def test_a_worker_that_comes_and_goes_keeps_nobody_from_work():
    with Peer() as peer:
        running = hand_in(release())
        for _ in range(1000):
            peer.say(message(hello={"role": "ingestion", "name": "restless", "build": "0"}))
            peer.say(message(credit={"tasks": 16}))
            peer.say(message(goodbye={}))
        finished(running)
    comes_through()


# --- a worker that answers nonsense --------------------------------------------------------------


def read_result(task, **changes):
    """What an honest worker would say of a file of soot, but for the changes."""
    year = re.search(r"\d{4}", task.read.hand_in.files[0].name).group()
    observations = {"dataset": "soot", "codes": ["E01"], "periods": [year], "code": [0], "period": [0],
                    "status": b"\0", "value": [1.5], "line": [2]}
    observations.update(changes.pop("observations", {}))
    one = {"dataset": "soot", "label": year, "file_name": "f.csv", "file_hash": "0" * 64, "observations": observations}
    one.update(changes)
    return message(task_done={"task": task.task, "read": {"releases": [one]}})


NONSENSE = {
    "a dataset that there is not": lambda task: read_result(task, dataset="x", observations={"dataset": "x"}),
    "two datasets at once": lambda task: read_result(task, dataset="pay"),
    "a code that the pack does not know": lambda task: read_result(task, observations={"codes": ["../E01"]}),
    "a code beyond the list": lambda task: read_result(task, observations={"code": [7]}),
    "columns that do not fit": lambda task: read_result(task, observations={"line": [1, 2, 3]}),
    "a number that is none": lambda task: read_result(task, observations={"value": [float("nan")]}),
    "no number for a value": lambda task: read_result(task, observations={"value": []}),
    "a status that there is not": lambda task: read_result(task, observations={"status": b"\xff"}),
    "a period that is none": lambda task: read_result(task, observations={"periods": ["soon"]}),
    "a label of ten megabytes": lambda task: read_result(task, label="x" * 10_000_000),
    "a hash that is none": lambda task: read_result(task, file_hash="'; DROP TABLE release; --"),
    "warnings of no kind": lambda task: read_result(task, warnings={
        "counts": [{"kind": "x", "count": 2**64 - 1}], "let_in": True}),
    "a pack that nobody handed in": lambda task: message(task_done={
        "task": task.task, "read": {"pack": {"definition": "d.yaml"}}}),
    "scores": lambda task: message(task_done={"task": task.task, "scores": {"pack": "x"}}),
    "nothing": lambda task: message(task_done={"task": task.task}),
    "a failure without end": lambda task: message(task_failed={"task": task.task, "reason": "\x1b[2J" * 200000}),
}


def test_nonsense_about_a_file_is_a_failure_and_an_honest_worker_reads_it():
    for what, answer in NONSENSE.items():
        before = status()
        path = release()
        with Peer().hello("ingestion", "liar", credit=1) as liar:
            running = hand_in(path)
            task = liar.hear("task").task
            liar.say(answer(task))
            finished(running)
        with Peer() as peer:
            peer.say(message(releases_wanted={"dataset": "soot"}))
            newest = peer.hear("releases").releases.releases[0]
        assert (newest.file_name, newest.observations) == (str(path), 6), (what, newest)
        assert status().releases == before.releases + 1, what
    comes_through()


def test_scores_of_a_liar_are_no_edition():
    with Peer().hello("scoring", "liar", credit=1) as liar:
        finished(hand_in(release()))
        task = liar.hear("task").task
        editions = status().editions
        liar.say(message(task_done={"task": task.task, "scores": {"pack": task.score.pack, "areas": ["E01"],
                                                                  "inputs": task.score.inputs}}))
        liar.say(message(goodbye={}))
        assert status().editions <= editions + 1
    comes_through()


def test_a_name_that_a_terminal_would_obey_is_shown_without_its_controls():
    with Peer().hello("comparison", "\x1b]0;owned\x07\u202egnp"):
        shown = service.run("status").stdout
    assert "owned" in shown, shown
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", shown), shown


with Service("--pack", make_pack()) as service:
    settle(1)
    try:
        run([case for name, case in list(globals().items()) if name.startswith("test_")])
    finally:
        context.destroy(linger=0)
        home.cleanup()
