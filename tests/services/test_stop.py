"""The end and the start: whatever a role is at, SIGTERM ends it within two seconds, and what comes after
finds the place free."""
import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import zmq

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import bus
import small
from suite import ENGLAND, MINDEX, SANITIZED, run

# The promise; the sanitizers look through all memory at the end.
SECONDS = 6 if SANITIZED else 2
MANY_PLACES, MANY_REPLICATES = 3000, 500000  # a scoring of a minute
ROLES = ("hub", "ingestion", "scoring", "comparison", "publishing")


class Place:
    """A state folder, and the processes that were started in it, each ended by its id."""

    def __init__(self):
        self.home = tempfile.TemporaryDirectory(prefix="mindex-stop-")
        self.state = pathlib.Path(self.home.name) / "state"
        self.state.mkdir()
        self.processes = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
            process.wait()
        self.home.cleanup()

    def endpoint(self, name="hub"):
        return f"ipc://{self.state}/{name}"

    def start(self, command, *arguments, state=None, **options):
        log = open(self.state / "log", "a", encoding="utf-8")
        with log:
            process = subprocess.Popen([MINDEX, command, "--state", state or self.state, *map(str, arguments)],
                                       stderr=log, stdout=log, start_new_session=True, **options)
        self.processes.append(process)
        return process

    def await_log(self, text, times=1, seconds=20):
        """Waits until the processes have said it."""
        end = time.monotonic() + seconds
        while (self.state / "log").read_text().count(text) < times:
            assert time.monotonic() < end, (text, (self.state / "log").read_text())
            time.sleep(0.01)

    def hub(self):
        process = self.start("hub")
        with bus.Peer(self.endpoint()) as peer:
            peer.ask(again=0.1, status_wanted={})
        return process


def of_session(process):
    """Processes that belong to the session that the process began."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and os.getsid(int(entry.name)) == process.pid:
                state = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0]
                if state != "Z":
                    found.append(entry.name)
    return found


def stop(process, what, with_signal=signal.SIGTERM, status=0):
    began = time.monotonic()
    process.send_signal(with_signal)
    ended = process.wait(60)
    seconds = time.monotonic() - began
    print(f"{what}: {seconds * 1000:.0f} ms")
    assert ended == status, (what, ended)
    assert seconds < SECONDS, (what, seconds)
    assert not of_session(process), (what, of_session(process))


def test_each_role_ends_at_once_when_it_is_idle():
    with Place() as place:
        processes = [(role, place.hub() if role == "hub" else place.start(role)) for role in ROLES]
        place.await_log("welcomed by the hub", len(ROLES) - 1)
        for role, process in reversed(processes):
            stop(process, f"{role}, idle")


def test_each_role_ends_at_once_when_there_is_no_hub():
    with Place() as place:
        (place.state / "inbox").mkdir()
        (place.state / "inbox" / "pay-2026.csv").write_text(small.release(20, 3))
        processes = {role: place.start(role) for role in ROLES[1:]}
        place.await_log('msg="started"', len(processes))
        for role, process in processes.items():
            stop(process, f"{role}, no hub")
        assert (place.state / "inbox" / "pay-2026.csv").exists()


def test_a_worker_in_a_long_task_goes_and_another_begins_it_at_once():
    with Place() as place, bus.Peer(place.endpoint()) as peer:
        hub = place.hub()
        others = [place.start(role) for role in ("ingestion", "comparison", "publishing")]
        first = place.start("scoring")
        place.await_log("welcomed by the hub", 4)
        assert peer.ask(**small.hand_in(small.pack(MANY_PLACES, MANY_REPLICATES), pack=True)).receipt.task
        assert peer.ask(60, events_wanted={"after": 0, "wait_ms": 60000, "topics": ["published"]}).events.events
        newer = {"soot-2026.csv": small.release(MANY_PLACES, 3)}
        assert peer.ask(**small.hand_in(newer, accept_warnings=True)).receipt.task
        # The task is out, and there is one worker that can have it.
        end = time.monotonic() + 20
        while not peer.ask(status_wanted={}).status.tasks_leased:
            assert time.monotonic() < end
        second = place.start("scoring")
        place.await_log("welcomed by the hub", 5)
        stop(first, "scoring, in a task of a minute")
        place.await_log("says goodbye")
        workers = [worker for worker in peer.ask(status_wanted={}).status.workers if worker.role == "scoring"]
        assert [(worker.leases, worker.name.endswith(f"-{second.pid}")) for worker in workers] == [(1, True)], workers
        stop(hub, "hub, a task out")
        stop(second, "scoring, in a task of a minute, the hub gone")
        for process in others:
            stop(process, "a worker, the hub gone")


def test_a_worker_that_waits_for_a_blob_of_a_hub_that_is_gone_ends_at_once():
    with Place() as place:
        with bus.FakeHub(place.endpoint()) as hub:
            worker = place.start("scoring")
            sender, _ = hub.hear("hello")
            hub.say(sender, welcome={"heartbeat_ms": 500, "dead_after_ms": 2500})
            sender, _ = hub.hear("credit")
            hub.say(sender, task={"task": 1, "score": {"pack": "a" * 64}})
            hub.hear("blob_wanted")
        stop(worker, "scoring, waiting for a blob")


def test_a_hub_with_a_thousand_waiters_and_a_peer_that_never_reads_ends_at_once():
    with Place() as place, bus.Peer(place.endpoint()) as waiting, bus.Peer(place.endpoint()) as deaf:
        place.start("ingestion"), place.start("scoring")
        hub = place.hub()
        with bus.Peer(place.endpoint()) as peer:
            big = small.hand_in(small.pack(MANY_PLACES), pack=True)
            assert peer.ask(60, **big).receipt.task
            pack = peer.ask(events_wanted={"after": 0, "wait_ms": 60000, "topics": ["edition"]})
            assert pack.events.events
            edition = peer.ask(edition_wanted={}).edition.info
        for _ in range(1000):
            waiting.send(events_wanted={"after": pack.events.newest, "wait_ms": 60000, "topics": ["nothing"]})
        for _ in range(500):
            deaf.send(blob_wanted={"hash": edition.scores})
        with bus.Peer(place.endpoint()) as peer:
            peer.ask(status_wanted={})
        stop(hub, "hub, 1,000 waiters and a peer that never reads")


def test_a_hub_that_is_asked_without_a_pause_ends_at_once():
    with Place() as place:
        hub = place.hub()
        stopped = threading.Event()

        def flood():
            with bus.Peer(place.endpoint()) as peer:
                while not stopped.is_set():
                    with contextlib.suppress(zmq.Again):
                        peer.socket.send(question, zmq.DONTWAIT)
                    with contextlib.suppress(zmq.Again):
                        peer.socket.recv(zmq.DONTWAIT)

        question = bus.contract().Message(version=1, request=1, status_wanted={}).SerializeToString()
        threads = [threading.Thread(target=flood) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            with bus.Peer(place.endpoint()) as peer:
                for _ in range(20):
                    peer.ask(status_wanted={})
            stop(hub, "hub, asked without a pause")
        finally:
            stopped.set()
            for thread in threads:
                thread.join()


def test_the_whole_service_ends_whatever_it_is_at_and_leaves_no_process():
    with Place() as place:
        up = place.start("up", "--pack", ENGLAND)
        place.await_log('msg="started"', 6)
        stop(up, "up, loading England")
        up = place.start("up")
        with bus.Peer(place.endpoint()) as peer:
            peer.ask(again=0.1, status_wanted={})
            stop(up, "up, idle")
        up = place.start("up")
        with bus.Peer(place.endpoint()) as peer:
            peer.ask(again=0.1, **small.hand_in(small.pack(MANY_PLACES, MANY_REPLICATES), pack=True))
            peer.ask(60, events_wanted={"after": 0, "wait_ms": 60000, "topics": ["published"]})
            for year in range(2026, 2030):
                newer = {f"soot-{year}.csv": small.release(MANY_PLACES, year)}
                assert peer.ask(**small.hand_in(newer, accept_warnings=True)).receipt.task
            (place.state / "inbox" / "pay-2026.csv").write_text(small.release(MANY_PLACES, 9))
            while not peer.ask(status_wanted={}).status.tasks_leased:
                continue
        stop(up, "up, scoring for minutes, with a queue")


def complete(folder):
    return {path.name for path in folder.iterdir() if path.stat().st_size > 0}


def test_a_publishing_that_ends_in_the_middle_of_files_leaves_none_half_written():
    with Place() as place, bus.Peer(place.endpoint()) as peer:
        place.hub()
        for role in ("ingestion", "scoring", "comparison"):
            place.start(role)
        editions = place.state / "editions"
        assert peer.ask(60, **small.hand_in(small.pack(900), pack=True)).receipt.task
        publishing = place.start("publishing")
        assert peer.ask(60, events_wanted={"after": 0, "wait_ms": 60000, "topics": ["published"]}).events.events
        whole = complete(editions / "000001")
        assert "ranks.csv" in whole and len(whole) > 4, whole
        caught = 0
        for number, with_signal in enumerate([signal.SIGKILL, signal.SIGTERM] * 3, 2):
            partial = editions / f"{number:06}.partial"
            newer = {f"soot-{2024 + number}.csv": small.release(900, number + 10)}
            after = peer.ask(**small.hand_in(newer, accept_warnings=True)).receipt.through
            end = time.monotonic() + 30
            while not partial.exists() and not (editions / f"{number:06}").exists():
                assert time.monotonic() < end
            publishing.send_signal(with_signal)
            publishing.wait(60)
            caught += partial.exists()
            latest = os.readlink(editions / "latest")
            assert complete(editions / latest) == whole, latest
            for folder in editions.glob("[0-9]" * 6):
                assert complete(folder) == whole, folder
            publishing = place.start("publishing")
            assert peer.ask(60, events_wanted={"after": after, "wait_ms": 60000, "topics": ["published"]}).events.events
            assert os.readlink(editions / "latest") == f"{number:06}" and not partial.exists()
        assert caught, "none was caught in the middle"
        print(f"caught in the middle of files: {caught} of 6")


def test_commands_that_wait_end_with_ctrl_c():
    with Place() as place, tempfile.TemporaryDirectory() as home:
        file = pathlib.Path(home) / "pay-2026.csv"
        file.write_text(small.release(20, 3))
        for command in (["watch", "--after", "0"], ["watch"], ["ingest", file], ["status"]):
            waiting = place.start(*command)
            end = time.monotonic() + 10
            while not any("ZMQ" in task.read_text() for task in pathlib.Path(f"/proc/{waiting.pid}/task").glob("*/comm")):
                assert time.monotonic() < end  # it has a socket: it asks
            stop(waiting, f"mindex {command[0]}", signal.SIGINT, -signal.SIGINT)


def test_a_tcp_endpoint_can_be_bound_again_at_once():
    with Place() as place, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        endpoint = f"tcp://127.0.0.1:{probe.getsockname()[1]}"
        probe.close()
        for _ in range(3):
            hub = place.start("hub", "--hub", endpoint)
            with bus.Peer(endpoint) as peer:
                peer.ask(again=0.1, status_wanted={})  # a connection that the hub's end closes
                stop(hub, "hub on tcp")


def refused(place, *arguments, **options):
    process = place.start(*arguments, **options)
    assert process.wait(20) == 1, process.returncode


def test_a_second_hub_of_one_database_or_endpoint_is_refused_and_the_first_goes_on():
    with Place() as place, bus.Peer(place.endpoint()) as peer:
        place.hub()
        for name in ("by-link", "by-hard-link", "linked-folder", "other", "other-tcp"):
            (place.state.parent / name).mkdir()
        database = place.state / "mindex.db"
        (place.state.parent / "by-link" / "mindex.db").symlink_to(database)
        os.link(database, place.state.parent / "by-hard-link" / "mindex.db")
        (place.state.parent / "linked-folder").rmdir()
        (place.state.parent / "linked-folder").symlink_to(place.state)
        cases = [(["hub"], place.state, "is locked"),
                 (["hub"], place.state.parent / "linked-folder", "is locked"),
                 (["hub"], place.state.parent / "by-link", "is locked"),
                 (["hub"], place.state.parent / "by-hard-link", "is locked"),
                 (["hub", "--hub", place.endpoint()], place.state.parent / "other", "hub.lock is locked")]
        for arguments, state, reason in cases:
            (place.state / "log").write_text("")
            refused(place, *arguments, state=state)
            assert reason in (place.state / "log").read_text(), (state, (place.state / "log").read_text())
            assert peer.ask(5, status_wanted={}).status.build, state
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            endpoint = f"tcp://127.0.0.1:{probe.getsockname()[1]}"
        place.start("hub", "--hub", endpoint, state=place.state.parent / "other")
        with bus.Peer(endpoint) as other:
            other.ask(again=0.1, status_wanted={})
            refused(place, "hub", "--hub", endpoint, state=place.state.parent / "other-tcp")
            assert "cannot be bound" in (place.state / "log").read_text()
            other.ask(5, status_wanted={})


def test_a_second_publishing_leaves_the_streams_of_the_first_alone():
    with Place() as place, bus.Peer(place.endpoint("replay")) as subscriber:
        place.hub()
        place.start("publishing")
        subscriber.ask(again=0.2, events_wanted={"after": 0})
        other = place.state.parent / "other"
        for arguments in (["--events", place.endpoint("events")], ["--replay", place.endpoint("replay")]):
            (place.state / "log").write_text("")
            refused(place, "publishing", "--hub", place.endpoint(), *arguments, state=other)
            assert "is locked" in (place.state / "log").read_text()
        assert subscriber.ask(5, events_wanted={"after": 0}).WhichOneof("body") == "events"


def drop(place, name, text):
    """Puts a file into the inbox in one step, over what has its name."""
    (place.state / "inbox" / f".{name}").write_text(text)
    (place.state / "inbox" / f".{name}").rename(place.state / "inbox" / name)


def await_file(path, seconds=30):
    end = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < end, (path, (path.parent.parent / "log").read_text())
        time.sleep(0.01)


def test_of_two_ingestions_one_watches_the_inbox_and_the_other_follows():
    with Place() as place, bus.Peer(place.endpoint()) as peer:
        place.hub()
        first = place.start("ingestion")
        peer.ask(60, **small.hand_in(small.pack(), pack=True))
        second = place.start("ingestion")
        place.await_log("inbox not watched from here yet")
        drop(place, "soot-2026.csv", small.release(20, 6))
        await_file(place.state / "accepted" / "soot-2026.csv")
        stop(first, "the first of two ingestions")
        drop(place, "soot-2027.csv", small.release(20, 7))
        await_file(place.state / "accepted" / "soot-2027.csv")
        assert len(peer.ask(releases_wanted={"dataset": "soot"}).releases.releases) == 3
        assert "level=error" not in (place.state / "log").read_text()
        stop(second, "the second of two ingestions")


def test_a_file_that_is_replaced_while_it_is_handed_in_leaves_as_what_was_handed_in():
    with Place() as place, bus.Peer(place.endpoint()) as peer:
        ingestion, hub = place.start("ingestion"), place.hub()
        peer.ask(60, **small.hand_in(small.pack(), pack=True))
        stop(hub, "hub")
        with bus.FakeHub(place.endpoint()) as fake:
            drop(place, "pay-2026.csv", small.release(20, 7))
            fake.hear("hand_in", 20)
            drop(place, "pay-2026.csv", small.release(20, 8))
        hub = place.hub()
        await_file(place.state / "accepted" / "pay-2026.csv")
        # Both are on record, and the one that left the inbox is the newer, after its own receipt.
        assert len(peer.ask(releases_wanted={"dataset": "pay"}).releases.releases) == 3
        assert (place.state / "accepted" / "pay-2026.csv").read_text() == small.release(20, 8)
        assert [path.name for path in (place.state / "inbox").iterdir()] == []
        stop(ingestion, "ingestion"), stop(hub, "hub")


run([case for name, case in list(globals().items()) if name.startswith("test_")])
