"""`mindex verify`: a sound database passes, and each damage is named, with where it is."""
import hashlib
import json
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import databases  # noqa: E402
import suite  # noqa: E402

CUT = "CAST(substr({0}, 1, length({0}) - 1) AS BLOB)"
TURNED = "CAST(substr({0}, 1, length({0}) - 1) || x'77' AS BLOB)"
# Other figures under their right hash: only the computation can tell.
FORGE = ("CREATE TEMP TABLE forged AS SELECT substr(content, 1, length(content) - 70) ||"
         " x'01' || substr(content, length(content) - 68) AS content FROM blob WHERE hash ="
         " (SELECT {0} FROM edition WHERE number = 1);"
         "INSERT INTO blob SELECT sha256(content), content FROM (SELECT CAST(content AS BLOB) AS"
         " content FROM forged);"
         "UPDATE edition SET {0} = (SELECT sha256(CAST(content AS BLOB)) FROM forged)"
         " WHERE number = 1")

# Which damage, which check names it, and with what words.
DAMAGES = [
    ("UPDATE blob SET content = " + TURNED.format("content") +
     " WHERE hash = (SELECT scores FROM edition WHERE number = 1)", "blobs", "has the hash"),
    ("UPDATE blob SET content = " + TURNED.format("content") +
     " WHERE hash = (SELECT observations_hash FROM release WHERE id = 1)", "blobs",
     "has the hash"),
    ("DELETE FROM blob WHERE hash = (SELECT scores FROM edition WHERE number = 2)", "references",
     "table edition, row 2: what it names in table blob"),
    ("DELETE FROM blob WHERE hash = (SELECT scores FROM edition WHERE number = 2)", "inputs",
     "edition 2: its scores: there is no blob"),
    ("DELETE FROM blob WHERE hash = (SELECT observations_hash FROM release WHERE id = 6)",
     "releases", "release 6: there is no blob"),
    ("DELETE FROM blob WHERE hash = (SELECT observations_hash FROM release WHERE id = 6)", "tasks",
     "task 7 needs blob"),
    ("DELETE FROM event WHERE seq = 12", "events", "after event 11 comes event 13"),
    ("DELETE FROM event WHERE seq = 1", "events", "after event 0 comes event 2"),
    ("DELETE FROM event WHERE seq = 12", "editions", "edition 2: 16 rank changes are recorded"),
    ("UPDATE event SET body = " + CUT.format("body") + " WHERE seq = 12", "events",
     "event 12 cannot be read"),
    ("UPDATE event SET body = (SELECT body FROM event WHERE seq = 11) WHERE seq = 12", "events",
     "event 12: it says that it is event 11"),
    ("DELETE FROM event WHERE seq >= 26", "events", "release 6 came into force, and no event"),
    ("DELETE FROM event WHERE seq = 6", "editions", "edition 1: it has a comparison with spend, "
     "and 0 events"),
    ("UPDATE edition SET number = 5 WHERE number = 2", "editions",
     "after edition 1 comes edition 5"),
    ("UPDATE edition SET last_event = 24 WHERE number = 2", "editions", "events 9 to 24"),
    ("UPDATE edition SET first_event = 10 WHERE number = 2", "events",
     "event 9 (edition.scored): edition 2 says that its own are 10 to 25"),
    ("UPDATE edition SET changes = 15 WHERE number = 2", "editions",
     "edition 2: 15 rank changes are recorded"),
    ("UPDATE edition SET published = 1 WHERE number = 2", "editions",
     "edition 2 is marked as published, and 0 events"),
    ("UPDATE edition SET published = 0 WHERE number = 1", "editions", "edition 1 is marked as not"),
    ("DELETE FROM task WHERE id = 6", "editions",
     "edition 2 is not published, and no task will do it"),
    ("UPDATE edition SET scores = (SELECT scores FROM edition WHERE number = 2) WHERE number = 1",
     "events", "edition 1 has other scores than it tells of"),
    ("UPDATE edition SET comparison = NULL WHERE number = 1", "editions",
     "edition 1: it has no comparison"),
    (FORGE.format("comparison"), "recomputed",
     "edition 1 computed again: the comparison with spend differs"),
    (FORGE.format("scores"), "recomputed", "edition 1 computed again: the scores differ"),
    ("UPDATE edition_release SET release = 1 WHERE edition = 2 AND dataset = 'soot'", "inputs",
     "edition 2: its scores are not of release 1 of soot"),
    ("DELETE FROM edition_release WHERE edition = 2 AND dataset = 'soot'", "inputs",
     "edition 2: 3 inputs are recorded, and its scores are of 4"),
    ("UPDATE release SET observations = 99 WHERE id = 2", "releases", "recorded are 99"),
    ("UPDATE release SET file_hash = 'other' WHERE id = 5", "events",
     "it tells of release 5, which is another file"),
    ("UPDATE release SET withdrawn_ms = 1 WHERE id = 5", "events",
     "release 5 was withdrawn, and no event"),
    ("DELETE FROM task WHERE id = 7", "tasks", "no scoring is ordered"),
    ("UPDATE task SET work = x'ff' WHERE id = 7", "tasks", "task 7 cannot be read"),
    ("UPDATE task SET id = 9 WHERE id = 7", "tasks", "task 9: it says that it is task 7"),
    ("DROP INDEX release_turn", "schema", "there is no index release_turn"),
    ("DROP VIEW in_force; CREATE VIEW in_force AS SELECT id, dataset, observations_hash FROM"
     " release", "schema", "view in_force is not as this program makes it"),
    ("DROP VIEW in_force; CREATE VIEW in_force AS SELECT id, dataset, observations_hash FROM"
     " release", "releases", "the view of what is in force has it"),
    ("UPDATE job SET items = 7 WHERE id = 1", "jobs",
     "job 1: weights of 7 items are recorded, and its study is weights of 66"),
    ("UPDATE job SET study = (SELECT scores FROM edition WHERE number = 1) WHERE id = 2", "jobs",
     "job 2: its study cannot be read"),
    ("UPDATE job SET result = NULL WHERE id = 1", "jobs", "job 1 is done, and it has no result"),
    ("UPDATE job SET result = study WHERE id = 1", "jobs", "job 1: its result cannot be read"),
    ("UPDATE job SET study = (SELECT study FROM job WHERE id = 2) WHERE id = 1", "jobs",
     "job 1: its result is of another study"),
    ("UPDATE job SET state = 'cancelled' WHERE id = 3", "pieces",
     "job 3 is cancelled, and a piece of it is still there"),
    ("UPDATE piece SET first = 7 WHERE first = 8", "pieces", "job 3 has item 7 in two pieces"),
    ("UPDATE piece SET first = 180900 WHERE first = 8", "pieces",
     "job 3 of 180901 items has a piece of 32 from item 180900 on"),
    ("UPDATE piece SET count = 31 WHERE first = 8", "pieces",
     "job 3: its piece from item 8 on says that it is another"),
    ("UPDATE piece SET content = " + TURNED.format("content") + " WHERE first = 8", "pieces",
     "job 3: its piece from item 8 on has the hash"),
    ("UPDATE piece SET content = x'ff', hash = sha256(x'ff') WHERE first = 8", "pieces",
     "job 3: its piece from item 8 on cannot be read"),
    ("UPDATE piece SET job = 9 WHERE first = 8", "references",
     "what it names in table job is not there"),
    ("UPDATE subscription SET position = 28 WHERE id = 1", "subscriptions",
     "subscription 'desk' is at event 28, and the log ends at 27"),
    ("UPDATE subscription SET filter = x'ff' WHERE id = 1", "subscriptions",
     "subscription 'desk': its filter cannot be read"),
    ("UPDATE subscription SET url = 'gopher://example.org' WHERE id = 2", "subscriptions",
     "subscription 'warehouse': the URL: found gopher://, expected https://"),
    ("DELETE FROM secret WHERE subscription = 2", "subscriptions",
     "subscription 'warehouse': it has no secret to sign with"),
    ("UPDATE secret SET secret = 'hunter2' WHERE subscription = 2", "subscriptions",
     "subscription 'warehouse': it has a secret that is none"),
    ("UPDATE resend SET last = 28 WHERE id = 1", "subscriptions",
     "subscription 'desk': events are to be sent again that the log (1 to 27) does not have"),
    ("UPDATE delivery SET last_event = 99 WHERE id = 1", "subscriptions",
     "subscription 'desk': deliveries are on record of events that the log"),
    ("UPDATE subscription SET delivered = 1 WHERE id = 1", "subscriptions",
     "subscription 'desk': 3 deliveries are on record, and it counts 2"),
    ("DELETE FROM subscription WHERE id = 3; UPDATE delivery SET subscription = 3", "references",
     "what it names in table subscription is not there"),
    ("CREATE TABLE note (text TEXT)", "schema", "table note is not of this program's making"),
]


def verify(database, *options):
    done = subprocess.run([suite.MINDEX, "verify", "--json", *options, database], text=True,
                          capture_output=True, timeout=60)
    return done, json.loads(done.stdout) if done.stdout else None


def named(report, check):
    return [text for entry in report["checks"] if entry["check"] == check
            for text in entry["named"]]


def test_a_sound_database_passes_and_what_was_counted_is_told():
    with tempfile.TemporaryDirectory() as folder:
        database = pathlib.Path(folder) / "mindex.db"
        databases.make(database)
        before = database.read_bytes()
        for options in (), ("--all",):
            done, report = verify(database, *options)
            assert done.returncode == 0, done.stdout
            assert report["sound"] and report["newest_edition"] == 2
            assert report["newest_event"] == 27
            checked = {entry["check"]: entry["checked"] for entry in report["checks"]}
            assert checked["events"] == 27 and checked["blobs"] == 16
            assert checked["releases"] == 6 and checked["tasks"] == 2
            assert checked["jobs"] == 3 and checked["pieces"] == 6
            assert checked["recomputed"] == 2 and checked["subscriptions"] == 3
        assert database.read_bytes() == before, "verify wrote"


def test_each_damage_is_named_with_its_place():
    with tempfile.TemporaryDirectory() as folder:
        sound, database = pathlib.Path(folder) / "sound.db", pathlib.Path(folder) / "mindex.db"
        databases.make(sound)
        for damage, check, words in DAMAGES:
            shutil.copy(sound, database)
            connection = sqlite3.connect(database)
            connection.create_function("sha256", 1, lambda of: hashlib.sha256(of).hexdigest())
            connection.executescript(damage)
            connection.commit()
            connection.close()
            done, report = verify(database)
            assert done.returncode == 1, f"{damage}: passed"
            assert not report["sound"]
            found = named(report, check)
            assert any(words in text for text in found), f"{damage}: {report['checks']}"


def test_pages_that_are_damaged_are_named():
    with tempfile.TemporaryDirectory() as folder:
        sound, database = pathlib.Path(folder) / "sound.db", pathlib.Path(folder) / "mindex.db"
        databases.make(sound)
        size = databases.ask(sound, "PRAGMA page_size")[0]
        root = databases.ask(sound, "SELECT rootpage FROM sqlite_schema WHERE name = 'event'")[0]
        content = bytearray(sound.read_bytes())
        content[(root - 1) * size:(root - 1) * size + 64] = bytes(64)
        database.write_bytes(content)
        done, report = verify(database)
        assert done.returncode == 1
        assert any("SQLite finds" in text for text in named(report, "file")), report
        assert any("cannot go on" in text for text in named(report, "events")), report


def test_what_is_no_database_of_ours_is_refused_with_a_reason():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "mindex.db"
        for content, words in ((b"", "not one of mindex"), (b"x" * 5000, "not a database"),
                               (None, "cannot be read: No such file")):
            path.unlink(missing_ok=True)
            if content is not None:
                path.write_bytes(content)
            done, report = verify(path)
            assert done.returncode == 1 and report is None and words in done.stderr, done.stderr
        for version, words in ((99, "schema version 99"), (1, "schema version 1")):
            path.unlink(missing_ok=True)
            databases.make(path)
            connection = sqlite3.connect(path)
            connection.execute(f"PRAGMA user_version={version}")
            connection.close()
            done, _ = verify(path)
            assert done.returncode == 1 and words in done.stderr, done.stderr


def test_a_table_for_people_names_the_problems_on_standard_error():
    with tempfile.TemporaryDirectory() as folder:
        state = pathlib.Path(folder)
        databases.make(state / "mindex.db")
        connection = sqlite3.connect(state / "mindex.db")
        connection.execute("DELETE FROM event WHERE seq > 2")
        connection.commit()
        connection.close()
        done = subprocess.run([suite.MINDEX, "verify", "--state", state], text=True,
                              capture_output=True, timeout=60)
        assert done.returncode == 1
        assert "blobs" in done.stdout and "problems" in done.stdout
        assert "release 3 came into force, and no event tells of it" in done.stderr
        assert "mindex.db: " in done.stderr.splitlines()[-1]


suite.run([value for name, value in list(globals().items()) if name.startswith("test_")])
