"""Webhooks against receivers that verify each signature by themselves, and that fail, hang, redirect
and lie; with roles killed in the middle."""
import base64
import collections
import email.utils
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import signal
import socket
import struct
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import bus
import small
from suite import Service, run

PLACES = 20
SECONDS = 60  # until what must come has come; nothing is judged by how long it took


class Message(collections.namedtuple("Message", "headers body")):
    """A request as it came."""

    @property
    def id(self):
        return self.headers["webhook-id"]

    @property
    def event(self):
        return json.loads(self.body)

    @property
    def seq(self):
        return self.event["data"]["seq"]

    def verify(self, secret):
        """As the specification says, with nothing of ours."""
        stamp = self.headers["webhook-timestamp"]
        assert abs(int(stamp) - time.time()) < 300, stamp
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        signed = f"{self.id}.{stamp}.".encode() + self.body
        wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        return f"v1,{wanted}" in self.headers["webhook-signature"].split(" ")


class Receiver:
    """An endpoint at a port of its own. `behave(handler, n)` answers the nth request, from 1."""

    def __init__(self, behave=None):
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with receiver.changed:
                    receiver.got.append(Message(self.headers, body))
                    n = len(receiver.got)
                    receiver.changed.notify_all()
                (behave or answer(204))(self, n)

            do_GET = do_PUT = do_POST

            def log_message(self, *_):
                pass

        self.got = []
        self.changed = threading.Condition()
        self.done = threading.Event()  # those that hang end with it
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # whoever was killed hears no answer
        self.server.receiver = self
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.server.shutdown()
        self.server.server_close()

    def wait(self, holds):
        """Until holds(what has come); returns that."""
        with self.changed:
            assert self.changed.wait_for(lambda: holds(self.got), SECONDS), [m.id for m in self.got]
            return list(self.got)


def answer(status, headers=(), body=b""):
    def behave(handler, _):
        handler.send_response(status)
        for name, value in headers:
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
    return behave


def raw(bytes_, reset=False):
    """Just these bytes, and then the connection ends, by a reset if that is wanted."""
    def behave(handler, _):
        handler.connection.sendall(bytes_)
        if reset:
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.connection.close()
        handler.close_connection = True
        handler.rfile = handler.wfile = open(os.devnull, "r+b")
    return behave


def hang(first=b"", drip=b""):
    """Says `first` and then nothing, or `drip` now and then, for as long as the test goes."""
    def behave(handler, _):
        handler.wfile.write(first)
        try:
            while not handler.server.receiver.done.wait(0.2):
                handler.wfile.write(drip)
        except OSError:
            pass
        handler.close_connection = True
    return behave


class Index(Service):
    """A service with a small index, and webhooks allowed to this machine."""

    def __init__(self, allow="127.0.0.1\n", **how):
        super().__init__("--scoring", "1", prepare=lambda state: self.allow(allow, state), **how)
        self.releases = 2

    def allow(self, text, state=None):
        path = (state or self.state) / "webhooks.allow"
        path.with_suffix(".new").write_text(text)
        path.with_suffix(".new").chmod(0o600)
        path.with_suffix(".new").rename(path)

    def __enter__(self):
        super().__enter__()
        with tempfile.TemporaryDirectory() as folder:
            self.run("load", small.write(small.pack(PLACES), pathlib.Path(folder)))
        self.hub = bus.Peer(f"ipc://{self.state}/hub")
        return self

    def __exit__(self, *error):
        self.hub.socket.close()
        super().__exit__(*error)

    def ask(self, **body):
        return self.hub.ask(again=2, seconds=SECONDS, **body)

    def subscribe(self, name, url, digest=False, **filter_):
        """Its secret."""
        told = self.ask(subscribe={"subscription": {"name": name, "url": url, "digest": digest, "filter": filter_}})
        assert told.WhichOneof("body") == "subscriptions", told
        return told.subscriptions.subscriptions[0].secrets[0]

    def change(self, name, action, **more):
        told = self.ask(change_subscription={"name": name, "action": action, **more})
        assert told.WhichOneof("body") == "subscriptions", told
        return told.subscriptions.subscriptions

    def subscription(self, name):
        return self.ask(subscriptions_wanted={"name": name}).subscriptions.subscriptions[0]

    def deliveries(self, name):
        """Oldest first."""
        told = self.ask(deliveries_wanted={"subscription": name, "limit": 1000}).deliveries.deliveries
        return list(told)[::-1]

    def await_subscription(self, name, holds):
        return self.until(lambda: self.subscription(name), holds)

    def await_deliveries(self, name, holds):
        return self.until(lambda: self.deliveries(name), holds)

    @staticmethod
    def until(look, holds):
        end = time.monotonic() + SECONDS
        while not holds(found := look()):
            assert time.monotonic() < end, found
            time.sleep(0.05)  # there is nothing to wait on: the hub does not say when this changes
        return found

    def release(self):
        """Hands in another release of pay; its edition is there when this returns."""
        self.releases += 1
        file = {"2025.csv": small.release(PLACES, self.releases)}
        before = self.ask(editions_wanted={"limit": 1}).editions.editions[0].number
        receipt = self.ask(hand_in={"files": [{"name": "2025.csv", "content": file["2025.csv"].encode()}],
                                    "dataset": "pay", "label": f"R{self.releases}", "accept_warnings": True})
        assert receipt.WhichOneof("body") == "receipt", receipt
        self.until(lambda: self.ask(editions_wanted={"limit": 1}).editions.editions[0].number,
                   lambda newest: newest > before)

    def events(self, type_=None):
        """The whole log."""
        found, after = [], 0
        while True:
            told = self.ask(events_wanted={"after": after, "limit": 5000}).events
            found += [event for event in told.events if type_ in (None, event.type)]
            if told.through >= told.newest:
                return found
            after = told.through

    def kill(self, role):
        """SIGKILL to the process of the role; the supervisor starts another."""
        children = pathlib.Path(f"/proc/{self.up.pid}/task/{self.up.pid}/children").read_text().split()
        for pid in children:
            if pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[1:2] == [role.encode()]:
                os.kill(int(pid), signal.SIGKILL)
                return
        raise AssertionError(f"no {role} among {children}")


MOVES = {"types": ["rank.changed"]}


def test_each_move_arrives_once_in_order_and_signed():
    environment = dict(os.environ, http_proxy="http://127.0.0.1:9", https_proxy="http://127.0.0.1:9",
                       ALL_PROXY="http://127.0.0.1:9")  # where nobody listens, and nobody asks
    with Index(env=environment) as index, Receiver() as receiver:
        secret = index.subscribe("all", receiver.url, **MOVES)
        index.release()
        index.release()
        expected = index.events("rank.changed")
        assert len(expected) > PLACES, len(expected)
        got = receiver.wait(lambda got: len(got) >= len(expected))
        index.await_subscription("all", lambda told: told.delivered == len(expected))
    assert [message.seq for message in got] == [event.seq for event in expected]
    for message, event in zip(got, expected):
        assert message.verify(secret), message
        assert message.headers["Content-Type"].startswith("application/cloudevents+json")
        assert message.headers["User-Agent"].startswith("mindex/")
        assert message.id == message.event["id"] and "." not in message.id
        assert len(message.body) < 20000
        told = message.event
        assert (told["specversion"], told["type"]) == ("1.0", "mindex.rank.changed")
        assert told["subject"] == event.rank_changed.area == told["data"]["area"]
        assert told["data"]["new_score"] == event.rank_changed.new_score  # to the last bit
        assert told["data"].get("new_rank") == event.rank_changed.new_rank
    sequences = [message.event["sequence"] for message in got]
    assert sequences == sorted(sequences)


def test_only_what_a_filter_wants_arrives_and_a_digest_is_one_message():
    with Index() as index, Receiver() as place, Receiver() as digest, Receiver() as quiet:
        index.subscribe("place", place.url, areas=["E00003", "E00004"], at_least=2)
        secret = index.subscribe("digest", digest.url, digest=True)
        index.subscribe("quiet", quiet.url, digest=True, areas=["E99999"])
        index.release()
        index.release()
        moves = index.events("rank.changed")
        wanted = [event.seq for event in moves if event.rank_changed.area in ("E00003", "E00004")
                  and abs(event.rank_changed.old_rank - event.rank_changed.new_rank) >= 2]
        assert 0 < len(wanted) < len(moves)
        assert [m.seq for m in place.wait(lambda got: len(got) >= len(wanted))] == wanted
        editions = [event for event in index.events("edition.scored") if event.edition_scored.changes]
        got = digest.wait(lambda got: len(got) >= len(editions))
        newest = moves[-1].seq
        index.await_subscription("quiet", lambda told: told.after >= newest)  # it has looked at all
        index.await_subscription("digest", lambda told: told.after >= newest)
    assert not quiet.got
    assert len(got) == len(editions) == 2
    for message, event in zip(got, editions):
        data = message.event["data"]
        assert message.verify(secret) and message.event["type"] == "mindex.edition.digest"
        assert data["edition"] == event.edition and data["label"] == event.edition_scored.label
        assert data["changes"] == data["wanted"] == event.edition_scored.changes
        assert data["last_event"] == event.seq + data["changes"]
        assert data["left_out"] + len(data["moves"]) == data["wanted"]
        distances = [abs(move["old_rank"] - move["new_rank"]) for move in data["moves"]]
        assert distances == sorted(distances, reverse=True)


def test_what_fails_is_tried_again_and_holds_up_nobody_else():
    def first_fails(handler, n):
        answer(500 if n == 1 else 204)(handler, n)

    with Index() as index, Receiver(first_fails) as failing, Receiver() as well:
        secret = index.subscribe("failing", failing.url, **MOVES)
        index.subscribe("well", well.url, **MOVES)
        index.release()
        expected = [event.seq for event in index.events("rank.changed")]
        assert [m.seq for m in well.wait(lambda got: len(got) >= len(expected))] == expected
        assert len(failing.got) == 1  # the other has had all meanwhile; the retry is 5 s later
        got = failing.wait(lambda got: len(got) > len(expected))
        log = index.await_deliveries("failing", lambda log: len(log) > len(expected))
        told = index.await_subscription("failing", lambda told: told.delivered == len(expected))
    assert [m.seq for m in got] == expected[:1] + expected
    assert got[0].id == got[1].id and got[0].body == got[1].body and all(m.verify(secret) for m in got)
    assert int(got[1].headers["webhook-timestamp"]) >= int(got[0].headers["webhook-timestamp"]) + 4
    assert (log[0].attempt, log[0].status, log[0].error) == (1, 500, "answered 500")
    assert 5000 <= log[0].next_attempt_ms - log[0].time_ms - log[0].took_ms < 6000
    assert (log[1].attempt, log[1].status, log[1].HasField("error")) == (2, 204, False)
    assert told.failed == 1 and told.attempts == 0 and told.state == "active"


def test_receivers_that_lie_are_judged_by_their_status():
    elsewhere = Receiver()
    huge = b"x" * (1 << 20)
    behaviours = {
        "created": (answer(201, body=b"thanks"), True),
        "huge": (answer(200, body=huge), True),
        "cut": (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf"), True),
        "reset": (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", reset=True), True),
        "redirect": (answer(302, [("Location", elsewhere.url)]), False),
        "forbidden": (answer(307, [("Location", "http://127.0.0.2:9/")]), False),
        "metadata": (answer(301, [("Location", "http://169.254.169.254/")]), False),
        "silent": (raw(b""), False),
        "noise": (raw(b"SSH-2.0-OpenSSH_9.2\r\n"), False),
        "old": (raw(b"<html>200</html>"), False),
        "half": (raw(b"HTTP/1.1 20"), False),
        "headers": (raw(b"HTTP/1.1 200 OK\r\n" + b"X-Noise: " + huge + b"\r\n\r\n"), None),
        "many": (raw(b"HTTP/1.1 500 No\r\n" + b"X-Noise: y\r\n" * 50000 + b"\r\n"), False),
        "continue": (raw(b"HTTP/1.1 100 Continue\r\n\r\n" * 3), False),
        "low": (raw(b"HTTP/1.1 099 What\r\n\r\n"), False),
        "teapot": (answer(418), False),
        "escape": (raw(b"\x1b]0;owned\x07\r\n\r\n"), False),
    }
    receivers = {name: Receiver(behave) for name, (behave, _) in behaviours.items()}
    with Index() as index, elsewhere:
        for name, receiver in receivers.items():
            receiver.__enter__()
            index.subscribe(name, receiver.url, types=["edition.scored"])
        index.release()
        for name, (_, taken) in behaviours.items():
            first = index.await_deliveries(name, lambda log: log)[0]
            if taken is not None:
                assert first.HasField("error") != taken, (name, first)
            assert "\x1b" not in first.error, first
        redirect = index.deliveries("redirect")[0]
        for receiver in receivers.values():
            receiver.__exit__()
    assert redirect.status == 302 and "not followed" in redirect.error
    assert not elsewhere.got


def test_those_that_hang_end_in_time_and_hold_up_nobody():
    drip = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with Index() as index, Receiver(hang()) as mute, Receiver(hang(drip, b"1\r\nx\r\n")) as slow, \
            Receiver(hang(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n")) as headers, Receiver() as well:
        for name, receiver in (("mute", mute), ("slow", slow), ("headers", headers), ("well", well)):
            index.subscribe(name, receiver.url, **MOVES)
        index.release()
        expected = [event.seq for event in index.events("rank.changed")]
        assert [m.seq for m in well.wait(lambda got: len(got) >= len(expected))] == expected
        assert not index.deliveries("mute") and len(mute.got) == 1
        failed = index.await_deliveries("mute", lambda log: log)[0]
        taken = index.await_deliveries("slow", lambda log: log)[0]
        late = index.await_deliveries("headers", lambda log: log)[0]
    assert not failed.HasField("status") and 19000 < failed.took_ms < 40000, failed
    assert taken.status == 200 and not taken.HasField("error"), taken  # that it came late is its own loss
    assert late.took_ms < 40000


def test_gone_disables_and_a_pause_that_is_asked_for_is_kept():
    date = email.utils.formatdate(time.time() + 7200, usegmt=True)
    with Index() as index, Receiver(answer(410)) as gone, \
            Receiver(answer(429, [("Retry-After", "600")])) as busy, \
            Receiver(answer(503, [("Retry-After", date)])) as dated, \
            Receiver(answer(503, [("Retry-After", "99999999")])) as ever, \
            Receiver(answer(500, [("Retry-After", "600")])) as broken:
        named = {"gone": gone, "busy": busy, "dated": dated, "ever": ever, "broken": broken}
        for name, receiver in named.items():
            index.subscribe(name, receiver.url, **MOVES)
        index.release()
        told = index.await_subscription("gone", lambda told: told.state == "disabled")
        logs = {name: index.await_deliveries(name, lambda log: log)[0] for name in named}
        index.release()
        index.await_subscription("broken", lambda told: told.failed > 1)
        assert len(gone.got) == len(busy.got) == 1
        shown = index.run("subscribe", "show", "busy").stdout
        assert "1 in a row for what comes next; tried again at 2" in shown and "; 1 attempt failed" in shown, shown
        paused = index.run("subscribe", "pause", "busy").stdout
        assert "1 in a row for what comes next\n" in paused, paused
        # It has moved on over what it missed only when somebody wants it to.
        position = index.subscription("gone").after
        index.change("gone", "resume")
        again = gone.wait(lambda got: len(got) > 1)
        index.await_subscription("gone", lambda told: told.state == "disabled")
    assert "410" in told.reason, told
    assert again[1].id == again[0].id and again[1].seq > position
    pause = {name: (log.next_attempt_ms - log.time_ms) / 1000 for name, log in logs.items()}
    assert 600 <= pause["busy"] < 700, pause
    assert 7000 <= pause["dated"] < 8000, pause
    assert 86000 <= pause["ever"] < 97000, pause  # never more than a day, and a tenth
    assert pause["broken"] < 10, pause  # a 500 has no say in it


def test_addresses_that_are_not_public_are_not_reached():
    with Receiver() as receiver, Index(allow="") as index:
        port = receiver.server.server_port
        for name, host in {"plain": "127.0.0.1", "name": "localhost", "mapped": "[::ffff:127.0.0.1]",
                           "zero": "0.0.0.0", "number": "2130706433", "hex": "0x7f.1", "six": "[::1]",
                           "other": "127.8.9.10", "private": "10.0.0.1", "link": "169.254.169.254"}.items():
            index.subscribe(name, f"http://{host}:{port}/", **MOVES)
            index.subscribe(name + "-tls", f"https://{host}:{port}/", **MOVES)
        index.release()
        for told in index.ask(subscriptions_wanted={}).subscriptions.subscriptions:
            failed = index.await_deliveries(told.name, lambda log: log)[0]
            assert "is no public address" in failed.error, (told.name, failed)
        assert not receiver.got
        index.allow("127.0.0.1\n")  # the operator changes his mind, and one has it tried at once
        index.change("plain", "resume")
        index.until(lambda: index.change("plain", "resume") and len(receiver.got), lambda got: got)
        assert len(index.deliveries("private")) < 3
        bad = index.ask(subscribe={"subscription": {"name": "bad", "url": "https://a:b@example.org/"}})
        assert bad.WhichOneof("body") == "error" and "password" in bad.error.reason, bad


def test_secrets_are_rotated_without_a_gap():
    """A test message goes after what was changed before it."""
    with Index() as index, Receiver() as receiver:
        old = index.subscribe("one", receiver.url, types=["edition.scored"])
        index.change("one", "test")
        first = receiver.wait(lambda got: len(got) == 1)[0]
        new = index.change("one", "rotate")[0].secrets[0]
        index.change("one", "test")
        both = receiver.wait(lambda got: len(got) == 2)[1]
        index.change("one", "forget-secrets")
        index.change("one", "test")
        last = receiver.wait(lambda got: len(got) == 3)[2]
    assert new != old
    assert first.verify(old) and not first.verify(new)
    assert both.verify(old) and both.verify(new)
    assert last.verify(new) and not last.verify(old)


def test_a_range_comes_again_under_its_ids_and_a_test_is_made_up():
    with Index() as index, Receiver() as receiver:
        secret = index.subscribe("one", receiver.url, **MOVES)
        index.release()
        expected = index.events("rank.changed")
        first = receiver.wait(lambda got: len(got) >= len(expected))
        index.change("one", "pause")
        index.change("one", "test")
        made_up = receiver.wait(lambda got: len(got) > len(expected))[-1]
        index.change("one", "resend", **{"from": expected[2].seq, "to": expected[5].seq})
        again = receiver.wait(lambda got: len(got) >= len(expected) + 5)[-4:]
        index.await_subscription("one", lambda told: not told.resends)
        log = index.deliveries("one")
        position = index.subscription("one").after
        index.release()  # while it is paused
        index.change("one", "resume")
        more = receiver.wait(lambda got: len(got) > len(expected) + 5)[len(expected) + 5]
    assert made_up.verify(secret) and made_up.event["type"] == "mindex.test"
    assert [m.id for m in again] == [m.id for m in first[2:6]]
    assert [m.body for m in again] == [m.body for m in first[2:6]]
    assert [d.resend for d in log[-5:]] == [log[-5].resend] + [log[-1].resend] * 4
    assert more.seq > position >= expected[-1].seq  # neither moved it back


def test_many_subscriptions_go_on_side_by_side():
    """More than the hub keeps answers for at a time."""
    many = 24
    with Index() as index, Receiver() as receiver:
        for i in range(many):
            index.subscribe(f"n{i}", receiver.url + f"/{i}", **MOVES)
        index.release()
        index.release()
        expected = [event.seq for event in index.events("rank.changed")]
        receiver.wait(lambda got: len(got) >= many * len(expected))
        for i in range(many):
            index.await_subscription(f"n{i}", lambda told: told.delivered == len(expected))
            assert [d.first_event for d in index.deliveries(f"n{i}")] == expected
    assert len(receiver.got) == many * len(expected)  # and none came twice


def repeats(got):
    """Of messages that must come in the order of the log: how many came once more. Each repeat follows
    on its first."""
    count = 0
    for before, now in zip(got, got[1:]):
        if before.id == now.id:
            assert before.body == now.body
            count += 1
        else:
            assert now.seq > before.seq, (before.seq, now.seq)
    return count


def test_kills_in_the_middle_lose_nothing_and_repeat_one_at_most():
    kills = 6
    turn = threading.Semaphore(0)

    def paced(handler, n):
        if n % 7 == 0:  # somebody is killed while the answer is awaited
            turn.release()
            handler.server.receiver.done.wait(0.05)
        answer(200)(handler, n)

    with Index() as index, Receiver(paced) as receiver, Receiver() as other:
        secret = index.subscribe("one", receiver.url, **MOVES)
        index.subscribe("digest", other.url, digest=True)
        index.release()
        for i in range(kills):
            assert turn.acquire(timeout=SECONDS)
            index.kill(("publishing", "hub")[i % 2])
            if i % 2 == 1:
                index.release()
        expected = [event.seq for event in index.events("rank.changed")]
        got = receiver.wait(lambda got: got and got[-1].seq == expected[-1])
        editions = [event.edition for event in index.events("edition.scored") if event.edition_scored.changes]
        digests = other.wait(lambda got: got and got[-1].event["data"]["edition"] == editions[-1])
    assert all(message.verify(secret) for message in got)
    assert sorted({m.seq for m in got}) == expected
    assert repeats(got) <= kills, [m.seq for m in got]
    assert sorted({m.event["data"]["edition"] for m in digests}) == editions
    assert len(digests) <= len(editions) + kills


CASES = [value for name, value in list(globals().items()) if name.startswith("test_")]
run([case for case in CASES if not sys.argv[2:] or case.__name__ in sys.argv[2:]])
