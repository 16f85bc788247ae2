"""Subscriptions from the command line, and what comes of them with a delivering role that is played here;
with the hub killed between any two of its steps."""
import collections
import contextlib
import csv
import http.server
import json
import os
import pathlib
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import small
from bus import Peer
from suite import MINDEX, run

PATIENCE_S = 60
PLACES = 12


class Roles:
    """The roles of an installation, publishing only if it is asked for, each a process, with a small pack;
    ended by id."""

    def __init__(self, *more):
        self.names = ("hub", "ingestion", "scoring", "comparison", *more)

    def __enter__(self):
        self.home = tempfile.TemporaryDirectory(prefix="mindex-test-")
        self.folder = pathlib.Path(self.home.name)
        self.state = self.folder / "state"
        self.processes = {}
        self.state.mkdir()
        (self.state / "webhooks.allow").write_text("127.0.0.1\n")
        (self.state / "webhooks.allow").chmod(0o600)
        for role in self.names:
            self.start(role)
        for name, text in small.pack(PLACES).items():
            path = self.folder / "pack" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.run("load", self.folder / "pack", "--no-wait")
        self.await_edition(1)
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes.values()):
            process.send_signal(signal.SIGTERM)
        statuses = [process.wait(30) for process in self.processes.values()]
        self.home.cleanup()
        assert not any(statuses), statuses

    def start(self, role):
        self.processes[role] = subprocess.Popen([MINDEX, role, "--state", self.state], stderr=subprocess.DEVNULL)

    def kill(self, role):
        """As if its machine's memory were gone; then it begins again."""
        self.processes[role].kill()
        self.processes[role].wait()
        self.start(role)

    def hub(self):
        return Peer(f"ipc://{self.state}/hub")

    def run(self, *arguments, check=True):
        done = subprocess.run([MINDEX, *map(str, arguments)], text=True, capture_output=True, timeout=120,
                              env=dict(os.environ, MINDEX_STATE=str(self.state)), check=False)
        assert not check or done.returncode == 0, (arguments, done.stdout, done.stderr)
        return done

    def subscribe(self, *arguments, check=True):
        return self.run("subscribe", *arguments, check=check)

    def refused(self, status, words, *arguments):
        done = self.subscribe(*arguments, check=False)
        assert done.returncode == status and words in done.stderr, (arguments, done)

    def shown(self, name):
        return json.loads(self.subscribe("show", name, "--json").stdout)

    def listed(self):
        return list(csv.DictReader(self.subscribe("list", "--csv").stdout.splitlines()))

    def await_edition(self, number):
        with self.hub() as hub:
            after = 0
            while True:
                events = hub.ask(PATIENCE_S, again=1, events_wanted={
                    "after": after, "wait_ms": 500, "topics": ["edition"]}).events
                if any(event.edition == number for event in events.events):
                    return
                after = events.through

    def release(self, seed):
        """Another release of soot, which moves places."""
        path = self.folder / f"soot-{2026 + seed}.csv"
        path.write_text(small.HEADER + "".join(f"{code},{2026 + seed},{i * (2 * seed + 5) * 131 % 997}\n"
                                               for i, code in enumerate(small.codes(PLACES), 1)))
        self.run("ingest", path, "--no-wait", "--accept-warnings")


class Delivers:
    """The publishing role's part, played: each event that is wanted is taken to a receiver. `between` is
    called between any two of its steps."""

    def __init__(self, roles, between=lambda step: None, receive=lambda event: None):
        self.roles, self.between, self.receive = roles, between, receive

    def ask(self, hub, **body):
        return hub.ask(PATIENCE_S, again=0.5, **body)

    def once(self, hub):
        """One event of each subscription, or a test. Whether there was anything to do."""
        done = False
        self.between("asks for subscriptions")
        for of in self.ask(hub, subscriptions_wanted={"secrets": True}).subscriptions.subscriptions:
            assert of.secrets
            if of.state != "active":
                continue
            for resend in of.resends:
                self.report(hub, of, {"resends_done": [resend.id], "deliveries": [self.attempt(
                    of, "msg_test", 0, resend=resend.id)]})
                done = True
            self.between("asks for events")
            events = self.ask(hub, events_wanted={"after": of.after, "limit": 1}).events
            for event in events.events:
                message = f"msg_{event.seq}_{event.time_ms}"
                self.between("delivers")
                error = self.receive((message, event))
                self.between("reports")
                attempt = self.attempt(of, message, event.seq, number=of.attempts + 1, error=error)
                self.report(hub, of, {"deliveries": [attempt], "attempts": of.attempts + 1} if error else
                            {"deliveries": [attempt], "after": event.seq, "after_time_ms": event.time_ms})
                done = True
        return done

    def attempt(self, of, message, event, number=1, error=None, resend=None):
        return {"subscription": of.name, "message_id": message, "first_event": event, "last_event": event,
                "attempt": number, "time_ms": time.time_ns() // 10**6, "took_ms": 3,
                **({"error": error} if error else {"status": 204}), **({"resend": resend} if resend else {})}

    def report(self, hub, of, what):
        answer = self.ask(hub, deliveries_made={"subscription": of.name, "created_ms": of.created_ms, **what})
        assert answer.HasField("deliveries_noted"), answer

    @contextlib.contextmanager
    def meanwhile(self):
        """In a thread of its own."""
        ended = threading.Event()

        def work():
            with self.roles.hub() as hub:
                while not ended.wait(0.02):
                    self.once(hub)

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


def test_a_secret_is_shown_once_or_kept_in_a_file_for_its_owner_alone():
    with Roles() as roles:
        done = roles.subscribe("new", "desk", "--url", "https://example.org/hook")
        secret = next(line.strip() for line in done.stdout.splitlines() if "whsec_" in line)
        assert "subscribe rotate desk" in done.stdout and "Standard Webhooks" in done.stdout
        for arguments in (("show", "desk"), ("show", "desk", "--json"), ("list",), ("list", "--json")):
            assert "whsec" not in roles.subscribe(*arguments).stdout
        out = roles.folder / "secret"
        done = roles.subscribe("rotate", "desk", "--out", out)
        assert "whsec" not in done.stdout and str(out) in done.stdout
        assert stat.S_IMODE(out.stat().st_mode) == 0o600
        assert out.read_text().startswith("whsec_") and out.read_text().strip() != secret
        # The file is there before anything is changed, and one that is there is left alone.
        roles.refused(1, "nothing was changed", "rotate", "desk", "--out", out)
        roles.refused(1, "nothing was changed", "new", "other", "--url", "https://example.org/", "--out",
                      roles.folder / "none" / "secret")
        assert [row["name"] for row in roles.listed()] == ["desk"]
        assert roles.shown("desk")["secrets"] == 2
        roles.refused(3, "already", "new", "desk", "--url", "https://example.org/", "--out",
                      roles.folder / "again")
        assert not (roles.folder / "again").exists()
        made = json.loads(roles.subscribe("new", "third", "--url", "https://example.org/", "--json").stdout)
        assert made["secret"].startswith("whsec_") and made["filter"] == "" and made["behind"] == 0


def test_what_is_wanted_is_said_in_the_words_of_the_pack():
    with Roles() as roles:
        new = ("new", "desk", "--url", "https://example.org/hook")
        roles.subscribe(*new, "--area", "Place E00003", "--area", "E00004", "--node", "soot", "--at-least", "2",
                        "--band", "any", "--beyond-interval", "--nature", "data", "--region", "Region R1",
                        "--type", "rank.changed", "--digest", "--after", "0")
        shown = roles.shown("desk")
        assert shown["filter"] == ("type=rank.changed&area=E00003&area=E00004&node=soot&region=R1&at-least=2"
                                   "&band=any&beyond-interval=1&nature=data"), shown
        assert shown["digest"] and shown["after"] == 0 and shown["behind"] > 0
        roles.refused(4, "no area", *new, "--area", "Atlantis")
        roles.refused(2, "nature: found 'rumour'", *new, "--nature", "rumour")
        roles.refused(2, "at-least", *new, "--at-least", "many")
        roles.refused(3, "the URL: found ftp://", "new", "x", "--url", "ftp://example.org")
        roles.refused(3, "a subscription's name: found 'a b'", "new", "a b", "--url", "https://example.org/")
        roles.refused(3, "the newest is", "new", "x", "--url", "https://example.org/", "--after", "99999")
        roles.refused(2, "--url URL", "new", "x")
        roles.refused(2, "takes the name of one subscription", "show")
        roles.refused(2, "takes no name", "list", "desk")
        roles.refused(2, "did you mean 'resume'?", "resum", "desk")
        roles.refused(2, "belong to 'mindex subscribe new'", "pause", "desk", "--area", "E00003")
        roles.refused(2, "--from EVENT --to EVENT", "resend", "desk")
        roles.refused(4, "there is no subscription 'nobody'", "pause", "nobody")
        roles.refused(4, "there is no subscription 'nobody'", "deliveries", "nobody")
        roles.refused(3, "expected a range within", "resend", "desk", "--from", "1", "--to", "99999")


def test_it_is_paused_resumed_and_removed():
    with Roles() as roles:
        roles.subscribe("new", "desk", "--url", "https://example.org/hook")
        assert "desk is paused" in roles.subscribe("pause", "desk").stdout
        assert json.loads(roles.run("status", "--json").stdout)["subscriptions"] == 0
        roles.kill("hub")
        assert roles.shown("desk")["state"] == "paused"
        assert "desk is active" in roles.subscribe("resume", "desk").stdout
        assert json.loads(roles.run("status", "--json").stdout)["subscriptions"] == 1
        assert "is removed" in roles.subscribe("remove", "desk").stdout
        assert "There are no subscriptions" in roles.subscribe("list").stdout
        assert roles.listed() == []


def test_a_test_is_awaited_and_what_became_of_events_is_told():
    refusals = collections.Counter()

    def receive(event):
        refusals[event[0]] += 1
        return "503 Service Unavailable" if refusals[event[0]] == 1 else None

    with Roles() as roles:
        roles.subscribe("new", "desk", "--url", "https://example.org/hook", "--after", "0")
        assert "Nothing was delivered yet" in roles.subscribe("deliveries", "desk").stdout
        assert "will be sent" in roles.subscribe("test", "desk", "--no-wait").stdout
        assert len(roles.shown("desk")["resends"]) == 1
        with Delivers(roles, receive=receive).meanwhile():
            assert "The test was delivered in 3 ms, and answered with 204" in roles.subscribe("test", "desk").stdout
            while roles.shown("desk")["behind"]:
                pass
        shown = roles.shown("desk")
        newest = shown["after"]
        assert shown["resends"] == [] and shown["failed"] == newest and shown["delivered"] == newest + 2, shown
        failed = list(csv.DictReader(roles.subscribe("deliveries", "desk", "--failed", "--csv").stdout.splitlines()))
        assert len(failed) == newest and {row["error"] for row in failed} == {"503 Service Unavailable"}
        assert [int(row["first_event"]) for row in failed] == list(range(newest, 0, -1))
        some = json.loads(roles.subscribe("deliveries", "desk", "--top", "3", "--json").stdout)
        assert len(some) == 3 and some[0]["outcome"] == "delivered" and some[0]["attempt"] == 2


def test_a_hub_that_is_killed_between_any_two_steps_costs_no_event():
    """Every event arrives, in order, at least once, and under the same id each time."""
    taken, steps, killed = [], collections.Counter(), collections.Counter()

    with Roles() as roles:
        def between(step):
            steps[step] += 1
            if steps[step] % 3 == 1:  # not always, or it would not get far
                killed[step] += 1
                roles.kill("hub")

        roles.subscribe("new", "desk", "--url", "https://example.org/hook", "--after", "0")
        delivers = Delivers(roles, between, taken.append)
        with roles.hub() as hub:
            for seed in range(2):
                roles.release(seed)
                roles.await_edition(2 + seed)
            while delivers.once(hub):
                pass
            newest = delivers.ask(hub, status_wanted={}).status.newest_event
        assert min(killed.values()) >= 3 and len(killed) == 4, killed
        first = list(dict.fromkeys(event.seq for _, event in taken))
        assert first == list(range(1, newest + 1)), first
        ids = collections.defaultdict(set)
        for message, event in taken:
            ids[event.seq].add(message)
        assert all(len(one) == 1 for one in ids.values())
        assert roles.shown("desk")["after"] == newest
        roles.run("verify")


@contextlib.contextmanager
def receiver(got, changed):
    """The URL of one that takes everything that comes."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with changed:
                got.append((self.headers["webhook-id"], json.loads(body)))
                changed.notify_all()
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook"
    finally:
        server.shutdown()
        server.server_close()


def test_what_is_subscribed_at_the_command_line_arrives_whoever_is_killed():
    got, changed = [], threading.Condition()

    def await_events(numbers):
        def all_there():
            return set(numbers) <= {one["data"].get("seq") for _, one in got}
        with changed:
            assert changed.wait_for(all_there, PATIENCE_S), [name for name, _ in got]

    with receiver(got, changed) as url, Roles("publishing") as roles:
        roles.subscribe("new", "desk", "--url", url, "--type", "rank.changed", "--node", "soot", "--nature", "data")
        assert "The test was delivered" in roles.subscribe("test", "desk").stdout
        wanted = []
        for seed, role in enumerate(("hub", "publishing", "hub")):
            roles.release(seed)
            roles.kill(role)
            roles.await_edition(2 + seed)
            with roles.hub() as hub:
                log = hub.ask(PATIENCE_S, again=1, events_wanted={"after": 0, "limit": 5000}).events.events
            wanted = [event.seq for event in log if event.type == "rank.changed" and event.rank_changed.node == "soot"]
            assert len(wanted) > seed
            await_events(wanted)
        events = [(name, one) for name, one in got if one["type"] == "mindex.rank.changed"]
        first = list(dict.fromkeys(one["data"]["seq"] for _, one in events))
        assert first == wanted, (first, wanted)
        assert len({name for name, _ in events}) == len(wanted)
        while roles.shown("desk")["behind"]:
            pass
        told = list(csv.DictReader(roles.subscribe("deliveries", "desk", "--top", "1000", "--csv").stdout.splitlines()))
        assert {row["message"] for row in told if row["outcome"] == "delivered"} == {name for name, _ in got}
        roles.run("verify")


def test_a_copy_says_that_it_has_secrets_and_its_subscriptions_go_on():
    with Roles() as roles:
        roles.subscribe("new", "desk", "--url", "https://example.org/hook", "--after", "0")
        copy = roles.folder / "copy.db"
        assert "the secrets of 1 subscription:" in roles.run("backup", copy).stdout
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
        state = roles.folder / "other"
        done = subprocess.run([MINDEX, "restore", "--state", state, copy], text=True, capture_output=True,
                              timeout=60, check=True)
        assert "1 subscription goes on" in done.stdout, done.stdout
        assert stat.S_IMODE((state / "mindex.db").stat().st_mode) == 0o600


run([value for name, value in list(globals().items()) if name.startswith("test_")])
