"""What the status tells of who follows the events, of the inbox and of what went wrong, to whom it may be
told; and that a command for people says what to do about it. Versions are test_protocols.py's."""
import json
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import small
from bus import Peer
from keyed import Keyed, ask
from suite import run, until

NOBODY = "http://127.0.0.1:1024/hook"  # where nobody takes what is sent


class Loaded(Keyed):
    """A service that others can reach, with the small pack and its first edition."""

    def __init__(self, *options):
        super().__init__(("up", "--listen", "tcp://127.0.0.1:*", *options))

    def __enter__(self):
        super().__enter__()
        (self.state / "webhooks.allow").write_text("127.0.0.1\n")
        (self.state / "webhooks.allow").chmod(0o600)
        self.run("load", small.write(small.pack(), self.state.parent / "pack"))
        return self

    def status(self):
        return json.loads(self.run("status", "--json").stdout)

    def subscriber(self, holds):
        """The status's first subscriber of which it holds, with the whole of it."""
        def found():
            status = self.status()
            return next(((one, status) for one in status["subscribers"] if holds(one)), None)
        return until(found, "a subscriber")


def test_each_channel_tells_how_far_who_follows_it_is():
    with Loaded("--http", "http://127.0.0.1:*") as service:
        with Peer(f"ipc://{service.state}/replay") as local:
            local.ask(events_wanted={"after": 1, "limit": 1})
            one, status = service.subscriber(lambda one: one["kind"] == "replay" and one["after"] == 1)
            assert one["name"] == "local" and one["lag"] == status["newest_event"] - 1, one
            local.send(events_wanted={"after": status["newest_event"], "wait_ms": 60000, "topics": ["none"]})
            service.subscriber(lambda one: one["kind"] == "replay" and one["lag"] == 0)
            # Nothing that it wants comes: it has everything all the same, for it waits.
            with Peer(f"ipc://{service.state}/hub") as peer:
                peer.ask(**small.hand_in({"pay-2026.csv": small.release(20, 3)}, accept_warnings=True))
            until(lambda: service.status()["published"] == 2, "the second edition")
            one, status = service.subscriber(lambda one: one["kind"] == "replay" and one["lag"] == 0)
            assert one["after"] == status["newest_event"] > 10, one
        keyed = service.speak("replay", service.new_key("warehouse", "reader"))
        ask(keyed, events_wanted={"after": 3, "limit": 1})
        service.subscriber(lambda one: one["name"] == "warehouse" and one["after"] == 3)
        service.run("subscribe", "new", "desk", "--url", NOBODY, "--after", "0")
        one, status = service.subscriber(lambda one: one["name"] == "desk" and one["attempts"])
        assert (one["kind"], one["state"], one["lag"]) == ("webhook", "active", status["newest_event"]), one
        assert status["subscribers"][0]["lag"] == max(one["lag"] for one in status["subscribers"])
        assert status["subscribers_total"] == len(status["subscribers"]) == 3, status["subscribers"]
        text = service.run("status").stdout
        assert all(word in text for word in ("channel", "desk", "warehouse", "local")), text


def test_webhooks_that_rest_hide_nobody_who_is_behind():
    with Loaded("--http", "http://127.0.0.1:*") as service, Peer(f"ipc://{service.state}/hub") as hub:
        for i in range(201):
            name = f"paused-{i}"
            hub.ask(subscribe={"subscription": {"name": name, "url": NOBODY, "after": 0}})
            assert not hub.ask(change_subscription={"name": name, "action": "pause"}).HasField("error")
        hub.ask(subscribe={"subscription": {"name": "desk", "url": NOBODY, "after": 1}})
        status = service.status()
        first, *others = status["subscribers"]
        assert first["name"] == "desk" and first["lag"] == status["newest_event"] - 1 > 0, first
        assert len(others) == 199 and all(one["state"] == "paused" and one["lag"] > first["lag"] for one in others)
        assert "... and 2 subscribers more, less behind, paused or disabled" in service.run("status").stdout


def test_webhooks_that_were_given_up_leave_room_for_other_concerns():
    with Loaded() as service, Peer(f"ipc://{service.state}/hub") as hub, Peer(f"ipc://{service.state}/hub") as worker:
        for i in range(40):
            name = f"gone-{i}"
            hub.ask(subscribe={"subscription": {"name": name, "url": NOBODY}})
            assert not hub.ask(deliveries_made={"subscription": name, "disable": "a test"}).HasField("error")
        worker.send(hello={"role": "scoring", "name": "played", "build": "9", "protocol": 0})
        assert worker.receive(30).HasField("error")
        attention = service.status()["attention"]
        assert any("the last error is" in line for line in attention), attention
        assert any("the webhook 'gone-" in line for line in attention), attention


def test_a_reader_hears_no_names_and_no_reasons():
    with Loaded() as service:
        service.run("subscribe", "new", "desk", "--url", NOBODY, "--after", "0")
        with Peer(f"ipc://{service.state}/hub") as peer:
            peer.send(hello={"role": "scoring", "name": "played", "build": "9", "protocol": 0})
            assert "worker protocol" in peer.receive(30).error.reason
        reader = ask(service.speak("hub", service.new_key("reader", "reader")), status_wanted={}).status
        admin = ask(service.speak("hub", service.new_key("admin", "admin")), status_wanted={}).status
        assert not reader.subscribers and [one.name for one in admin.subscribers] == ["desk"]
        assert reader.subscribers_total == 1 and reader.subscriptions == 1
        assert reader.last_error.role == "scoring" and reader.last_error.text == "not told to readers"
        assert "worker protocol" in admin.last_error.text
        assert reader.last_release.dataset and reader.protocol == admin.protocol


def test_a_release_that_is_held_is_not_the_last_one_that_is_told_of():
    with Loaded() as service:
        last = service.status()["last_release"]
        path = service.state.parent / "held.csv"
        path.write_text(small.release(20, 7))
        service.run("ingest", "--dataset", "pay", "--label", "held", "--publish-at", "2099-01-01T00:00:00Z", path)
        assert service.status()["last_release"] == last
        path.write_text(small.release(20, 8))
        service.run("ingest", "--accept-warnings", "--dataset", "soot", "--label", "now", path)
        now = service.status()["last_release"]
        assert now["label"] == "now" and now["release"] > last["release"] + 1 and len(now["request_id"]) == 16, now


def test_an_error_is_told_with_its_request_and_what_to_do():
    with Loaded() as service:
        until(lambda: service.status()["published"] == 1, "the first edition")
        attention = [line for line in service.status()["attention"] if "disk has" not in line]  # this machine's
        assert attention == [], attention
        editions = service.state / "editions"
        editions.rename(service.state / "away")
        editions.write_text("no folder")  # publishing fails from here on
        path = service.state.parent / "pay.csv"
        path.write_text(small.release(20, 3))
        done = json.loads(service.run("ingest", "--accept-warnings", "--no-wait", "--dataset", "pay", "--label",
                                      "2026", "--json", path).stdout)
        status = until(lambda: (status := service.status())["last_error"] and status, "the error")
        error = status["last_error"]
        assert error["role"] == "publishing" and error["request_id"] == done["request_id"], (error, done)
        assert error["request_id"] == status["last_release"]["request_id"]
        assert [role["errors"] for role in status["roles"]][:3] == [0, 0, 0] and status["errors"] == 0
        assert any(line.startswith("the last error is ") for line in status["attention"]), status["attention"]
        editions.unlink()
        (service.state / "away").rename(editions)
        until(lambda: service.status()["published"] == 2, "the second edition")
        (service.state / "inbox" / "nothing.csv").write_text("no such data\n")
        status = until(lambda: (status := service.status())["inbox_rejected"] == 1 and status, "the rejected file")
        assert status["inbox_waiting"] == 0 and status["inbox_oldest"] is None
        assert "1 file of the inbox was rejected" in service.run("status").stdout
        assert status["disk_size_bytes"] > status["disk_free_bytes"] > 0 < status["database_bytes"]


run([case for name, case in list(globals().items()) if name.startswith("test_")])
