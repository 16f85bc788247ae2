"""The checker of the crash tests finds every kind of damage: a run that nobody attacked is damaged in one
place at a time."""
import json
import pathlib
import shutil
import sqlite3
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
import checker
from attack import Run, make_protos
from installation import wait_for
from suite import BUILD, run

HERE_LIES = tempfile.TemporaryDirectory(prefix="mindex-crash-")
HOME = pathlib.Path(HERE_LIES.name)


def calm_run():
    """A run in peace, with at least one of everything."""
    (HOME / "sound").mkdir()
    protos = make_protos(HOME)
    one = Run(BUILD, protos, HOME / "sound", 1, proxied=False)
    try:
        for role in one.of.roles:
            role.start()
        one.begin()
        inbox, people = one.publishers[0], one.publishers[1]
        people.load()
        for act in (people.new_release, people.revision, people.same_again, people.withdraw_newest,
                    people.held, people.withdraw_and_hand_in_again,
                    people.held_withdrawn_and_held_again, inbox.drop_good, inbox.drop_bad):
            act()
        wait_for("a webhook to bring something", lambda: one.keeper.receiver.newest > 20, 60)
        one.keeper.end()
        one.keeper.resend()
        wait_for("all to be done", one.settled, 60)
        one.verdict()
    except Exception:
        one.abandon()
        raise


calm_run()


def complaints_after(damage):
    sockets = shutil.ignore_patterns("hub", "events", "replay")
    shutil.copytree(HOME / "sound", HOME / "damaged", symlinks=True, ignore=sockets)
    try:
        damage(HOME / "damaged")
        return checker.check(HOME / "damaged" / "state", HOME / "damaged" / "evidence", HOME)[0]
    finally:
        shutil.rmtree(HOME / "damaged")


def finds(damage, *words):
    found = complaints_after(damage)
    for text in words:
        assert any(text in complaint for complaint in found), f"no '{text}' in {found}"


def sql(*statements):
    def damage(folder):
        db = sqlite3.connect(folder / "state" / "mindex.db")
        db.execute("PRAGMA synchronous = OFF")
        for statement in statements:
            assert db.execute(statement).rowcount > 0, f"changes nothing: {statement}"
        db.commit()
        db.close()
    return damage


def lines(name, change):
    """Damages one subscriber's list of events."""
    def damage(folder):
        path = folder / "evidence" / f"{name}.events"
        path.write_text("".join(line + "\n" for line in change(path.read_text().split())))
    return damage


def file(action, *parts):
    def damage(folder):
        path = next((folder / "state").glob("/".join(parts)))
        action(path)
    return damage


def notes(change):
    def damage(folder):
        path = folder / "evidence" / "receipts.jsonl"
        receipts = [json.loads(line) for line in path.read_text().splitlines()]
        change(receipts)
        path.write_text("".join(json.dumps(one) + "\n" for one in receipts))
    return damage


def test_a_sound_run_has_no_complaint():
    assert complaints_after(lambda folder: None) == []


def test_a_lost_release_is_found():
    finds(sql("DELETE FROM release WHERE id = 4"), "release 4 has a receipt and is not there")


def test_a_release_twice_is_found():
    def damage(folder):
        db = sqlite3.connect(folder / "state" / "mindex.db")
        rest = ", ".join(row[1] for row in db.execute("PRAGMA table_info(release)") if row[1] != "id")
        db.executescript(f"""
            CREATE TABLE copy (id INTEGER PRIMARY KEY, {rest});
            INSERT INTO copy SELECT * FROM release;
            INSERT INTO copy SELECT 100, {rest} FROM release WHERE id = 4;
            DROP VIEW in_force;
            DROP TABLE release;
            ALTER TABLE copy RENAME TO release;
            CREATE VIEW in_force AS SELECT id, dataset, observations_hash FROM release
             WHERE id < 100 AND turn IN (SELECT max(turn) FROM release WHERE withdrawn_ms IS NULL GROUP BY dataset);""")
        db.close()
    finds(damage, "has 2 releases of the file")


def test_a_release_that_is_not_what_the_receipt_says_is_found():
    finds(sql("UPDATE release SET file_hash = 'x' WHERE id = 4"), "is not what the receipt says")
    finds(notes(lambda all: all[0].update(through=10**6)), "a receipt names event 1000000")


def test_other_request_ids_than_those_of_the_cause_are_found():
    finds(sql("UPDATE release SET request_id = '0123456789abcdef' WHERE turn IS NOT NULL"),
          "and its event have other request ids")
    finds(sql("UPDATE release SET withdrawn_request_id = NULL WHERE withdrawn_ms IS NOT NULL"),
          "the withdrawal of release")
    # An event's is of sixteen digits; here one that names another, of the first that comes of release 4.
    finds(sql("UPDATE event SET body = CAST(replace(CAST(body AS TEXT), (SELECT request_id FROM release"
              " WHERE id = 4), '0123456789abcdef') AS BLOB) WHERE seq = (SELECT min(seq) FROM event"
              " WHERE instr(CAST(body AS TEXT), (SELECT request_id FROM release WHERE id = 4)) > 0)"), "other request ids")


def test_a_release_that_is_still_held_is_found():
    finds(sql("UPDATE release SET turn = NULL, withdrawn_ms = NULL WHERE id = 4"), "release 4 is still held")


def test_a_hole_in_the_event_numbers_is_found():
    finds(sql("DELETE FROM event WHERE seq = 7"), "event 7 is missing")


def test_an_event_under_a_wrong_number_is_found():
    finds(sql("UPDATE event SET body = (SELECT body FROM event WHERE seq = 6) WHERE seq = 7"),
          "event 7 says that it is 6", "heard other than event 7")


def test_a_missing_end_of_the_log_is_found():
    finds(sql("DELETE FROM event WHERE seq = (SELECT max(seq) FROM event)"), "the log has")


def test_a_subscriber_that_missed_an_event_is_found():
    for name in checker.SUBSCRIBERS:
        finds(lines(name, lambda all: all[:8] + all[9:]), f"subscriber {name}")


def test_a_subscriber_that_heard_an_event_twice_is_found():
    finds(lines("always", lambda all: all[:8] + all[7:]), "as number 9 it heard other than event 9")


def test_a_subscriber_that_heard_events_in_another_order_is_found():
    finds(lines("late", lambda all: [*all[:3], all[4], all[3], *all[5:]]), "as number 4 it heard other")


def test_a_subscriber_that_heard_other_bytes_is_found():
    finds(lines("reconnects", lambda all: [*all[:-1], all[-1][:-2] + "00"]), "subscriber reconnects")


def webhooks(change):
    """Damages what a receiver was brought, under the name `all`."""
    def damage(folder):
        path = folder / "evidence" / "webhooks.jsonl"
        got = [json.loads(line) for line in path.read_text().splitlines()]
        path.write_text("".join(json.dumps(one) + "\n" for one in
                                change([one for one in got if one["to"] == "all"]) +
                                [one for one in got if one["to"] != "all"]))
    return damage


def test_a_webhook_that_missed_an_event_is_found():
    finds(webhooks(lambda all: [one for one in all if one["id"] != all[8]["id"]]), "webhook all brought",
          "is on record and never came")


def test_a_webhook_that_brought_events_in_another_order_is_found():
    finds(webhooks(lambda all: sorted(all, key=lambda one: not one["id"].startswith("5-"))),
          "in the order [5, 1, 2, 3, 4")


def test_a_webhook_that_brought_an_event_under_two_ids_is_found():
    finds(webhooks(lambda all: [*all, {**all[2], "id": "3-1"}]), "came in two ways", "has another signature")


def test_a_webhook_that_brought_other_words_is_found():
    finds(webhooks(lambda all: [*all[:-1], {**all[-1], "body": all[-1]["body"].replace("mindex.", "x.", 1)}]),
          "is told as", "has another signature")


def test_an_event_that_was_not_sent_again_is_found():
    finds(webhooks(lambda all: list({one["id"]: one for one in reversed(all)}.values())[::-1]),
          "times again, and came 1 times")


def test_a_webhook_that_is_not_at_the_end_is_found():
    finds(sql("UPDATE subscription SET position = position - 1 WHERE name = 'air'"), "webhook air is at event")


def test_a_second_edition_is_found():
    finds(sql("INSERT INTO edition SELECT number + 1, time_ms, pack, scores, cause, release, ranked,"
              " places_moved, changes, first_event, last_event, comparison, published, nature FROM edition"
              " ORDER BY number DESC LIMIT 1"), "release sets and")


def test_a_missing_edition_is_found():
    finds(sql("DELETE FROM edition WHERE number = 2"), "editions are numbered [1, 3", "release sets and")


def test_an_edition_from_other_releases_is_found():
    finds(sql("UPDATE edition_release SET release = 4 WHERE edition = 1 AND dataset = 'soot'"),
          "edition 1 is made from")


def test_an_edition_of_another_cause_is_found():
    finds(sql("UPDATE edition SET cause = 'release' WHERE number = 1"), "is its cause")


def test_scores_of_another_edition_are_found():
    finds(sql("UPDATE edition SET scores = (SELECT scores FROM edition WHERE number = 1) WHERE number = 2"),
          "the scores of edition 2 come from other observations")


def test_a_score_with_another_bit_is_found():
    def damage(folder):
        import hashlib
        import index_pb2
        db = sqlite3.connect(folder / "state" / "mindex.db")
        (name, content), = db.execute("SELECT hash, content FROM edition JOIN blob ON hash = scores"
                                      " WHERE number = 2")
        scores = index_pb2.EditionScores.FromString(content)
        node = next(node for node in scores.nodes if node.node == "all")
        node.score[0] += 2.0**-47  # the least bit of a number between 32 and 64
        content = scores.SerializeToString()
        new = hashlib.sha256(content).hexdigest()
        db.execute("INSERT INTO blob VALUES (?, ?)", (new, content))
        db.execute("UPDATE edition SET scores = ? WHERE scores = ?", (new, name))
        db.commit()
        db.close()
    finds(damage, "at all; it is")


def test_a_damaged_blob_is_found():
    finds(sql("UPDATE blob SET content = CAST(content || x'00' AS BLOB) WHERE hash ="
              " (SELECT scores FROM edition WHERE number = 1)"), "has the hash")


def test_a_task_that_is_left_over_is_found():
    finds(sql("INSERT INTO task (work) VALUES (x'00')"), "is left over")


def test_a_task_that_was_set_aside_is_found():
    finds(sql("INSERT INTO task (work, failed, reason) VALUES (x'0801', 1, 'It broke.')"), "It broke.")


def test_an_edition_that_was_not_published_is_found():
    finds(sql("UPDATE edition SET published = 0 WHERE number = 2"), "edition 2 was published")
    finds(sql("UPDATE edition SET comparison = NULL WHERE number = 2"), "have no comparison")


def test_rank_changes_that_are_not_told_are_found():
    finds(sql("UPDATE edition SET changes = changes + 1 WHERE number = 2"), "rank changes and")
    finds(sql("UPDATE edition SET last_event = last_event - 1 WHERE number = 2"), "are not where it says")


def test_missing_files_of_an_edition_are_found():
    finds(file(lambda path: path.unlink(), "editions", "000002", "ranks.csv"), "edition 2 lacks the files")
    finds(file(lambda path: path.write_text(path.read_text().replace(",1,", ",2,", 1)), "editions", "000002",
               "ranks.csv"), "other ranks")
    finds(file(lambda path: (path.unlink(), path.symlink_to("000001")), "editions", "latest"),
          "editions/latest does not point")
    finds(file(lambda path: path.rename(path.with_name("000009.partial")), "editions", "000002"),
          "half-written")


def test_files_of_the_inbox_that_are_lost_or_doubled_are_found():
    finds(file(lambda path: path.unlink(), "accepted", "*.csv"), "went to [], not to accepted")
    finds(file(lambda path: shutil.copy(path, path.with_name("other.csv")), "accepted", "*.csv"),
          "went to ['accepted', 'accepted']")
    finds(file(lambda path: shutil.copy(path, path.parents[1] / "inbox" / path.name), "accepted", "*.csv"),
          "in the inbox there are still")
    finds(file(lambda path: path.unlink(), "rejected", "*.reason.txt"), "nobody says why")


run([case for name, case in list(globals().items()) if name.startswith("test_")])
