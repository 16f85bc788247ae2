"""Webhooks of an installation under attack: a receiver that keeps everything that comes, and somebody who
makes subscriptions, changes them, and asks for events again."""
import collections
import http.server
import json
import random
import threading

from clients import Client
from installation import Broken

# The message that the receiver refuses once: it is tried again, seconds later. It is one that comes for the
# first time: what is sent again because somebody asked for it ends with the first refusal.
FAILS_AT = 40
RANGE = 20     # events that are asked for again at a time, at most
MOVES = {"types": ["rank.changed"], "missions": ["air"], "at_least": 2}  # the checker knows it too


class Receiver:
    """Takes what comes at /NAME, and says so after it has kept it."""

    def __init__(self):
        receiver, self.lock, self.got = self, threading.Lock(), collections.defaultdict(list)
        self.newest, self.seen = 0, collections.Counter()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                taken = receiver.take(self.path[1:], self.headers, body)
                self.send_response(204 if taken else 503)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # who is killed hears no answer
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, name):
        return f"http://127.0.0.1:{self.server.server_port}/{name}"

    def take(self, name, headers, body):
        with self.lock:
            got = self.got[name]
            new = all(one["id"] != headers["webhook-id"] for one in got)
            self.seen[name] += new
            got.append({"to": name, "id": headers["webhook-id"], "timestamp": headers["webhook-timestamp"],
                        "signature": headers["webhook-signature"], "body": body.decode()})
            if name == "all":
                self.newest = max(self.newest, json.loads(body)["data"].get("seq", 0))
            return not new or self.seen[name] != FAILS_AT

    def keep(self, evidence):
        with self.lock, open(evidence / "webhooks.jsonl", "w", encoding="utf-8") as out:
            for got in self.got.values():
                for one in got:
                    out.write(json.dumps(one) + "\n")

    def end(self):
        self.server.shutdown()
        self.server.server_close()


class Keeper(threading.Thread):
    """Subscribes `all` (everything), `air` (some moves) and `churn`, whose life it makes hard, and has events
    sent to `all` again; each thing until it is done, whatever is killed meanwhile."""

    def __init__(self, installation, context, protos, notes, seed):
        super().__init__(daemon=True)
        self.of, self.notes, self.random = installation, notes, random.Random(seed)
        self.bus, self.fault, self.ended = protos.bus, None, threading.Event()
        self.receiver = Receiver()
        hub = installation.hub_proxy.endpoint if installation.proxied else f"ipc://{installation.state}/hub"
        self.client = Client(context, protos.bus, hub, seed)
        self.again = []  # ranges that `all` is to get once more
        allow = installation.state / "webhooks.allow"
        allow.write_text("127.0.0.1\n")
        allow.chmod(0o600)

    def ask(self, expected, **body):
        answer, _ = self.client.ask(self.bus.Message(**body))
        if not answer.HasField(expected):
            raise Broken(f"asked for {list(body)}: {answer}")
        return getattr(answer, expected)

    def subscribe(self, name, **more):
        """One that is there already is the one whose answer was lost."""
        new = {"name": name, "url": self.receiver.url(name), **more}
        answer, _ = self.client.ask(self.bus.Message(subscribe={"subscription": new}))
        if not answer.HasField("subscriptions") and "already" not in answer.error.reason:
            raise Broken(f"no subscription but {answer}")

    def change(self, action, name="churn", may_fail="", **more):
        answer, _ = self.client.ask(self.bus.Message(change_subscription={"name": name, "action": action, **more}))
        fine = answer.HasField("subscriptions") or (may_fail and may_fail in answer.error.reason)
        if not fine:
            raise Broken(f"{action} {name}: {answer}")
        return answer.HasField("subscriptions")

    def rotate(self):
        self.change("rotate", may_fail="secrets")
        if self.random.random() < 0.5:
            self.change("forget-secrets")

    def pause(self):
        self.change("pause")
        self.ended.wait(0.05)
        self.change("resume")

    def test(self):
        self.change("test", may_fail="no more are taken")

    def remove(self):
        """A lost answer to the removal is followed by a second one, which finds nothing."""
        self.change("remove", may_fail="there is no subscription")
        self.subscribe("churn")

    def resend(self):
        newest = self.receiver.newest
        if newest:
            first = self.random.randint(1, newest)
            wanted = {"from": first, "to": min(newest, first + self.random.randrange(RANGE))}
            if self.change("resend", "all", "no more are taken", **wanted):
                self.again.append([wanted["from"], wanted["to"]])

    def look(self):
        names = {one.name for one in self.ask("subscriptions", subscriptions_wanted={}).subscriptions}
        if not {"all", "air"} <= names:
            raise Broken(f"of the subscriptions only {names} are there")
        self.ask("deliveries", deliveries_wanted={"subscription": "all", "failed": True})

    def run(self):
        try:
            self.subscribe("all", after=0)
            self.subscribe("air", after=0, filter=MOVES)
            self.subscribe("churn")
            acts = [self.rotate, self.pause, self.test, self.remove, self.resend, self.look]
            while not self.ended.is_set():
                self.random.shuffle(acts)
                for act in acts:
                    act()
                    if self.ended.wait(0.1):
                        break
        except Exception as fault:  # told by end()
            self.fault = fault
        self.client.close()

    def end(self):
        self.ended.set()
        self.join()
        if self.fault:
            raise self.fault

    def keep(self, evidence):
        self.receiver.end()
        self.receiver.keep(evidence)
        (evidence / "again.json").write_text(json.dumps(self.again))
