"""`mindex prune`: old editions go for good and nothing else does; who asks for what is gone is told so."""
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1]), str(pathlib.Path(__file__).resolve().parents[1] / "disk")]
import bus
import databases
import small
from suite import BUILD, MINDEX, Service, run

PLACES = 6


class Index(Service):
    """A service with so many editions: the pack's, and one of each release."""

    def __init__(self, editions, *options):
        super().__init__("--scoring", "1", *options)
        self.editions = editions

    def __enter__(self):
        super().__enter__()
        with tempfile.TemporaryDirectory() as folder:
            self.run("load", small.write(small.pack(PLACES), pathlib.Path(folder)))
        for seed in range(2, self.editions + 1):
            self.release(seed)
        self.hub = bus.Peer(f"ipc://{self.state}/hub")
        return self

    def __exit__(self, *error):
        self.hub.socket.close()
        super().__exit__(*error)

    def release(self, seed, *options):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "2025.csv"
            path.write_text(small.release(PLACES, seed))
            self.run("ingest", path, "--dataset", "pay", "--label", str(seed), "--accept-warnings", *options)

    def prune(self, *options):
        return json.loads(self.run("prune", "--json", *options).stdout)

    def fails(self, status, words, *arguments):
        done = self.run(*arguments, check=False)
        assert done.returncode == status and words in done.stderr, done
        return done

    def events(self, **wanted):
        return self.hub.ask(events_wanted={"limit": 5000, **wanted})

    def folders(self):
        return sorted(path.name for path in (self.state / "editions").iterdir())

    def get(self, path):
        """Status, type and text."""
        port = re.search(r"http open.*port=(\d+)", (pathlib.Path(self.home.name) / "log").read_text()).group(1)
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
                return answer.status, answer.headers["Content-Type"], answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.headers["Content-Type"], error.read().decode()

    def tables(self, edition):
        """What is told of an edition, in many ways."""
        asked = [("changes", "--all", "--csv"), ("ranks", "--csv"), ("spend", "--all", "--csv"),
                 ("trace", "E00003", "pay", "--json")]
        return [self.run(*words, "--edition", edition).stdout for words in asked]


def test_several_prunes_at_once_each_do_what_the_others_have_not():
    with Index(8) as index:
        several = [subprocess.Popen([MINDEX, "prune", "--state", index.state, "--keep", "1", "--json"],
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)]
        index.release(9)  # the publishing role removes folders beside them
        for one in several:
            out, error = one.communicate(timeout=100)
            assert one.returncode == 0, (out, error)
        assert retired(index.state) >= 7
        index.prune("--keep", "1")
        assert index.folders() == ["000009", "latest"], index.folders()
        index.run("verify", "--all")


def fates(rows):
    return [(row["edition"], row["fate"]) for row in rows]


def test_a_dry_run_says_what_would_go_and_changes_nothing():
    with Index(4) as index:
        before = index.events(after=0).events
        rows = index.prune("--keep", "2", "--dry-run")
        assert fates(rows) == [(1, "would go"), (2, "would go"), (3, "stays"), (4, "stays")], rows
        assert all("--keep" in row["why"] for row in rows[2:]), rows
        first = min(event.seq for event in before.events if event.edition == 3)
        assert sum(row["events"] for row in rows[:2]) == first - 1, rows
        assert all(row["database_bytes"] > 100 and row["file_bytes"] > 100 for row in rows[:2]), rows
        assert index.events(after=0).events == before and len(index.folders()) == 5
        done = index.run("prune", "--keep", "2", "--dry-run").stdout
        assert "2 of 4 editions would go" in done and "nothing has changed" in done, done
        index.fails(2, "--keep N, --before DATE", "prune")
        index.fails(2, "or a date", "prune", "--before", "yesterday")
        assert fates(index.prune("--before", "2020-01-01")) == [(n, "stays") for n in range(1, 5)]
        rows = index.prune("--before", "2999-01-01", "--keep", "3")
        assert fates(rows) == [(1, "retired"), (2, "stays"), (3, "stays"), (4, "stays")], rows
        rows = index.prune("--before", "2999-01-01")
        assert fates(rows)[-1] == (4, "stays") and rows[-1]["why"] == "it is the newest edition", rows


def test_the_oldest_edition_that_is_kept_is_whole_and_the_rest_is_told_to_be_gone():
    with Index(5, "--http", "http://127.0.0.1:*") as index:
        whole = index.tables(4)
        changes = index.get("/api/v1/editions/4/changes.csv")[2]
        explained = index.get("/api/v1/editions/4/explanations.csv?area=E00003")[2]
        assert index.get("/api/v1/editions/2")[0] == 200
        listed = index.get("/api/v1/editions.csv")[2]
        index.prune("--keep", "2")
        index.run("verify", "--all")
        assert index.folders() == ["000004", "000005", "latest"], index.folders()
        assert (index.state / "editions" / "latest" / "ranks.csv").exists()
        assert index.tables(4) == whole
        for words in (("ranks",), ("changes",), ("spend",), ("trace", "E00003", "pay"), ("recompute",),
                      ("export", "--out", index.state / "out")):
            index.fails(4, "edition 3 was retired on", *words, "--edition", "3")
        told = json.loads(index.run("editions", "--json").stdout)
        assert [row["edition"] for row in told if row["retired"]] == [3, 2, 1], told
        assert index.run("recompute", "--all", "--csv").stdout.count("the same") == 2
        assert index.run("export", "--edition", "4", "--out", index.state / "out").returncode == 0
        # What is cached is forgotten without a new event.
        while index.get("/api/v1/editions.csv")[2] == listed:
            pass
        for path in ("/api/v1/editions/2", "/api/v1/editions/3/ranks", "/api/v1/events?after=0", "/changes?edition=2"):
            status, kind, text = index.get(path)
            assert status == 410 and kind == "application/problem+json", (path, status, kind)
            assert "retired" in json.loads(text)["detail"], text
        assert index.get("/api/v1/editions/4/changes.csv")[2] == changes
        assert index.get("/api/v1/editions/4/explanations.csv?area=E00003")[2] == explained
        assert index.get("/api/v1/editions/99")[0] == 404
        assert "retired on" in index.get("/editions")[2]
        assert "/changes?edition=4" in index.get("/changes?edition=5")[2]
        assert "/changes?edition=3" not in index.get("/changes?edition=4")[2]
        assert index.get("/feeds/places/E00003.atom")[0] == 200
        assert index.get("/feeds/places/E00003.atom?since=2")[0] == 410
        assert index.get("/feeds/releases.atom?since=2")[0] == 410
        led = re.findall(r"/changes\?edition=(\d+)", index.get("/feeds/releases.atom")[2])
        assert set(led) == {"4", "5"}, led
        kept = json.loads(index.get("/api/v1/events")[2])
        assert kept["oldest"] == int(kept["events"][0]["data"]["seq"]), kept
        stream = index.get(f"/api/v1/events/stream?after={kept['oldest'] - 3}")[2]
        assert stream.startswith("id\nevent: problem\ndata: events ") and "not kept" in stream, stream


def test_a_subscriber_is_never_given_a_gap():
    with Index(4) as index:
        everything = list(index.events(after=0).events.events)
        index.prune("--keep", "2")
        oldest = min(event.seq for event in everything if event.edition == 3)
        for after in (0, 1, oldest - 2):
            error = index.events(after=after).error
            assert error.gone and error.oldest == oldest and f"begins with event {oldest}" in error.reason, error
        error = index.events(after=1, after_time_ms=everything[0].time_ms).error
        assert error.gone, error
        kept = index.events(after=oldest - 1).events
        assert list(kept.events) == everything[oldest - 1:] and kept.oldest == oldest
        assert kept.events[0].type == "edition.scored" and kept.events[0].edition == 3
        # Who had just all that went goes on, and is known by the time of the last.
        last = everything[oldest - 2]
        assert index.events(after=last.seq, after_time_ms=last.time_ms).events == kept
        assert "another event of that number" in index.events(after=last.seq, after_time_ms=1).error.reason
        assert index.events(after=0, or_oldest=True).events == kept
        index.fails(1, "not kept any more", "watch", "--after", "0")
        index.fails(3, f"take --after {oldest - 1}", "subscribe", "new", "late", "--url", "http://127.0.0.1:1999/",
                    "--after", "1")
        assert not index.hub.ask(subscribe={"subscription": {"name": "hook", "url": "http://127.0.0.1:1999/"}}).HasField("error")
        error = index.hub.ask(change_subscription={"name": "hook", "action": "resend", "from": 1, "to": 5}).error
        assert f"within {oldest} to" in error.reason, error


def test_what_is_still_needed_stays_and_the_reason_is_told():
    with Index(3) as index:
        first = index.hub.ask(subscribe={"subscription": {"name": "slow", "url": "http://127.0.0.1:1999/", "after": 3}})
        assert not first.HasField("error"), first
        rows = index.prune("--keep", "1")
        assert fates(rows) == [(1, "stays"), (2, "stays"), (3, "stays")], rows
        assert "the subscription 'slow' has come to event 3" in rows[0]["why"], rows
        assert rows[1]["why"] == "an older one stays", rows
        index.run("subscribe", "remove", "slow")
        workers = json.loads(index.run("status", "--json").stdout)["workers"]
        publishing = next(int(w["name"].rsplit("-", 1)[1]) for w in workers if w["role"] == "publishing")
        os.kill(publishing, signal.SIGSTOP)  # its task is in hand, and not done
        try:
            index.release(4, "--no-wait")
            database = f"file:{index.state}/mindex.db?mode=ro"
            with sqlite3.connect(database, uri=True) as reading:
                while reading.execute("SELECT max(number) FROM edition").fetchone() != (4,):
                    pass
            rows = index.prune("--keep", "1")
            assert fates(rows) == [(1, "retired"), (2, "retired"), (3, "stays"), (4, "stays")], rows
            assert "newest edition whose files are complete" in rows[2]["why"], rows
        finally:
            os.kill(publishing, signal.SIGCONT)
        assert os.readlink(index.state / "editions" / "latest") in ("000003", "000004")
        index.run("verify", "--all")


def test_one_is_retired_at_a_time_from_the_oldest_on_and_once():
    with Index(3) as index:
        def ask(edition, **more):
            return index.hub.ask(retire_edition={"edition": edition, **more})

        assert "numbered from 1" in ask(0).error.reason and "no edition 4" in ask(4).error.reason
        refused = ask(2).edition_retired
        assert "edition 1 is older" in refused.needed and not refused.info.HasField("retired_ms"), refused
        assert not ask(2, dry_run=True).edition_retired.HasField("needed") and retired(index.state) == 0
        with bus.Peer(f"ipc://{index.state}/hub") as old:
            old.send(hello={"role": "publishing", "name": "elder", "build": "0.1.0"})
            assert old.receive(30).HasField("welcome")
            assert "elder is of version 0.1.0" in ask(1).edition_retired.needed
            old.send(goodbye={})
            while (done := ask(1).edition_retired).HasField("needed"):
                assert "elder" in done.needed, done
            old.send(hello={"role": "publishing", "name": "elder", "build": "0.1.0"})
            while not (answer := old.receive(30)).HasField("error"):  # of the goodbye, perhaps
                pass
            assert "version 0.1.0 cannot begin with a log" in answer.error.reason, answer
            refused = [worker for worker in json.loads(index.run("status", "--json").stdout)["workers"] if worker["refused"]]
            assert [worker["name"] for worker in refused] == ["elder"], refused
        assert not done.HasField("needed") and done.info.retired_ms and done.events == done.through, done
        again = ask(1).edition_retired
        assert again.info == done.info and not again.HasField("events"), again
        info = index.hub.ask(edition_wanted={"number": 1, "retired_too": True}).edition.info
        assert info == done.info and len(info.scores) == 64, info
        assert ask(3).edition_retired.needed == "it is the newest edition"
        error = index.hub.ask(edition_wanted={"number": 1}).error
        assert error.gone and error.oldest == 2, error
        os.kill(hub_of(index.up), signal.SIGKILL)
        assert index.hub.ask(again=0.5, events_wanted={"after": 0}).error.oldest == done.through + 1


def test_an_edition_whose_task_was_set_aside_stays_until_somebody_drops_it():
    """In the database of an earlier program, whose subscriptions have not had all of it."""
    with Service("--scoring", "1", prepare=lambda state: databases.make(state / "mindex.db")) as service:
        service.run("watch", "--topic", "published", "--after", "27", "--count", "1")  # of edition 3
        def prune():
            return {row["edition"]: row["why"] for row in json.loads(service.run("prune", "--keep", "1", "--json").stdout)
                    if row["fate"] == "stays"}

        def gives_up(name, edition):
            why = prune()[edition]
            assert f"'{name}' has come to event" in why, why
            service.run("subscribe", "remove", name)

        gives_up("desk", 2)
        stay = prune()
        assert set(stay) == {2, 3} and "was set aside; 'mindex tasks retry" in stay[2], stay
        service.run("tasks", "drop", re.search(r"drop (\d+)", stay[2])[1])
        assert set(prune()) == {3}
        (service.state / "soot-2027.csv").write_text(databases.soot(2027, 3))
        service.run("ingest", "--accept-warnings", service.state / "soot-2027.csv")
        gives_up("gone", 3)  # disabled
        gives_up("warehouse", 3)  # paused
        assert set(prune()) == {4}
        service.run("verify", "--all")


def test_a_hub_that_dies_at_each_point_of_it_retires_each_edition_once():
    with Index(6) as index, tempfile.TemporaryDirectory() as folder:
        state = pathlib.Path(folder) / "state"
        state.mkdir()
        index.run("backup", state / "mindex.db")
        points = [f"hub.{point}.{when}" for point in ("commit.retired", "send.edition_retired") for when in ("before", "after")]
        for kept, point in enumerate(points, 2):  # it dies when the first of these goes, each time
            with subprocess.Popen([BUILD / "tests" / "crash" / "mindex-points", "hub", "--state", state],
                                  env=dict(os.environ, MINDEX_POINT=point), stderr=subprocess.DEVNULL) as hub, \
                    subprocess.Popen([MINDEX, "prune", "--state", state, "--keep", str(7 - kept)],
                                     stdout=subprocess.DEVNULL) as pruning:
                assert hub.wait(60) == -signal.SIGKILL, point
                assert retired(state) == kept - 2 + (point != "hub.commit.retired.before"), point
                with subprocess.Popen([MINDEX, "hub", "--state", state], stderr=subprocess.DEVNULL) as again:
                    assert pruning.wait(100) == 0 and retired(state) == kept - 1, point
                    again.terminate()
            done = subprocess.run([MINDEX, "verify", "--all", state / "mindex.db"], capture_output=True, text=True)
            assert done.returncode == 0, (point, done)


def test_the_same_scores_as_a_newer_edition_has_are_kept():
    with Index(1) as index:
        index.release(2)
        newest = json.loads(index.run("releases", "--json").stdout)[0]["release"]
        index.run("withdraw", newest, "--reason", "A test.")
        told = json.loads(index.run("editions", "--json").stdout)
        assert told[0]["hash"] == told[2]["hash"] and len(told) == 3, told
        index.prune("--keep", "1")
        index.run("verify", "--all")
        assert "the same" in index.run("recompute", "--edition", "3").stdout


def retired(state):
    with sqlite3.connect(f"file:{state}/mindex.db?mode=ro", uri=True) as reading:
        return reading.execute("SELECT count(*) FROM retired").fetchone()[0]


def hub_of(up):
    """The process id of its hub."""
    children = pathlib.Path(f"/proc/{up.pid}/task/{up.pid}/children").read_text().split()
    return next(int(pid) for pid in children if b"\0hub\0" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes())


def test_it_goes_on_after_kills_and_copies_come_back():
    with Index(9) as index:
        # The hub dies in the middle, and then the command.
        for kept, after in (("5", 1), ("1", 5)):
            pruning = subprocess.Popen([MINDEX, "prune", "--state", index.state, "--keep", kept], stdout=subprocess.DEVNULL)
            while retired(index.state) < after and pruning.poll() is None:
                pass
            if kept == "5":
                os.kill(hub_of(index.up), signal.SIGKILL)
                assert pruning.wait(100) == 0
                assert retired(index.state) == 4
            pruning.kill()
            pruning.wait(100)
        index.prune("--keep", "1")
        assert retired(index.state) == 8
        index.run("verify", "--all")
        assert index.folders() == ["000009", "latest"], index.folders()
        # A folder of which a removal was cut short is gone on with.
        (index.state / "editions" / "000003.retired").mkdir()
        (index.state / "editions" / "000003.retired" / "ranks.csv").write_text("")
        (index.state / "editions" / "000002").symlink_to(index.home.name)
        index.fails(1, "000002.retired", "prune", "--keep", "1")
        (index.state / "editions" / "000002.retired").unlink()
        index.prune("--keep", "1")
        assert index.folders() == ["000009", "latest"], index.folders()
        copy = pathlib.Path(index.home.name) / "copy.db"
        index.run("backup", copy)
        (index.state / "editions" / "000005").mkdir()  # as if another machine's had not been removed
        index.release(10)
        assert index.folders() == ["000009", "000010", "latest"], index.folders()
        assert index.prune("--keep", "1")[0]["fate"] == "retired"
        other = pathlib.Path(index.home.name) / "other"
        shutil.copytree(index.state / "editions", other / "editions", symlinks=True)
        done = subprocess.run([MINDEX, "restore", "--state", other, copy], capture_output=True, text=True)
        assert done.returncode == 0, done
        done = subprocess.run([MINDEX, "verify", "--state", other, "--all"], capture_output=True, text=True)
        assert done.returncode == 0, done


# Of four editions the first two were retired.
DAMAGES = [
    ("UPDATE edition SET scores = (SELECT scores FROM edition WHERE number = 4) WHERE number = 1", "retired",
     "edition 1 is retired, and its scores are still there"),
    ("UPDATE edition SET scores = NULL WHERE number = 2", "retired",
     "edition 2: the scores that the changes of the next are told against are not there"),
    ("DELETE FROM retired WHERE edition = 1", "retired", "edition 2 is retired, and older ones are not"),
    ("UPDATE retired SET through = through + 1 WHERE edition = 1", "retired", "edition 1: events up to"),
    ("UPDATE retired SET scores = '' WHERE edition = 1", "retired", "edition 1: the hash of its scores"),
    ("DELETE FROM event WHERE seq = (SELECT min(seq) FROM event)", "events", "comes event"),
    ("DELETE FROM event WHERE seq = (SELECT min(seq) FROM event)", "editions", "edition 3: 0 events say"),
    ("INSERT INTO event SELECT 1, body FROM event LIMIT 1", "retired", "1 events are from before event"),
    ("INSERT INTO subscription (name, url, filter, digest, created_ms, position)"
     " VALUES ('late', 'http://127.0.0.1:1999/', x'', 0, 1, 2)", "subscriptions", "'late' is at event 2, and the log begins"),
    ("DELETE FROM retired; UPDATE edition SET scores = (SELECT scores FROM edition WHERE number = 4)"
     " WHERE scores IS NULL", "events", "after event 0 comes event"),
]


def test_each_damage_of_a_database_with_retired_editions_is_named():
    with Index(4) as index, tempfile.TemporaryDirectory() as folder:
        index.prune("--keep", "2")
        copy, broken = pathlib.Path(folder) / "copy.db", pathlib.Path(folder) / "broken.db"
        index.run("backup", copy)
        for sql, check, words in DAMAGES:
            shutil.copy(copy, broken)
            connection = sqlite3.connect(broken)
            connection.executescript(sql)
            connection.close()
            done = subprocess.run([MINDEX, "verify", "--json", broken], capture_output=True, text=True)
            assert done.stdout, (sql, done.stderr)
            named = [text for entry in json.loads(done.stdout)["checks"] if entry["check"] == check for text in entry["named"]]
            assert done.returncode == 1 and any(words in text for text in named), (sql, done.stdout)


run([test_one_is_retired_at_a_time_from_the_oldest_on_and_once,
     test_an_edition_whose_task_was_set_aside_stays_until_somebody_drops_it,
     test_a_hub_that_dies_at_each_point_of_it_retires_each_edition_once,
     test_a_dry_run_says_what_would_go_and_changes_nothing,
     test_the_oldest_edition_that_is_kept_is_whole_and_the_rest_is_told_to_be_gone,
     test_a_subscriber_is_never_given_a_gap,
     test_what_is_still_needed_stays_and_the_reason_is_told,
     test_several_prunes_at_once_each_do_what_the_others_have_not,
     test_the_same_scores_as_a_newer_edition_has_are_kept,
     test_it_goes_on_after_kills_and_copies_come_back,
     test_each_damage_of_a_database_with_retired_editions_is_named])
