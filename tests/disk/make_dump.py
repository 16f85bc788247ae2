"""How the databases of earlier schemas beside this file were made: runs a mindex of the time on a
small pack, and prints its database as SQL. It holds two editions, the publishing of the second set
aside, and the scoring of the third ordered; (since schema 4) three batch jobs: one that is done, one
that was cancelled, one of which some pieces are there; and (since schema 5) three subscriptions: one
that delivers, one that is paused, one that was disabled.

    make_dump.py MINDEX PACK > schema-N.sql
"""
import os
import pathlib
import signal
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
sys.argv.insert(1, "build")  # for suite, which bus needs
import bus  # noqa: E402

HEADER = "area_code,period,value,status\n"
SOOT = HEADER + "E01,2026,5,\nE02,2026,1,\nE03,2026,3,\nE04,2026,2,\nE05,2026,9,\nE06,2026,0,\n"
PAY = HEADER + "".join(f"E0{i},2025,{value},\n" for i, value in
                       enumerate((120, 180, 300, 410, 450, 500), 1))


def submit(hub, steps):
    """Hands in a study of all weightings of the pack's three metrics: its job's number."""
    releases = hub.ask(releases_wanted={}).releases.releases
    pack = hub.ask(edition_wanted={}).edition.info.pack
    inputs = [{"dataset": release.dataset, "observations": release.observations_hash}
              for release in releases if release.in_force]
    study = {"kind": "weights", "pack": pack, "nodes": ["all"], "items": (steps + 2) * (steps + 1) // 2,
             "grid": {"level": "metric", "steps": steps},
             "inputs": sorted(inputs, key=lambda of: of["dataset"])}
    return hub.ask(submit_study={"study": study}).jobs.jobs[0].job


def jobs(state, stop):
    def look(job):
        found = hub.ask(jobs_wanted={"job": job}).jobs.jobs[0]
        assert found.state != "failed", found.reason
        return found

    with bus.Peer(f"ipc://{state}/hub") as hub:
        first = submit(hub, 10)
        while look(first).state != "done":
            pass
        hub.ask(cancel_job={"job": submit(hub, 1000)})
        last = submit(hub, 600)
        while look(last).done < 2000:
            pass
        stop("scoring")


def subscribe(state):
    """What a delivering role would have reported, too."""
    with bus.Peer(f"ipc://{state}/hub") as hub:
        def ask(**body):
            answer = hub.ask(**body)
            assert not answer.HasField("error"), answer
            return answer.subscriptions

        def attempt(number, event, error=None, **more):
            what = {"subscription": "desk", "message_id": f"msg_{event}", "first_event": event,
                    "last_event": event, "attempt": number, "time_ms": 1764000000000 + 1000 * number,
                    "took_ms": 20, "status": 503 if error else 204, **more}
            return {**what, "error": error} if error else what

        url = "https://example.org/mindex"
        ask(subscribe={"subscription": {"name": "desk", "url": url, "after": 0, "filter": {
            "areas": ["E01", "E05"], "missions": ["air"], "at_least": 1, "natures": ["data"]}}})
        ask(subscribe={"subscription": {"name": "warehouse", "url": url, "digest": True}})
        ask(subscribe={"subscription": {"name": "gone", "url": url}})
        ask(change_subscription={"name": "warehouse", "action": "pause"})
        ask(change_subscription={"name": "desk", "action": "rotate"})
        ask(change_subscription={"name": "desk", "action": "resend", "from": 2, "to": 5})
        ask(change_subscription={"name": "desk", "action": "test"})
        ask(deliveries_made={"subscription": "desk", "after": 12, "deliveries": [
            attempt(1, 10, "503 Service Unavailable", next_attempt_ms=1764000005000), attempt(2, 10),
            attempt(1, 12)]})
        ask(deliveries_made={"subscription": "gone", "disable": "its receiver answered 410 Gone"})


def main(mindex, pack):
    with tempfile.TemporaryDirectory(prefix="mindex-dump-") as folder:
        home = pathlib.Path(folder)
        state = home / "state"
        environment = dict(os.environ, MINDEX_STATE=str(state))
        roles = {}

        def start(role):
            roles[role] = subprocess.Popen([mindex, role], env=environment,
                                           stderr=subprocess.DEVNULL)

        def stop(role):
            roles[role].send_signal(signal.SIGTERM)
            roles.pop(role).wait(30)

        def run(*arguments):
            subprocess.run([mindex, *arguments], env=environment, check=True, timeout=120,
                           stdout=subprocess.DEVNULL)

        for role in ("hub", "ingestion", "scoring", "comparison", "publishing"):
            start(role)
        run("load", pack)
        (home / "soot-2026.csv").write_text(SOOT)
        (home / "pay-2025.csv").write_text(PAY)
        stop("publishing")
        database = state / "mindex.db"
        run("ingest", "--no-wait", home / "soot-2026.csv")
        reading = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        while not reading.execute("SELECT comparison FROM edition WHERE number = 2 AND comparison"
                                  " IS NOT NULL").fetchone():
            pass
        reading.close()
        jobs(state, stop)
        run("ingest", "--no-wait", home / "pay-2025.csv")
        subscribe(state)
        for role in list(roles)[::-1]:
            stop(role)
        connection = sqlite3.connect(database)
        # As the hub does it after the last attempt.
        connection.execute("UPDATE task SET attempts = 5, failed = 1, reason = 'the disk is full'"
                           " WHERE release IS NULL")
        for pragma in ("application_id", "user_version"):
            print(f"PRAGMA {pragma}={connection.execute(f'PRAGMA {pragma}').fetchone()[0]};")
        print(*connection.iterdump(), sep="\n")


if __name__ == "__main__":
    main(sys.argv[2], sys.argv[3])
