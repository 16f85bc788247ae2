"""The runbook as an operator goes through it: every command of deploy/RUNBOOK.md, as it stands there, on an
installed service; each procedure to its end, and faults that were made with the alert that they raise and
what the runbook says against them. `make test-operator`."""
import json
import pathlib
import re
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import promtool
import small
from machine import Machine, possible
from suite import ROOT, run, until

PLACES = 20
CONFIG = """http = http://127.0.0.1:5605
listen = tcp://*:5600
"""
SERVICES = ["mindex.target", "mindex-hub", "mindex-ingestion", "mindex-scoring@1", "mindex-scoring@2", "mindex-comparison", "mindex-publishing"]
# Receives what webhooks bring, and answers with what stands in a file.
RECEIVER = r"""
import http.server, pathlib
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        open("/srv/received", "ab").write(body + b"\n")
        self.send_response(int(pathlib.Path("/srv/answer").read_text()))
        self.send_header("Content-Length", "0")
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", 8000), Handler).serve_forever()
"""


class Runbook:
    """Its blocks of commands by the section's name: (whether on the other machine, text)."""

    def __init__(self):
        self.left, section, block = {}, None, None
        for line in (ROOT / "deploy" / "RUNBOOK.md").read_text().splitlines():
            if block is not None and line != "```":
                block.append(line)
            elif block is not None:
                self.left.setdefault(section, []).append((elsewhere, "\n".join(block)))
                block = None
            elif line.startswith("```"):
                assert line in ("```sh", "```sh on=other"), line
                elsewhere, block = line.endswith("on=other"), []
            elif line.startswith("#"):
                section = line.lstrip("# ")

    def take(self, section):
        return self.left.pop(section)


def scrape(machine):
    return machine.sh("curl --silent --max-time 5 http://127.0.0.1:5605/metrics", check=False).stdout


def firing(machine):
    text = scrape(machine)
    return promtool.firing(text, up=1 if text else 0)


def raises(machine, *alerts):
    """That these and no others fire, if all stays as it is; but for the one that stays for ten minutes."""
    end = time.monotonic() + 30
    while (found := firing(machine)) - {"MindexErrors"} != set(alerts):
        assert time.monotonic() < end, f"expected {alerts}, found {found}"


def is_quiet(machine):
    raises(machine)


def look(machine, text):
    """Each line by itself; what it finds may be bad, but no command may be wrong. What was printed."""
    said = ""
    for line in text.splitlines():
        done = machine.sh(line, check=False)
        assert done.returncode in (0, 1, 3) or line.startswith("curl "), (line, done)
        assert "Usage: " not in done.stdout + done.stderr and "not found" not in done.stderr, (line, done)
        said += done.stdout + done.stderr
    return said


def follow(here, other, blocks):
    """The blocks of a procedure, each where it belongs; what they printed, one by one."""
    return [(other if elsewhere else here).sh(text).stdout for elsewhere, text in blocks]


def status(machine):
    return json.loads(machine.mindex("status --json").stdout)


def await_edition(machine, edition):
    until(lambda: (there := status(machine))["editions"] >= edition and there.get("published") == there["editions"], f"no edition {edition}")


def install(machine):
    (machine.file("/etc/mindex/mindex.conf")).write_text(CONFIG)
    small.write(small.pack(PLACES), machine.file("/srv/pack"))
    for path in ("/srv/pack", "/srv/pack/data"):
        machine.file(path).chmod(0o755)


def path_there(seed):
    return f"/srv/pay-20{seed:02}.csv"


def hand_in(machine, seed, *options, check=True):
    """A release of the dataset pay, of a label by that number."""
    path = machine.file(path_there(seed))
    path.write_text(small.release(PLACES, seed))
    path.chmod(0o644)
    return machine.mindex("ingest", *options, path_there(seed), check=check)


class Operator:
    """The cases, in the order in which they are gone through; all on one pair of machines."""

    def __init__(self, here, other):
        self.here, self.other, self.book, self.failed = here, other, Runbook(), None

    def case(self, name):
        """After one that failed the others would only say so again."""
        def tried():
            if self.failed:
                raise SystemExit(f"the rest was not tried, as {self.failed} failed")
            self.failed = name
            getattr(self, name)()
            self.failed = None
        tried.__name__ = name
        return tried

    def test_a_fresh_installation_is_started_loaded_and_well(self):
        install(self.here)
        self.here.sh("systemctl enable --now " + " ".join(SERVICES))
        self.here.mindex("load /srv/pack")
        await_edition(self.here, 1)
        said = look(self.here, self.book.take("The first three minutes")[0][1])
        assert " 0 problems" in said and "mindex-hub.service active" in said, said
        is_quiet(self.here)

    def test_the_doctor_says_what_systemd_says_of_the_units(self):
        assert re.search("ok +units +6 run;", self.here.mindex("doctor").stdout)
        played = self.here.file("/usr/local/sbin/systemctl")
        own = played.read_text()
        played.write_text("#!/bin/sh\nprintf '%s\\n' NRestarts=7 Result=watchdog Id=mindex-hub.service ActiveState=failed '' "
                          "NRestarts=2 Result=success Id=mindex-scoring@1.service ActiveState=activating '' Id=mindex-ingestion.service ActiveState=active NRestarts=3\n")
        said = self.here.mindex("doctor", check=False).stdout
        played.write_text(own)
        assert "mindex-hub.service has failed (watchdog), after 7 restarts" in said and "1 run; they were started again 3 times" in said, said
        assert "mindex-scoring@1.service is not up yet, after 2 restarts" in said, said

    def test_root_and_others_are_told_to_be_the_services_user(self):
        for words in ("mindex key new burnley --role reader", "mindex key revoke burnley", "mindex restore --replace /srv/no.db", "mindex up", "mindex hub"):
            done = self.here.sh(words, check=False)
            assert done.returncode == 1 and "say 'sudo -u mindex mindex ...'" in done.stderr, done
        assert not self.here.file("/var/lib/mindex/keys/burnley.key").exists()
        hand_in(self.here, 2)
        for words in ("mindex status", f"mindex ingest {path_there(2)}", "mindex withdraw 1 --reason x"):
            done = self.here.sh(f"cd / && sudo -u nobody {words}", check=False)
            assert done.returncode == 1 and "is closed to you: say 'sudo -u mindex mindex ...'" in done.stderr, done
        self.here.sh("mindex status && mindex key list")

    def test_publishing_that_is_gone_is_unreachable_and_is_started_again(self):
        self.here.sh("systemctl stop mindex-publishing")
        raises(self.here, "MindexUnreachable")
        said = look_at(self.here, self.book.take("MindexUnreachable"))
        assert "mindex-publishing.service inactive" in said, said
        self.here.sh("systemctl restart mindex-publishing")
        is_quiet(self.here)

    def test_a_hub_that_is_gone_is_said_and_started_again(self):
        self.here.sh("systemctl stop mindex-hub")
        raises(self.here, "MindexHubDown")
        assert "mindex-hub.service inactive" in look_at(self.here, self.book.take("MindexHubDown"))
        self.here.sh("systemctl start mindex-hub")
        is_quiet(self.here)

    def test_a_role_without_a_worker_is_started_again(self):
        self.here.sh("systemctl stop mindex-comparison")
        raises(self.here, "MindexNoWorker")
        follow(self.here, self.other, self.book.take("MindexNoWorker"))
        is_quiet(self.here)

    def test_a_rejected_file_has_its_reason_beside_it(self):
        self.here.sh("cd /var/lib/mindex && echo nonsense >pay-bad.csv && mv pay-bad.csv inbox")
        until(lambda: self.here.file("/var/lib/mindex/rejected/pay-bad.csv.reason.txt").exists(), "no file was rejected")
        said = look_at(self.here, self.book.take("MindexInboxRejected"))
        assert "pay-bad.csv.reason.txt" in said and "pay-bad.csv:1:1: " in said, said

    def test_a_webhook_whose_receiver_gave_up_is_resumed(self):
        here = self.here
        here.file("/srv/receiver.py").write_text(RECEIVER)
        here.file("/srv/answer").write_text("204")
        here.sh("nohup python3 /srv/receiver.py >/dev/null 2>&1 &")
        here.mindex("subscribe new desk --url http://127.0.0.1:8000/desk")
        here.sh("umask 077; echo 127.0.0.1 >/var/lib/mindex/webhooks.allow")  # root's, as it happens to people
        refused = here.mindex("subscribe test desk", check=False)
        assert refused.returncode != 0 and "webhooks.allow" in refused.stderr, refused
        here.sh("chown mindex: /var/lib/mindex/webhooks.allow")
        here.mindex("subscribe test desk")
        here.file("/srv/answer").write_text("410")
        hand_in(here, 3)
        raises(here, "MindexWebhookDisabled")
        assert "disabled" in look_at(here, self.book.take("MindexWebhookDisabled"))
        assert "410" in here.mindex("subscribe deliveries desk --failed").stdout
        here.file("/srv/answer").write_text("204")
        here.mindex("subscribe resume desk")
        is_quiet(here)

    def test_publishing_that_cannot_write_is_behind_until_its_folder_is_mended(self):
        here = self.here
        before = status(here)["editions"]
        here.sh("mv /var/lib/mindex/editions /var/lib/mindex/away; touch /var/lib/mindex/editions")
        hand_in(here, 4, "--no-wait")
        until(lambda: status(here)["editions"] == before + 1, "no edition was computed")
        raises(here, "MindexPublishingBehind")
        assert "publish" in look_at(here, self.book.take("MindexPublishingBehind"))
        here.sh("rm /var/lib/mindex/editions; mv /var/lib/mindex/away /var/lib/mindex/editions; systemctl restart mindex-publishing")
        await_edition(here, before + 1)
        is_quiet(here)

    def test_a_task_that_its_worker_died_of_is_set_aside_and_put_back(self):
        here = self.here
        here.sh("echo 'hub.task_losses = 1' >>/etc/mindex/mindex.conf; systemctl reload mindex-hub; systemctl stop mindex-scoring@2")
        self.heard(1)
        here.sh("kill -STOP $(cat /run/played/mindex-scoring@1.service.pid)")
        hand_in(here, 5, "--no-wait")
        raises(here, "MindexTasksSetAside", "MindexNoWorker")
        assert "MindexErrors" in firing(here)
        look_at(here, self.book.take("MindexErrors"))
        here.sh("kill -CONT $(cat /run/played/mindex-scoring@1.service.pid); systemctl start mindex.target")
        failed, retry = self.book.take("MindexTasksSetAside")
        said = here.sh(failed[1]).stdout
        assert "scoring" in said and "fell silent" in said, said
        here.sh(retry[1])
        await_edition(here, 1)
        is_quiet(here)
        here.sh("sed -i /task_losses/d /etc/mindex/mindex.conf; systemctl reload mindex-hub")

    def test_a_full_disk_is_said_held_through_and_made_room_on(self):
        here = self.here
        here.sh("mkdir -p /var/lib/mindex/accepted && touch -d '60 days ago' /var/lib/mindex/accepted/old.csv")
        here.sh("head -c 2G /dev/zero >/var/lib/mindex/filler 2>/dev/null || true")
        refused = hand_in(here, 6, "--no-wait", check=False)
        assert refused.returncode != 0, refused
        until(lambda: "MindexCannotWrite" in firing(here), lambda: firing(here))
        said = look_at(here, self.book.take("MindexCannotWrite"))
        assert "cannot be written since" in said and "100%" in said, said
        doing, room = self.book.take("Full disk")
        assert "filler" in here.sh(doing[1]).stdout
        here.sh("rm /var/lib/mindex/filler")
        here.sh(room[1])
        assert not here.file("/var/lib/mindex/accepted/old.csv").exists()
        until(lambda: "MindexCannotWrite" not in firing(here), "it does not go on by itself")
        hand_in(here, 6)

    def test_what_other_alerts_have_one_look_at_can_be_looked_at(self):
        self.here.sh("touch /var/lib/mindex/inbox/.still-comes")
        for name in [section for section in self.book.left if section.startswith("Mindex")]:
            look_at(self.here, self.book.take(name))

    def test_a_backup_is_made_by_hand_and_by_the_timer(self):
        blocks = self.book.take("Back up")
        self.back_up = blocks[0][1]
        by_hand, by_timer = follow(self.here, self.other, blocks)
        assert "copied and checked" in by_hand and len(re.findall(r"mindex-\S+\.db\b", by_timer)) == 2, (by_hand, by_timer)
        self.here.sh("! command -v systemd-analyze >/dev/null || systemd-analyze verify mindex-backup.service mindex-backup.timer")
        kept = self.here.sh("tar -tzf /var/backups/mindex/keys-*.tar.gz").stdout
        assert "keys/service.key" in kept and "mindex.conf" in kept, kept

    def test_a_copy_is_restored(self):
        before = status(self.here)
        hand_in(self.here, 7)
        said, = follow(self.here, self.other, self.book.take("Restore"))
        assert "checked and restored" in said and status(self.here)["editions"] == before["editions"], said
        hand_in(self.here, 7)

    def test_a_workers_key_is_rotated(self):
        here, other = self.here, self.other
        other.file("/etc/mindex/service.pub").write_text(here.file("/var/lib/mindex/keys/service.pub").read_text())
        other.sh("install -D -m 644 -t /etc/systemd/system/mindex-scoring@.service.d /usr/local/share/doc/mindex/examples/worker-elsewhere.conf;"
                 "sed -i s/hub.example.org/127.0.0.1/ /etc/systemd/system/mindex-scoring@.service.d/worker-elsewhere.conf")
        make, allow, give, out = self.book.take("Rotate a worker's key")
        other.sh("systemctl enable mindex-scoring@1.service")
        for name in ("scorer-1", "scorer-2"):
            other.sh(make[1].replace("scorer-2", name))
            here.file(f"/tmp/{name}.pub").write_text(other.file(f"/etc/mindex/worker/keys/{name}.pub").read_text())
            here.sh(allow[1].replace("scorer-2", name))
            other.sh(give[1].replace("scorer-2", name))
            if name == "scorer-1":
                other.sh("systemctl start mindex-scoring@1")
            self.heard(3)
        said = here.sh(out[1]).stdout
        assert re.search(r"scorer-1 .*scoring.*\d{4}-\d\d-\d\d.*\d{4}-\d\d-\d\d", said), said
        self.heard(3)

    def heard(self, scoring):
        until(lambda: sum(each["role"] == "scoring" for each in status(self.here)["workers"]) == scoring, f"not {scoring} scoring workers")

    def test_the_services_key_is_rotated(self):
        here, other = self.here, self.other
        stop, out = self.book.take("Rotate the service's key")
        public = re.search(r"public = (\S+)", here.sh(stop[1]).stdout)[1]
        until(lambda: status(here)["newest_event"] > 0, "it does not run")
        self.heard(2)  # the one elsewhere has the old key
        lines = other.file("/etc/mindex/worker.key").read_text()
        other.file("/etc/mindex/worker.key").write_text(re.sub("service = .*", lambda _: f"service = {public}", lines))
        other.sh("systemctl restart mindex-scoring@1")
        self.heard(3)
        here.sh(out[1])

    def test_a_webhooks_secret_is_rotated(self):
        rotated, tested = follow(self.here, self.other, self.book.take("Rotate a webhook's secret"))
        assert "whsec_" in rotated, rotated

    def test_workers_are_added_and_taken_away(self):
        follow(self.here, self.other, self.book.take("More workers"))
        self.heard(5)
        self.here.sh("systemctl disable --now mindex-scoring@3.service mindex-scoring@4.service")
        self.other.sh("systemctl stop mindex-scoring@1")
        self.heard(2)

    def test_old_editions_are_retired(self):
        for seed in range(8, 20):
            hand_in(self.here, seed)
        until(lambda: 'mindex_subscriber_lag_events_max{kind="webhook"} 0\n' in scrape(self.here), "the webhook does not follow")
        would, done = follow(self.here, self.other, self.book.take("Retire old editions"))
        assert "9 of 19 editions would go" in would and len(re.findall(r"^ +\d+ .* retired  ", done, re.M)) == 9, (would, done)
        self.here.mindex("verify")

    def test_an_upgrade_goes_by_a_copy_and_a_restart(self):
        before, after = follow(self.here, self.other, self.book.take("Upgrade"))
        assert "copied and checked" in before and " 0 problems" in after, (before, after)

    def test_a_file_that_should_not_have_come_is_withdrawn(self):
        releases, withdrawn, aside = follow(self.here, self.other, self.book.take("A poisonous file"))
        assert "pay" in releases and "withdrawn" in withdrawn, (releases, withdrawn)

    def test_a_lost_list_of_keys_comes_from_the_copy(self):
        self.here.sh(self.back_up)
        self.here.sh("rm /var/lib/mindex/keys/allowed")
        assert "scorer-1" in follow(self.here, self.other, self.book.take("Lost keys"))[0]

    def test_the_service_moves_to_the_other_machine(self):
        here, other = self.here, self.other
        other.sh("rm -r /etc/systemd/system/mindex-scoring@.service.d; systemctl enable " + " ".join(SERVICES))
        edition = status(here)["editions"]
        (_, leave), (_, arrive) = self.book.take("Move to another machine")
        here.sh(leave)
        other.sh("rm -rf /var/backups/mindex /var/lib/mindex/*")
        other.sh("mkdir -p /var/backups/mindex")
        for path in here.file("/var/backups/mindex").iterdir():
            other.file(f"/var/backups/mindex/{path.name}").write_bytes(path.read_bytes())
        other.sh(arrive)
        assert status(other)["editions"] == edition
        hand_in(other, 30)
        await_edition(other, edition + 1)

    def test_nothing_of_the_runbook_was_left_out(self):
        assert not self.book.left, self.book.left


def look_at(machine, blocks):
    assert not any(elsewhere for elsewhere, _ in blocks)
    return "".join(look(machine, text) for _, text in blocks)


why_not = possible() or (None if promtool.found() else "promtool is missing: 'make test-operator' fetches it")
if why_not:
    print(f"skipped: the runbook as an operator follows it, as {why_not}")
    print("100%: Checks: 1, Failures: 0, Errors: 0")
    sys.exit(0)
with Machine() as here, Machine(beside=here) as other:
    operator = Operator(here, other)
    run([operator.case(name) for name in vars(Operator) if name.startswith("test_")])
