"""Who may speak, against the real service over tcp, with foreign clients."""
import json
import os
import pathlib
import random
import socket as plain_socket
import sqlite3
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import zmq
from keyed import TURNED_AWAY, Keyed, ask, await_event, bus, read_key
from suite import ENGLAND, run

LISTEN = ("--listen", "tcp://127.0.0.1:*")
UP = ("up", *LISTEN)
NEWER = ENGLAND / "newer" / "gigabit-broadband" / "2026-05-19.csv"
ROLES = ("reader", "depositor", "ingestion", "scoring", "comparison", "publishing", "admin")
WORKERS = {"ingestion", "scoring", "comparison", "publishing"}

# Who may send what, beside admin, who may send everything. What is not here only admin may send:
# withdraw, tasks_wanted and retry_tasks, submit_study and cancel_job, subscribe, change_subscription and
# deliveries_wanted; what the hub alone says; and kinds that are added to the contract later, until they
# are here.
MAY_SEND = {
    "hello": WORKERS, "credit": WORKERS, "heartbeat": WORKERS, "goodbye": WORKERS,
    "task_done": WORKERS, "task_failed": WORKERS, "blob_wanted": WORKERS | {"reader"},
    "hand_in": {"depositor", "ingestion"}, "edition_wanted": {"reader"},
    "editions_wanted": {"reader"}, "releases_wanted": {"reader"},
    "status_wanted": {"reader", "publishing"}, "jobs_wanted": {"reader"},
    "events_wanted": {"reader", "publishing"},
    "subscriptions_wanted": {"publishing"}, "deliveries_made": {"publishing"},
}
RESULT_OF = {"read": "ingestion", "refusal": "ingestion", "scores": "scoring",
             "comparison": "comparison", "published": "publishing", "piece": "scoring",
             "study_result": "scoring"}


def fill(message):
    """Gives every required field some value."""
    for field in message.DESCRIPTOR.fields:
        if field.label != field.LABEL_REQUIRED:
            continue
        if field.message_type:
            fill(getattr(message, field.name))
            getattr(message, field.name).SetInParent()
        else:
            setattr(message, field.name, "x" if field.type == field.TYPE_STRING else 999999)


def refused(socket, message, request):
    """Whether the hub says that the sender may not; known by its answer to the question behind."""
    message.version, message.request = 1, request
    socket.send(message.SerializeToString())
    after = bus.Message(version=1, request=request + 1, status_wanted={})
    socket.send(after.SerializeToString())
    no = False
    while True:
        answer = bus.Message.FromString(socket.recv())
        if answer.request == request and answer.WhichOneof("body") == "error":
            no = no or " may not " in answer.error.reason
        if answer.request == request + 1:
            return no


def attempts():
    """(what, message, who may send it) for each kind, and for what a kind alone does not tell."""
    for field in bus.Message.DESCRIPTOR.oneofs_by_name["body"].fields:
        if field.name in ("hello", "task_done"):
            continue
        message = bus.Message()
        fill(getattr(message, field.name))
        getattr(message, field.name).SetInParent()
        yield field.name, message, MAY_SEND.get(field.name, set())
    for role in sorted(WORKERS):
        hello = {"role": role, "name": "x", "build": "x"}
        yield f"hello as {role}", bus.Message(hello=hello), {role}
    for result, role in RESULT_OF.items():
        message = bus.Message(task_done={"task": 999999})
        fill(getattr(message.task_done, result))
        getattr(message.task_done, result).SetInParent()
        yield f"result {result}", message, {role}
    yield "no result", bus.Message(task_done={"task": 999999}), set()
    yield "hand_in of a pack", bus.Message(hand_in={"pack": True}), set()
    yield "hand_in to try out", bus.Message(hand_in={"dry_run": True}), set()


def test_each_role_may_send_what_the_table_says_and_nothing_else():
    with Keyed(UP) as service:
        sockets = {role: service.speak("hub", service.new_key(role, role)) for role in ROLES}
        both = service.new_key("both", "reader,depositor")
        sockets["reader,depositor"] = service.speak("hub", both)
        wrong, request, cells = [], 0, 0
        for what, message, allowed in attempts():
            for role, socket in sockets.items():
                request += 2
                cells += 1
                may = "admin" == role or bool(allowed & set(role.split(",")))
                if (what, role) == ("hand_in to try out", "reader,depositor"):
                    may = True
                if refused(socket, message, request) == may:
                    wrong.append(f"{role} {'may not' if may else 'may'} send {what}")
        assert not wrong, wrong
        assert cells > 300, cells
        assert json.loads(service.run("status", "--json").stdout)["releases"] == 0


def test_secrets_of_subscriptions_are_for_who_signs_with_them():
    with Keyed(UP) as service:
        admin, publishing = (service.speak("hub", service.new_key(role, role)) for role in ("admin", "publishing"))
        new = {"subscription": {"name": "desk", "url": "https://example.org/"}}
        secret, = ask(admin, subscribe=new).subscriptions.subscriptions[0].secrets
        assert "may not read the secrets" in ask(admin, subscriptions_wanted={"secrets": True}).error.reason
        assert not ask(admin, subscriptions_wanted={}).subscriptions.subscriptions[0].secrets
        assert not ask(publishing, subscriptions_wanted={}).subscriptions.subscriptions[0].secrets
        told = ask(publishing, subscriptions_wanted={"secrets": True}).subscriptions.subscriptions[0]
        assert told.secrets == [secret]
        newer, = ask(admin, change_subscription={"name": "desk", "action": "rotate"}).subscriptions \
            .subscriptions[0].secrets
        told = ask(publishing, subscriptions_wanted={"secrets": True}).subscriptions.subscriptions[0]
        assert told.secrets == [newer, secret]


def test_who_only_asks_may_not_send_what_takes_much_to_read():
    with Keyed(UP) as service:
        reader = service.speak("hub", service.new_key("reader", "reader"))
        status = bus.Message(version=1, request=1, status_wanted={}).SerializeToString()
        unknown = b"\xc2\x3e\x00"  # field 1000, empty
        reader.send(status + unknown * 10000)
        assert bus.Message.FromString(reader.recv()).WhichOneof("body") == "status"
        reader.send(status + unknown * 400000)
        answer = bus.Message.FromString(reader.recv())
        assert "may not send so large a message" in answer.error.reason, answer
        assert ask(reader, 2, status_wanted={}).WhichOneof("body") == "status"


def strangers(service):
    """(what, socket options) of clients that hold no allowed key."""
    good = read_key(service.new_key("good", "reader"))
    gone = read_key(service.new_key("gone", "admin"))
    service.run("key", "revoke", "gone")
    public, secret = (half.decode() for half in zmq.curve_keypair())
    yield "no key", None
    yield "a password", "PLAIN"
    yield "an unknown key", dict(good, public=public, secret=secret)
    yield "another's public key without its secret", dict(good, secret=secret)
    yield "another service's key", dict(good, service=public)
    yield "a revoked key", gone


def test_whoever_holds_no_allowed_key_is_not_heard_at_any_door():
    with Keyed(UP) as service:
        for what, key in strangers(service):
            for door in ("hub", "replay", "events"):
                kind = zmq.SUB if door == "events" else zmq.DEALER
                if isinstance(key, dict):
                    socket = service.speak(door, key, kind)
                else:
                    socket = service.context.socket(kind)
                    if key == "PLAIN":
                        socket.plain_username, socket.plain_password = b"admin", b"admin"
                    service.connect(socket, door)
                if kind == zmq.DEALER:
                    question = bus.Message(version=1, request=1, status_wanted={})
                    try:
                        socket.send(question.SerializeToString(), zmq.NOBLOCK)
                    except zmq.Again:
                        pass  # turned away already: libzmq gives up such a connection, and its queue
                # A client that has the wrong key of the service is cut off without a word.
                await_event(socket, TURNED_AWAY + (zmq.EVENT_DISCONNECTED,))
                assert not socket.poll(200), f"with {what} {door} answered"
                socket.close()
        assert not any("worker joined" in line and "key=none" not in line for line in service.said)
        reader = service.speak("hub", service.state / "keys" / "good.key")
        assert ask(reader, status_wanted={}).WhichOneof("body") == "status"


def test_a_key_for_other_things_does_not_hear_events():
    with Keyed(UP) as service:
        key = service.new_key("worker", "scoring")
        answer = ask(service.speak("replay", key), events_wanted={"after": 0})
        assert "may not hear events" in answer.error.reason, answer
        await_event(service.speak("events", key, zmq.SUB), TURNED_AWAY)
        reader = service.new_key("reader", "reader")
        answer = ask(service.speak("replay", reader), withdraw={"release": 1, "reason": "x"})
        assert "only events" in answer.error.reason, answer


def follow(service, key):
    """Somebody at all three doors, of whom each has heard something, and who waits for more."""
    hub, replay = service.speak("hub", key), service.speak("replay", key)
    newest = ask(hub, status_wanted={}).status.newest_event
    events = service.speak("events", key, zmq.SUB)
    assert events.recv_multipart()[0] == b"heartbeat"
    for socket in (hub, replay):
        question = {"after": newest, "wait_ms": 60000}
        assert ask(socket, events_wanted={"after": 0}).events.newest == newest
        socket.send(bus.Message(version=1, request=9, events_wanted=question).SerializeToString())
    return hub, replay, events


def heard(events):
    """What came to a SUB socket, without the heartbeats."""
    topics = []
    while events.poll(0):
        topics.append(events.recv_multipart()[0])
    return [topic for topic in topics if topic != b"heartbeat"]


def test_a_key_that_is_revoked_is_out_at_once_wherever_it_is_connected():
    with Keyed(UP) as service:
        service.run("load", ENGLAND)
        leaver = follow(service, service.new_key("leaver", "reader"))
        stayer = follow(service, service.new_key("stayer", "reader"))
        service.run("key", "revoke", "leaver")
        back = time.monotonic()
        await_event(leaver[2], (zmq.EVENT_DISCONNECTED,))
        print(f"a revoked subscriber was cut off {time.monotonic() - back:.3f} s after the command")
        service.run("ingest", NEWER)
        for socket in leaver[:2]:
            answer = bus.Message.FromString(socket.recv())
            assert "not allowed here any more" in answer.error.reason, answer
            answer = ask(socket, request=10, events_wanted={"after": 0})
            assert "not allowed here any more" in answer.error.reason, answer
        for socket in stayer[:2]:
            answer = bus.Message.FromString(socket.recv())
            assert answer.request == 9 and len(answer.events.events) > 0, answer
        # When the one who stays has heard a heartbeat again, the other could have, too.
        while stayer[2].recv_multipart()[0] != b"heartbeat":
            pass
        assert heard(leaver[2]) == []


def test_others_come_back_and_miss_nothing_when_a_key_is_revoked():
    with Keyed(UP) as service:
        service.run("load", ENGLAND)
        local = service.context.socket(zmq.SUB)
        local.rcvtimeo = 30000
        local.subscribe(b"")
        local.connect(f"ipc://{service.state}/events")
        events = service.speak("events", service.new_key("stayer", "reader"), zmq.SUB)
        for turn in range(8):
            name = f"guest-{turn}"
            guest = service.speak("events", service.new_key(name, "reader"), zmq.SUB)
            assert guest.recv_multipart()[0] == b"heartbeat"
            service.run("key", "revoke", name)
            await_event(guest, (zmq.EVENT_DISCONNECTED,))
            guest.close()
            await_event(events, (zmq.EVENT_DISCONNECTED,))
            await_event(events, (zmq.EVENT_HANDSHAKE_SUCCEEDED,))
        while events.poll(0):
            events.recv_multipart()
        while events.recv_multipart()[0] != b"heartbeat":
            pass
        service.run("ingest", NEWER)
        seen = {"remote": [], "local": []}
        for name, socket in (("remote", events), ("local", local)):
            while (parts := socket.recv_multipart())[0] != b"published":
                seen[name].append(tuple(parts))
        ours = [parts for parts in seen["local"] if parts[0] != b"heartbeat"]
        assert [parts for parts in seen["remote"] if parts[0] != b"heartbeat"] == ours
        assert len(ours) > 300, len(ours)


def test_nobody_takes_the_answer_to_what_another_key_hands_in():
    hand_in = {"files": [{"name": NEWER.name, "content": NEWER.read_bytes()}]}
    roles = ("hub", *LISTEN), ("publishing", *LISTEN), ("scoring",), ("comparison",)
    with Keyed(*roles) as service:
        first, second, third = (service.speak("hub", service.new_key(name, "depositor"))
                                for name in ("first", "second", "third"))
        reader = service.speak("hub", service.new_key("reader", "reader"))
        # No ingestion worker yet: each waits, and is in the queue when the hub has answered it.
        for request, socket in enumerate((first, second, third), 5):
            question = bus.Message(version=1, request=request, hand_in=hand_in)
            socket.send(question.SerializeToString())
            assert "may not" in ask(socket, status_wanted={}).error.reason
        assert ask(reader, status_wanted={}).status.tasks_ready == 3
        service.run("key", "revoke", "second")
        assert "not allowed here any more" in bus.Message.FromString(second.recv()).error.reason
        assert ask(reader, status_wanted={}).status.tasks_ready == 2
        service.start("ingestion")
        for request, socket in ((5, first), (7, third)):
            answer = bus.Message.FromString(socket.recv())
            assert answer.request == request, answer
            assert answer.WhichOneof("body") == "refusal", answer  # there is no pack yet


def test_a_worker_and_a_depositor_with_keys_make_an_edition_over_tcp():
    roles = ("hub", *LISTEN), ("publishing", *LISTEN), ("ingestion",), ("comparison",)
    with Keyed(*roles) as service:
        scorer = service.new_key("scorer", "scoring")
        giver = service.new_key("giver", "depositor")
        reader = service.new_key("paper", "reader")
        service.start("scoring", "--hub", service.doors["hub"], "--key", scorer)
        service.run("load", ENGLAND)
        at_hub = ("--hub", service.doors["hub"])
        done = service.run("ingest", NEWER, *at_hub, "--key", giver)
        assert "accepted as release 42" in done.stdout, done
        assert "may not hear events" in done.stderr, done
        heard_of = service.run("watch", "--replay", service.doors["replay"], "--key", reader,
                               "--after", 0, "--topic", "edition", "--count", 2).stdout
        assert "edition 2: 307 places ranked" in heard_of, heard_of
        names = {"MINDEX_KEY": str(reader)}
        assert "Blackpool" in service.run("ranks", *at_hub, env=dict(os.environ, **names)).stdout
        for what in (("withdraw", 1, "--reason", "x"), ("load", ENGLAND), ("status",),
                     ("ingest", "--dry-run", NEWER)):
            no = service.run(*what, *at_hub, "--key", giver, check=False)
            assert no.returncode != 0 and "may not" in no.stderr, no
        for what, it in ((("tasks",), "read the list of tasks"),
                         (("tasks", "retry", "--all"), "retry or drop tasks"),
                         (("tasks", "drop", 1), "retry or drop tasks")):
            no = service.run(*what, *at_hub, "--key", reader, check=False)
            assert no.returncode != 0 and f"may not {it}" in no.stderr, no
        workers = json.loads(service.run("status", "--json").stdout)["workers"]
        assert [worker["done"] for worker in workers if worker["role"] == "scoring"] == [2]
        service.run("key", "revoke", "scorer")
        service.wait_for("worker gone.*worker_role=scoring why=\"its key")
        service.wait_for("role=scoring msg=\"refused by the hub\".*'scorer' is not allowed")
        workers = json.loads(service.run("status", "--json").stdout)["workers"]
        assert {worker["role"] for worker in workers} == WORKERS - {"scoring"}
        no_secret_is_seen(service)


def no_secret_is_seen(service):
    """Neither in what processes were started with, nor in what they said."""
    secrets = [read_key(path)["secret"] for path in (service.state / "keys").glob("*.key")]
    assert len(secrets) == 4
    for process in service.processes:
        for name in ("cmdline", "environ"):
            shown = pathlib.Path(f"/proc/{process.pid}/{name}").read_bytes()
            assert shown and not any(secret.encode() in shown for secret in secrets)
    assert not any(secret in line for line in service.said for secret in secrets)


def test_figures_of_a_held_release_are_kept_from_readers():
    with Keyed(UP) as service:
        service.run("load", ENGLAND)
        service.run("ingest", "--publish-at", "2099-01-01T00:00:00Z", NEWER)
        with sqlite3.connect(f"file:{service.state}/mindex.db?mode=ro", uri=True) as database:
            of = "SELECT observations_hash FROM release WHERE turn "
            held, = database.execute(of + "IS NULL").fetchone()
            known, = database.execute(of + "= 1").fetchone()
            scores, = database.execute("SELECT scores FROM edition").fetchone()
        reader = service.speak("hub", service.new_key("paper", "reader"))
        for number, (digest, there) in enumerate(((known, True), (scores, True), (held, False))):
            answer = ask(reader, number + 1, blob_wanted={"hash": digest})
            assert answer.blob.HasField("content") == there, digest
        told = ask(reader, 9, releases_wanted={}).releases.releases
        assert len(told) == 41 and not any(release.state == "held" for release in told)
        assert not ask(reader, 10, releases_wanted={"release": 42}).releases.releases
        assert ask(reader, 11, status_wanted={}).status.releases == 41
        worker = service.speak("hub", service.new_key("worker", "ingestion"))
        assert ask(worker, blob_wanted={"hash": held}).blob.HasField("content")


def test_the_service_outlives_what_strangers_throw_at_it():
    with Keyed(UP) as service:
        reader = service.speak("hub", service.new_key("paper", "reader"))
        assert ask(reader, 1, status_wanted={}).WhichOneof("body") == "status"
        dice = random.Random(5)
        silent = []
        for door, endpoint in service.doors.items():
            host, port = endpoint.removeprefix("tcp://").split(":")
            for number in range(500):
                connection = plain_socket.create_connection((host, int(port)))
                connection.settimeout(30)
                if number % 4 == 0:
                    connection.sendall(b"GET / HTTP/1.1\r\nHost: mindex\r\n\r\n")
                elif number % 4 == 1:
                    connection.sendall(dice.randbytes(200))
                elif number % 4 == 2:  # ZMTP's greeting, and a frame that claims to be huge
                    connection.sendall(b"\xff" + bytes(8) + b"\x7f\x03\x00CURVE" + bytes(48) +
                                       b"\x02\xff\xff\xff\xff\xff\xff\xff\xff")
                silent.append(connection)
        assert ask(reader, 2, status_wanted={}).WhichOneof("body") == "status"
        another = service.speak("hub", service.state / "keys" / "paper.key")
        assert ask(another, 3, status_wanted={}).WhichOneof("body") == "status"
        for connection in silent:  # each is closed by the service: at once, or when it says nothing
            try:
                while connection.recv(4096):
                    pass
            except ConnectionResetError:
                pass
            connection.close()
        assert ask(reader, 4, status_wanted={}).WhichOneof("body") == "status"


run([test_each_role_may_send_what_the_table_says_and_nothing_else,
     test_secrets_of_subscriptions_are_for_who_signs_with_them,
     test_who_only_asks_may_not_send_what_takes_much_to_read,
     test_whoever_holds_no_allowed_key_is_not_heard_at_any_door,
     test_a_key_for_other_things_does_not_hear_events,
     test_a_key_that_is_revoked_is_out_at_once_wherever_it_is_connected,
     test_others_come_back_and_miss_nothing_when_a_key_is_revoked,
     test_nobody_takes_the_answer_to_what_another_key_hands_in,
     test_a_worker_and_a_depositor_with_keys_make_an_edition_over_tcp,
     test_figures_of_a_held_release_are_kept_from_readers,
     test_the_service_outlives_what_strangers_throw_at_it])
