"""`mindex backup` while releases stream in, `mindex restore` of the copy, and what follows."""
import hashlib
import json
import math
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading

import zmq

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import databases  # noqa: E402
import suite  # noqa: E402

contract = tempfile.TemporaryDirectory()
subprocess.run(["protoc", f"--proto_path={suite.ROOT}/proto", f"--python_out={contract.name}",
                *map(str, (suite.ROOT / "proto").glob("*.proto"))], check=True)
sys.path.insert(0, contract.name)
import bus_pb2 as bus  # noqa: E402
import index_pb2 as index  # noqa: E402


def prepare(state):
    databases.make(state / "mindex.db")


def mindex(*arguments):
    return subprocess.run([suite.MINDEX, *map(str, arguments)], text=True, capture_output=True,
                          timeout=120)


def damage_by(path, sql):
    connection = sqlite3.connect(path)
    connection.executescript(sql)
    connection.commit()
    connection.close()


def report(database, *options):
    done = mindex("verify", "--json", *options, database)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def stream(service, first, count):
    """Hands in releases one after the other: the receipts that came."""
    for i in range(first, first + count):
        path = service.state / f"soot-{i}.csv"
        path.write_text(databases.soot(i, i % 7))
        service.run("ingest", "--no-wait", "--accept-warnings", path)


def test_copies_made_in_a_stream_of_releases_are_whole_and_can_be_gone_on_with():
    with tempfile.TemporaryDirectory() as folder, suite.Service(prepare=prepare) as service:
        streaming = threading.Thread(target=stream, args=(service, 2027, 20))
        streaming.start()
        copies = []
        while streaming.is_alive():
            copies.append(pathlib.Path(folder) / f"{len(copies)}.db")
            done = service.run("backup", copies[-1])
            assert "copied and checked" in done.stdout
        streaming.join()
        assert len(copies) >= 2
        reports = [report(copy, "--all") for copy in copies]
        newest = [entry["newest_event"] for entry in reports]
        assert newest == sorted(newest) and newest[0] < newest[-1], newest
        assert not [name for name in os.listdir(folder) if not name.endswith(".db")]
        # Every receipt is there in the end: nothing was held up, nothing lost.
        found = databases.ask(service.state / "mindex.db",
                              "SELECT count(*) FROM release WHERE label LIKE '20__' AND label >"
                              " '2026' AND dataset = 'soot'")
        assert found == (20,), found
        go_on_from(copies[len(copies) // 2])


def go_on_from(copy):
    """A copy in another folder: the newest edition's files come, and the next release does."""
    before = report(copy)
    with suite.Service(prepare=lambda state: restore(copy, state)) as service:
        newest = before["newest_edition"]
        done = service.run("watch", "--topic", "published", "--after", before["newest_event"],
                           "--count", "1", "--json")
        assert json.loads(done.stdout)["data"]["edition"] >= min(newest, 1)
        path = service.state / "soot-2090.csv"
        path.write_text(databases.soot(2090, 3))
        done = service.run("ingest", "--accept-warnings", path)
        assert "6 places ranked" in done.stdout, done.stdout
        after = json.loads(service.run("verify", "--all", "--json").stdout)
        assert after["newest_edition"] > newest
        latest = (service.state / "editions" / "latest").resolve()
        assert latest.name == f"{after['newest_edition']:06}" and (latest / "ranks.csv").exists()


class Subscriber:
    """Asks for events over the replay socket, as any foreign client would."""

    def __init__(self, socket):
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.rcvtimeo = 30000
        self.socket.connect(f"ipc://{socket}")

    def ask(self, **wanted):
        """The answer: events, or an error."""
        self.socket.send(bus.Message(version=1, request=1,
                                     events_wanted=dict(wanted, limit=5000)).SerializeToString())
        answer = bus.Message.FromString(self.socket.recv())
        return answer.error if answer.HasField("error") else answer.events

    def close(self):
        self.socket.close()


def restore(copy, state, *options):
    done = mindex("restore", "--state", state, *options, copy)
    assert done.returncode == 0, done.stderr


def test_the_files_of_the_newest_edition_are_published_again():
    with tempfile.TemporaryDirectory() as folder, suite.Service(prepare=prepare) as service:
        copy = pathlib.Path(folder) / "copy.db"
        service.run("watch", "--topic", "published", "--after", "27", "--count", "1")
        service.run("backup", copy)
        newest = report(copy)["newest_event"]
        assert databases.ask(copy, "SELECT published FROM edition WHERE number = 3") == (1,)
        with suite.Service(prepare=lambda state: restore(copy, state)) as other:
            done = other.run("watch", "--topic", "published", "--after", newest, "--count", "1",
                             "--json")
            assert json.loads(done.stdout)["data"]["edition"] == 3
            ranks = [state / "editions" / "000003" / "ranks.csv"
                     for state in (service.state, other.state)]
            assert ranks[0].read_bytes() == ranks[1].read_bytes()
            other.run("verify", "--all")


def test_a_backup_replaces_no_file_and_leaves_none_when_it_fails():
    with tempfile.TemporaryDirectory() as folder:
        state = pathlib.Path(folder) / "state"
        state.mkdir()
        prepare(state)
        copy = pathlib.Path(folder) / "copy.db"
        copy.write_text("mine")
        done = mindex("backup", "--state", state, copy)
        assert done.returncode == 1 and "is there already" in done.stderr, done.stderr
        assert copy.read_text() == "mine"
        copy.unlink()
        done = mindex("backup", "--state", state, pathlib.Path(folder) / "none" / "copy.db")
        assert done.returncode == 1 and "No such file" in done.stderr, done.stderr
        damage_by(state / "mindex.db", "DELETE FROM event WHERE seq = 3")
        done = mindex("backup", "--state", state, copy)
        assert done.returncode == 1 and "after event 2 comes event 4" in done.stderr, done.stderr
        assert sorted(os.listdir(folder)) == ["state"]


def test_a_restore_keeps_out_of_the_way_of_a_hub_and_of_a_database_that_is_there():
    with tempfile.TemporaryDirectory() as folder, suite.Service(prepare=prepare) as service:
        copy = pathlib.Path(folder) / "copy.db"
        service.run("status")  # the hub is there
        service.run("backup", copy)
        done = service.run("restore", copy, "--replace", check=False)
        assert done.returncode == 1 and "stop the service first" in done.stderr, done.stderr
        state = pathlib.Path(folder) / "state"
        state.mkdir()
        prepare(state)
        before = (state / "mindex.db").read_bytes()
        done = mindex("restore", "--state", state, copy)
        assert done.returncode == 1 and "--replace" in done.stderr, done.stderr
        for damage in ("DELETE FROM event WHERE seq = 3", "PRAGMA user_version=99",
                       "PRAGMA application_id=7"):
            bad = pathlib.Path(folder) / "bad.db"
            shutil.copy(copy, bad)
            damage_by(bad, damage)
            done = mindex("restore", "--state", state, "--replace", bad)
            assert done.returncode == 1, damage
        assert (state / "mindex.db").read_bytes() == before
        assert sorted(os.listdir(state)) == ["mindex.db", "mindex.db.lock"], os.listdir(state)


def test_what_an_earlier_program_rounded_otherwise_is_restored():
    with tempfile.TemporaryDirectory() as folder:
        state, copy = pathlib.Path(folder) / "state", pathlib.Path(folder) / "copy.db"
        databases.make(copy)
        connection = sqlite3.connect(copy)
        of_first = "(SELECT comparison FROM edition WHERE number = 1)"
        content, = connection.execute(f"SELECT content FROM blob WHERE hash = {of_first}").fetchone()
        comparison = index.Comparison.FromString(content)
        comparison.need_threshold = math.nextafter(comparison.need_threshold, math.inf)
        content = comparison.SerializeToString()
        name = hashlib.sha256(content).hexdigest()
        connection.execute("INSERT INTO blob (hash, content) VALUES (?, ?)", (name, content))
        connection.execute("UPDATE edition SET comparison = ? WHERE number = 1", (name,))
        connection.commit()
        connection.close()
        restore(copy, state)
        done = mindex("verify", state / "mindex.db")
        assert done.returncode == 1
        assert "edition 1 computed again: the comparison with spend differs" in done.stderr


def test_what_was_there_is_kept_aside_with_its_log_and_its_files():
    with tempfile.TemporaryDirectory() as folder:
        state, copy = pathlib.Path(folder) / "state", pathlib.Path(folder) / "copy.db"
        with suite.Service(prepare=prepare) as service:
            service.run("watch", "--topic", "published", "--after", "27", "--count", "1")
            service.run("backup", copy)
            stream(service, 2027, 2)
            service.run("watch", "--topic", "published", "--after", "27", "--count", "3")
            # As if the machine had gone: the log is not yet in the database.
            service.up.send_signal(signal.SIGSTOP)
            shutil.copytree(service.state, state, symlinks=True,
                            ignore=lambda _, names: [n for n in names if n in
                                                     ("hub", "events", "replay")])
            service.up.send_signal(signal.SIGCONT)
        assert (state / "mindex.db-wal").stat().st_size > 0
        assert os.readlink(state / "editions" / "latest") == "000005"
        done = mindex("restore", "--state", state, "--replace", copy)
        assert done.returncode == 0, done.stderr
        aside = [path for path in state.glob("mindex.db.before-*") if path.name[-1] == "Z"]
        assert len(aside) == 1 and str(aside[0]) in done.stdout
        assert report(aside[0])["newest_edition"] == 5
        assert report(state / "mindex.db")["newest_edition"] == 3
        assert not (state / "editions" / "latest").is_symlink()
        assert sorted(os.listdir(state / "editions")) == ["000003"]
        kept = list(state.glob("editions.before-*"))
        assert len(kept) == 1 and sorted(os.listdir(kept[0])) == ["000004", "000005"]


def test_a_subscriber_that_is_ahead_of_a_restored_log_is_told():
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / "copy.db"
        databases.make(copy)
        with suite.Service(prepare=lambda state: restore(copy, state)) as service:
            done = service.run("watch", "--after", "5000", "--count", "1", check=False)
            assert done.returncode == 1
            assert "a number that the log has not reached" in done.stderr, done.stderr


def test_a_subscriber_is_told_when_a_restored_log_has_grown_past_its_number():
    with tempfile.TemporaryDirectory() as folder:
        copy, state = pathlib.Path(folder) / "copy.db", pathlib.Path(folder) / "state"
        databases.make(copy)
        restore(copy, state)
        with suite.Service(prepare=lambda path: path.rmdir() or path.symlink_to(state)) as service:
            service.run("watch", "--topic", "published", "--after", "27", "--count", "1")
            client = Subscriber(state / "replay")
            ours = client.ask(after=0)
            assert ours.through == ours.newest == len(ours.events)
            assert ours.through_time_ms == ours.events[-1].time_ms
            client.close()
        restore(copy, state, "--replace")
        with suite.Service(prepare=lambda path: path.rmdir() or path.symlink_to(state)) as service:
            stream(service, 2050, 2)
            service.run("watch", "--topic", "published", "--after", ours.through, "--count", "2")
            client = Subscriber(state / "replay")
            # By its number alone it would go on as if nothing had happened.
            assert client.ask(after=ours.through).events
            told = client.ask(after=ours.through, after_time_ms=ours.through_time_ms)
            assert "restored from an older copy" in told.reason
            # What both have is the same, and from there it goes on.
            both = client.ask(after=27, after_time_ms=ours.events[26].time_ms)
            assert [event.seq for event in both.events][:1] == [28]
            client.close()


suite.run([value for name, value in list(globals().items()) if name.startswith("test_")])
