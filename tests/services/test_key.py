"""`mindex key`, the files that it keeps, and the endpoints that are not served without keys."""
import contextlib
import json
import os
import pathlib
import shutil
import stat
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import zmq
from keyed import Keyed, ask, read_key
from suite import MINDEX, run

LISTEN = ("--listen", "tcp://127.0.0.1:*")


class Folder:
    """A state folder without a service."""

    def __enter__(self):
        self.home = tempfile.TemporaryDirectory(prefix="mindex-test-")
        self.state = pathlib.Path(self.home.name) / "state"
        self.keys = self.state / "keys"
        return self

    def __exit__(self, *_):
        self.home.cleanup()

    def run(self, *arguments, state=None):
        return subprocess.run([MINDEX, *map(str, arguments), "--state", str(state or self.state)],
                              text=True, capture_output=True, timeout=60)

    def listed(self):
        return {key["name"]: key for key in json.loads(self.run("key", "list", "--json").stdout)}


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_keys_are_files_of_one_owner_whatever_the_mask():
    with Folder() as folder:
        before = os.umask(0)
        try:
            assert folder.run("key", "new", "paper", "--role", "reader,depositor").returncode == 0
        finally:
            os.umask(before)
        assert mode(folder.keys) == 0o700
        for name in ("paper.key", "service.key", "allowed"):
            assert mode(folder.keys / name) == 0o600, name
        key, service = read_key(folder.keys / "paper.key"), read_key(folder.keys / "service.key")
        assert key["service"] == service["public"] and key["secret"] != service["secret"]
        assert zmq.curve_public(key["secret"].encode()).decode() == key["public"]
        assert service["secret"] not in (folder.keys / "service.pub").read_text()
        listed = folder.listed()
        assert listed["paper"]["roles"] == "reader,depositor" and listed["paper"]["revoked"] is None
        assert not list(folder.keys.glob("*.new*"))


def test_who_starts_the_service_can_hold_its_key():
    with Folder() as folder, tempfile.TemporaryDirectory() as given:
        assert folder.run("key", "new", "first", "--role", "reader").returncode == 0
        held = pathlib.Path(given) / "service.key"
        (folder.keys / "service.key").rename(held)
        # Whoever makes keys has the public half, and makes no other key of the service.
        assert folder.run("key", "new", "second", "--role", "reader").returncode == 0
        assert not (folder.keys / "service.key").exists()
        assert read_key(folder.keys / "second.key")["service"] == read_key(held)["public"]
        os.environ["CREDENTIALS_DIRECTORY"] = given
        try:
            service = Keyed(("up", *LISTEN))
            service.__enter__()
        finally:
            del os.environ["CREDENTIALS_DIRECTORY"]
        with contextlib.ExitStack() as at_end:
            at_end.push(service.__exit__)
            key = service.new_key("paper", "reader")
            assert read_key(key)["service"] == read_key(held)["public"]
            assert ask(service.speak("hub", key), 1, status_wanted={}).WhichOneof("body") == "status"
            assert not (service.state / "keys" / "service.key").exists()


def test_the_services_public_key_is_that_of_its_secret():
    with Folder() as folder, Folder() as other:
        for each in (folder, other):
            assert each.run("key", "new", "first", "--role", "reader").returncode == 0
        shutil.copy(other.keys / "service.key", folder.keys / "service.key")
        assert folder.run("key", "new", "second", "--role", "reader").returncode == 0
        public = read_key(other.keys / "service.key")["public"]
        assert read_key(folder.keys / "service.pub")["public"] == public
        assert read_key(folder.keys / "second.key")["service"] == public


def test_a_name_stands_for_one_key_for_ever():
    with Folder() as folder:
        assert folder.run("key", "new", "paper", "--role", "reader").returncode == 0
        whole = (folder.keys / "paper.key").read_text()
        again = folder.run("key", "new", "paper", "--role", "admin")
        assert again.returncode == 1 and "a name stands for one key" in again.stderr, again
        assert folder.run("key", "revoke", "paper").returncode == 0
        (folder.keys / "paper.key").unlink()
        again = folder.run("key", "new", "paper", "--role", "reader")
        assert again.returncode == 1 and "which is revoked" in again.stderr, again
        (folder.keys / "paper.key").write_text(whole)
        other = folder.run("key", "allow", "other", folder.keys / "paper.key", "--role", "reader")
        assert other.returncode == 1 and "this key is revoked, as 'paper'" in other.stderr, other
        back = folder.run("key", "allow", "paper", folder.keys / "paper.key", "--role", "scoring")
        assert back.returncode == 0, back
        assert folder.listed()["paper"]["roles"] == "scoring"
        assert folder.listed()["paper"]["revoked"] is None


def test_what_cannot_be_is_refused_and_changes_nothing():
    with Folder() as folder:
        assert folder.run("key", "new", "paper", "--role", "reader").returncode == 0
        before = sorted((path.name, path.read_bytes()) for path in folder.keys.iterdir())
        for arguments, status, word in (
                (("new", "x", "--role", "reeder"), 2, "did you mean 'reader'?"),
                (("new", "x", "--role", "king"), 2, "the roles are reader, "),
                (("new", "x"), 2, "--role ROLE at the service"),
                (("new", "../x", "--role", "reader"), 2, "is no name for a key"),
                (("new", "x" * 60, "--role", "reader"), 2, "is no name for a key"),
                (("new", "service", "--role", "reader"), 1, "the service's own key"),
                (("allow", "x", "/dev/null", "--role", "reader"), 1, "is no key file"),
                (("allow", "x", "/nowhere", "--role", "reader"), 1, "cannot be read"),
                (("revoke", "nobody"), 4, "there is no key 'nobody'"),
                (("remove", "paper"), 2, "takes new, allow, revoke or list")):
            done = folder.run("key", *arguments)
            assert done.returncode == status and word.replace(", ", ",") in done.stderr.replace(
                ", ", ","), (arguments, done)
        assert before == sorted((path.name, path.read_bytes()) for path in folder.keys.iterdir())


def test_two_keys_made_at_once_are_both_in_the_list():
    with Folder() as folder:
        making = [subprocess.Popen([MINDEX, "key", "new", f"key-{number}", "--role", "reader",
                                    "--state", str(folder.state)], stdout=subprocess.DEVNULL)
                  for number in range(12)]
        assert [process.wait(60) for process in making] == [0] * 12
        assert set(folder.listed()) == {f"key-{number}" for number in range(12)}


def test_a_secret_that_others_may_read_is_not_used():
    with Folder() as folder:
        folder.run("key", "new", "paper", "--role", "reader")
        key = folder.keys / "paper.key"
        for bits in (0o640, 0o604, 0o620):
            key.chmod(bits)
            no = folder.run("status", "--hub", "tcp://127.0.0.1:9", "--key", key)
            assert no.returncode == 1 and f"chmod 600 {key}" in no.stderr, no
        key.chmod(0o600)
        (folder.keys / "service.key").chmod(0o644)
        no = folder.run("hub", *LISTEN)
        assert no.returncode == 1 and "chmod 600" in no.stderr, no
        assert read_key(key)["secret"] not in no.stderr


def test_a_list_that_others_may_write_allows_nobody():
    with Keyed(("up", *LISTEN)) as service:
        reader = service.speak("hub", service.new_key("paper", "reader"))
        assert ask(reader, 1, status_wanted={}).WhichOneof("body") == "status"
        (service.state / "keys" / "allowed").chmod(0o666)
        assert "not allowed here any more" in ask(reader, 2, status_wanted={}).error.reason
        service.wait_for("nobody is allowed.*chmod 600")
        (service.state / "keys" / "allowed").chmod(0o600)
        assert ask(reader, 3, status_wanted={}).WhichOneof("body") == "status"


def test_the_secret_of_a_key_made_elsewhere_never_leaves():
    with Folder() as elsewhere, Keyed(("up", *LISTEN)) as service:
        pub = pathlib.Path(shutil.copy(service.state / "keys" / "service.pub", elsewhere.home.name))
        made = elsewhere.run("key", "new", "scorer", "--service", pub)
        assert made.returncode == 0 and "mindex key allow scorer" in made.stdout, made
        carried = elsewhere.keys / "scorer.pub"
        assert "secret" not in carried.read_text() and mode(elsewhere.keys / "scorer.key") == 0o600
        service.run("key", "allow", "scorer", carried, "--role", "scoring,reader")
        secret = read_key(elsewhere.keys / "scorer.key")["secret"]
        assert not any(secret.encode() in path.read_bytes() for path in service.state.rglob("*")
                       if path.is_file())
        there = elsewhere.run("status", "--hub", service.doors["hub"], "--key",
                              elsewhere.keys / "scorer.key")
        assert there.returncode == 0 and "events    0\n" in there.stdout, there


def test_a_role_that_is_taken_away_is_gone_at_the_next_message():
    with Keyed(("up", *LISTEN)) as service:
        key = service.new_key("paper", "reader")
        reader = service.speak("hub", key)
        assert ask(reader, 1, status_wanted={}).WhichOneof("body") == "status"
        service.run("key", "allow", "paper", key, "--role", "depositor")
        reason = ask(reader, 2, status_wanted={}).error.reason
        assert "(depositor) may not read the status" in reason, reason


def test_nothing_but_this_machine_is_bound_without_keys():
    with Folder() as folder:
        for endpoint in ("tcp://*:*", "tcp://0.0.0.0:*", "tcp://[::]:*", "tcp://lo:*",
                         "tcp://127.1:*", "tcp://127.0.0.1.example.org:*", "udp://127.0.0.1:5600",
                         "ws://127.0.0.1:*", "ipc://@mindex", "ipc://*", "vmci://*:*", "inproc://x"):
            for command in (("hub", "--hub", endpoint), ("publishing", "--events", endpoint),
                            ("publishing", "--replay", endpoint)):
                no = folder.run(*command)
                assert no.returncode == 1, (endpoint, no)
                assert "could speak there without a key" in no.stderr, no
                assert "--listen" in no.stderr, no
        for listen in ("*:5600", "tcp://5600", "ipc:///tmp/x:1", "tcp://*:0", "tcp://*:65534",
                       "tcp://*:x"):
            no = folder.run("up", "--listen", listen)
            assert no.returncode == 2 and "port" in no.stderr.lower(), (listen, no)


def test_nobody_waits_for_ever_where_a_key_is_asked_for():
    with Folder() as folder:
        for command in (("status", "--hub"), ("scoring", "--hub"), ("watch", "--replay"),
                        ("ingestion", "--hub"), ("publishing", "--hub")):
            no = folder.run(*command, "tcp://192.0.2.1:5600")
            assert no.returncode == 1 and "--key FILE" in no.stderr, (command, no)


def test_a_command_says_at_once_why_it_is_not_let_in():
    with Keyed(("up", *LISTEN)) as service:
        key = service.new_key("paper", "depositor")
        hub, replay = service.doors["hub"], service.doors["replay"]
        begun = time.monotonic()
        no = service.run("status", "--hub", hub, check=False)
        assert no.returncode == 1 and "asks for a key" in no.stderr, no
        no = service.run("watch", "--replay", replay, "--key", key, check=False)
        assert no.returncode == 1 and "may not hear events" in no.stderr, no
        service.run("key", "revoke", "paper")
        no = service.run("status", "--hub", hub, "--key", key, check=False)
        assert no.returncode == 1 and "does not let the key in" in no.stderr, no
        assert time.monotonic() - begun < 8  # without an answer it is 10 s for each
        no = service.run("scoring", "--hub", hub, "--key", key, check=False)
        assert no.returncode == 1 and "does not let the key in" in no.stderr, no


def test_sockets_and_figures_are_for_their_owner_alone():
    before = os.umask(0)
    try:
        with Keyed(("up", *LISTEN)) as service:
            ask(service.speak("hub", service.new_key("paper", "reader")), status_wanted={})
            for name in ("hub", "events", "replay", "mindex.db", "mindex.db-wal"):
                assert mode(service.state / name) & 0o077 == 0, name
    finally:
        os.umask(before)


run([test_keys_are_files_of_one_owner_whatever_the_mask,
     test_who_starts_the_service_can_hold_its_key,
     test_the_services_public_key_is_that_of_its_secret,
     test_a_name_stands_for_one_key_for_ever,
     test_what_cannot_be_is_refused_and_changes_nothing,
     test_two_keys_made_at_once_are_both_in_the_list,
     test_a_secret_that_others_may_read_is_not_used,
     test_a_list_that_others_may_write_allows_nobody,
     test_the_secret_of_a_key_made_elsewhere_never_leaves,
     test_a_role_that_is_taken_away_is_gone_at_the_next_message,
     test_nothing_but_this_machine_is_bound_without_keys,
     test_nobody_waits_for_ever_where_a_key_is_asked_for,
     test_a_command_says_at_once_why_it_is_not_let_in,
     test_sockets_and_figures_are_for_their_owner_alone])
