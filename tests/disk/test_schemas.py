"""Databases of every earlier schema: brought forward by the hub of today, whole, and gone on
with."""
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import databases  # noqa: E402
import suite  # noqa: E402


def goes_on_with_the_batch_job(database):
    """The third job has its result, for which the pieces in the database were of use."""
    end = time.monotonic() + 60
    while databases.ask(database, "SELECT state FROM job WHERE id = 3")[0] == "open":
        assert time.monotonic() < end, "the job does not end"
        time.sleep(0.05)
    found = databases.ask(database, "SELECT state, reason, result IS NULL FROM job WHERE id = 3")
    assert found == ("done", None, 0), found
    assert databases.ask(database, "SELECT count(*) FROM piece")[0] == 0
    others = databases.ask(database, "SELECT group_concat(state) FROM job WHERE id < 3")[0]
    assert others == "done,cancelled", others


def goes_on_with_the_subscriptions(service):
    """They are as they were, and can be changed; an edition of before says what kind of cause it had."""
    database = service.state / "mindex.db"
    found = databases.ask(database, "SELECT group_concat(name || ' ' || state || ' ' || position, ', ')"
                          " FROM (SELECT * FROM subscription ORDER BY id)")[0]
    assert found == "desk active 12, warehouse paused 27, gone disabled 27", found
    assert databases.ask(database, "SELECT count(*) FROM secret")[0] == 4
    assert databases.ask(database, "SELECT count(*) FROM delivery WHERE error IS NULL")[0] == 2


def test_a_database_of_each_schema_is_brought_forward_and_gone_on_with():
    assert databases.schemas()[0] == 1
    for schema in databases.schemas():
        with suite.Service(prepare=lambda state, schema=schema:
                           databases.make(state / "mindex.db", schema)) as service:
            # The publishing of edition 2 stays aside; the scoring that waited makes edition 3.
            done = service.run("watch", "--topic", "published", "--after", "27", "--count", "1",
                               "--json")
            assert '"edition":3,' in done.stdout, done.stdout
            (service.state / "soot-2027.csv").write_text(databases.soot(2027, 3))
            done = service.run("ingest", "--accept-warnings", service.state / "soot-2027.csv")
            assert "edition 4: 6 places ranked" in done.stdout, done.stdout
            service.run("verify", "--all")
            assert "the same" in service.run("recompute", "--edition", "1").stdout
            database = service.state / "mindex.db"
            assert databases.ask(database, "PRAGMA user_version")[0] >= 2
            found = databases.ask(database, "SELECT count(*), sum(published) FROM edition")
            assert found == (4, 3), found
            aside = databases.ask(database, "SELECT count(*), min(reason) FROM task")
            assert aside == (1, "the disk is full"), aside
            if schema >= 4:
                goes_on_with_the_batch_job(database)
            if schema >= 5:
                goes_on_with_the_subscriptions(service)
            natures = databases.ask(database, "SELECT group_concat(coalesce(nature, '')) FROM (SELECT nature"
                                    " FROM edition ORDER BY number)")[0].split(",")
            assert natures[:2] == ["method", "data"] and natures[3] == "data", natures
            changes = service.run("changes", "--edition", "2", "--all", "--csv").stdout
            assert len(changes.splitlines()) == 17, changes


def test_a_database_of_a_later_schema_is_refused_and_left_alone():
    with tempfile.TemporaryDirectory() as folder:
        database = pathlib.Path(folder) / "mindex.db"
        databases.make(database)
        connection = sqlite3.connect(database)
        connection.execute("PRAGMA user_version=99")
        connection.close()
        before = database.read_bytes()[100:]  # the header counts who opened it
        done = subprocess.run([suite.MINDEX, "hub", "--state", folder], text=True,
                              capture_output=True, timeout=60)
        assert done.returncode == 1 and "schema version 99" in done.stderr, done.stderr
        assert "use the program that wrote it, or a newer one" in done.stderr
        assert database.read_bytes()[100:] == before


suite.run([value for name, value in list(globals().items()) if name.startswith("test_")])
