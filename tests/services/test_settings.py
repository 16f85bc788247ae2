"""Where a setting is from: the command line, the environment, the one file, its default; and what a
running service takes when it reads the file again."""
import contextlib
import itertools
import json
import os
import pathlib
import pty
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import bus
import small
from suite import MINDEX, Service, run, until

SECONDS = 30  # after which it will not come any more
PLAIN = {name: value for name, value in os.environ.items() if not name.startswith("MINDEX_")}


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory(prefix="mindex-settings-") as home:
        yield pathlib.Path(home)


def mindex(home, *arguments, env=None, status=0):
    """What it printed, on both."""
    done = subprocess.run([MINDEX, *map(str, arguments)], cwd=home, env={**PLAIN, **(env or {})}, text=True,
                          capture_output=True, timeout=SECONDS, check=False)
    assert done.returncode == status, (arguments, done.returncode, done.stderr)
    return done.stdout + done.stderr


def show(home, *arguments, env=None):
    return {row["key"]: row for row in json.loads(mindex(home, "config", "show", "--json", *arguments, env=env))}


# --- precedence ---------------------------------------------------------------------------------


def test_the_command_line_goes_before_the_environment_that_before_the_file_that_before_the_default():
    keys = {  # by flag, environment, file, default
        "hub.retry_ms": (1, 2, 3, 200),
        "log.level": ("debug", "warning", "error", "info"),
        "hub": ("ipc:///a", "tcp://10.0.0.1:1", "tcp://10.0.0.2:2", None),
        "http-name": ("a.org", "b.org", "c.org,d.org", None),
    }
    variables = {"hub.retry_ms": "MINDEX_HUB_RETRY_MS", "log.level": "MINDEX_LOG_LEVEL", "hub": "MINDEX_HUB",
                 "http-name": "MINDEX_HTTP_NAME"}
    with folder() as home:
        for by_flag, by_environment, by_file in itertools.product((True, False), repeat=3):
            (home / "mindex.conf").write_text("".join(f"{key} = {values[2]}\n" for key, values in keys.items())
                                              if by_file else "")
            flags = [f"--set={key}={values[0]}" for key, values in keys.items()] if by_flag else []
            env = {variables[key]: str(values[1]) for key, values in keys.items()} if by_environment else {}
            shown = show(home, "--config", "mindex.conf", *flags, env=env)
            wins = 0 if by_flag else 1 if by_environment else 2 if by_file else 3
            for line, (key, values) in enumerate(keys.items(), 1):
                assert shown[key]["value"] == values[wins], (key, shown[key])
                assert shown[key]["default"] == values[3]
                source = ("flag", variables[key], f"line {line}", "default")[wins]
                assert shown[key]["from"] == source + (f", before line {line}" if wins < 2 and by_file else ""), \
                    shown[key]


def test_a_flag_of_a_key_is_as_good_as_set_and_the_last_one_holds():
    with folder() as home:
        assert show(home, "--hub", "ipc:///a")["hub"]["value"] == "ipc:///a"
        assert show(home, "--set", "hub=ipc:///b", "--hub", "ipc:///a")["hub"]["value"] == "ipc:///a"
        assert show(home, "--hub", "ipc:///a", "--set", "hub=ipc:///b")["hub"]["value"] == "ipc:///b"
        (home / "mindex.conf").write_text("key = elsewhere.key\n")
        shown = show(home, "--config", "mindex.conf", "--key", "")["key"]
        assert shown["value"] is None and shown["from"] == "flag, before line 1"


def test_an_empty_variable_is_none():
    with folder() as home:
        assert show(home, env={"MINDEX_HUB_RETRY_MS": "", "MINDEX_CONFIG": ""})["hub.retry_ms"]["from"] == "default"


def test_every_mistake_says_where_it_is_and_nothing_starts():
    with folder() as home:
        (home / "mindex.conf").write_text("hub.retry_ms = 0\n\nlog.levle = info\nhttp = 127.0.0.1\n")
        env = {"MINDEX_LOG_FORMAT": "xml", "MINDEX_CONFIG": "mindex.conf", "MINDEX_SCORING": "none"}
        for command in (["config", "check"], ["config", "show"], ["ranks"], ["hub"], ["up"]):
            said = mindex(home, *command, env=env, status=1)
            for words in ("MINDEX_LOG_FORMAT: found 'xml', expected one of: text json",
                          "MINDEX_SCORING: found 'none', expected a whole number from 1 to 256 (workers)",
                          "mindex.conf:1: hub.retry_ms: found '0', expected a whole number from 1 to 60000 (ms)",
                          "mindex.conf:3: there is no key 'log.levle'; did you mean 'log.level'?",
                          "mindex.conf:4: http: 127.0.0.1 is no place to be read at", "5 mistakes"):
                assert words in said, (command, words, said)
        assert sorted(path.name for path in home.iterdir()) == ["mindex.conf"], "something was begun"
        assert "#hub.retry_ms = 200" in mindex(home, "config", "default", env=env)
        said = mindex(home, "doctor", env=env, status=1)
        assert "mindex.conf" in said and "MINDEX_SCORING: found 'none'" in said and "and more" in said, said


def test_a_mistake_on_the_command_line_is_one_of_usage():
    with folder() as home:
        for arguments, words in ((["up", "--set", "hub.retry"], "--set takes KEY=VALUE, found 'hub.retry'"),
                                 (["up", "--set", "hub.retry=1"], "did you mean 'hub.retry_ms'?"),
                                 (["up", "--set", "hub.retry_ms=0"], "--set hub.retry_ms: found '0', expected"),
                                 (["up", "--scoring", "257"], "--scoring: found '257', expected"),
                                 (["up", "--config", ""], "--config takes FILE"),
                                 (["up", "--set", f"{'x' * 300}=1"], "there is no key"),
                                 (["up", "--set", f"key={'x' * 3000}"], "found 3000 characters, expected up to 1023")):
            assert words in mindex(home, *arguments, status=2), arguments


def test_what_the_whole_file_of_defaults_says_is_the_default():
    with folder() as home:
        (home / "mindex.conf").write_text(mindex(home, "config", "default"))
        assert "0 of 29 keys are set" in mindex(home, "config", "check", "mindex.conf")
        defaults = show(home)
        lines = (home / "mindex.conf").read_text().splitlines()
        keys = [line[1:].split(" =")[0] for line in lines if line.startswith("#") and not line.startswith(("# ", "#\n"))
                and " =" in line]
        assert keys == list(defaults), keys
        assert max(map(len, lines)) <= 100
        (home / "mindex.conf").write_text("\n".join(
            line[1:] if line.startswith("#") and line[1:2].isalpha() else line for line in lines) + "\n")
        shown = show(home, "--config", "mindex.conf")
        for key, row in shown.items():
            assert row["from"].startswith("line "), row
            assert {**row, "from": 0} == {**defaults[key], "from": 0}, row
        assert "29 of 29 keys are set" in mindex(home, "config", "check", "mindex.conf")


def test_check_looks_at_named_files_and_at_variables_that_are_nearly_settings():
    with folder() as home:
        said = mindex(home, "config", "check", env={"MINDEX_HUB_RETRY": "5", "MINDEX_KEY": "no.key",
                                                    "MINDEX_SERVICE_HOST": "10.0.0.1"}, status=1)
        assert "the environment has MINDEX_HUB_RETRY, which is no setting; did you mean MINDEX_HUB_RETRY_MS?" in said
        assert "key = no.key (MINDEX_KEY): No such file or directory" in said, said
        assert "SERVICE_HOST" not in said, said
        assert "nope: No such file" in mindex(home, "config", "check", "nope", status=4)
        (home / "mindex.conf").write_text("scoring = 3\nidle = 5\n")
        env = {"MINDEX_HUB_RETRY_MS": "5", "MINDEX_SCORING": "4"}
        assert "1 by the environment or the command line" not in mindex(home, "config", "check", "mindex.conf", env=env)
        assert "mindex.conf: 2 of 29 keys are set, 1 by the environment or the command line, the rest have" in mindex(
            home, "config", "check", "--config", "mindex.conf", env=env)


# --- which file ---------------------------------------------------------------------------------


def test_one_file_is_read_and_it_is_clear_which():
    def level(*arguments, env=None):
        return show(home, *arguments, env=env)["log.level"]["value"]

    with folder() as home:
        for name, value in (("a.conf", "debug"), ("b.conf", "warning"), ("state/mindex.conf", "error"),
                            ("mindex-state/mindex.conf", "info")):
            (home / name).parent.mkdir(exist_ok=True)
            (home / name).write_text(f"log.level = {value}\nhub.retry_ms = 7\n")
        env = {"MINDEX_CONFIG": "b.conf", "MINDEX_STATE": "state"}
        assert level("--config", "a.conf", "--state", "state", env=env) == "debug"
        assert level("--state", "state", env=env) == "warning"
        assert level(env={"MINDEX_STATE": "state"}) == "error"
        assert level("--state", "state") == level("--set", "state=state") == "error"
        assert level("--state", "none", env={"MINDEX_STATE": "state"}) == "info"
        assert show(home)["log.level"]["from"] == "line 1"
        # What the file has no word on is not looked for in another.
        (home / "a.conf").write_text("")
        assert show(home, "--config", "a.conf", env=env)["hub.retry_ms"]["from"] == "default"
        # A file that is named must be there; that of a state folder need not.
        assert "none.conf: cannot be read: No such file" in mindex(home, "config", "show", "--config", "none.conf",
                                                                   status=1)
        assert "none.conf" in mindex(home, "ranks", env={"MINDEX_CONFIG": "none.conf"}, status=1)
        assert "not there" in mindex(home, "config", "check", "--state", "none")


def test_an_installed_file_is_read_where_nothing_names_another():
    unshare = [shutil.which("unshare"), "--map-root-user", "--mount"]
    if not unshare[0] or subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode:
        print("skipped: no mount namespace can be had here to put a file at /etc/mindex")
        return
    script = ("mount -t tmpfs none /etc && mkdir /etc/mindex && printf 'hub.retry_ms = 9\\n%s' \"$0\" "
              '>/etc/mindex/mindex.conf && exec "$@"')
    with folder() as home:
        def installed(*arguments, more=""):
            done = subprocess.run([*unshare, "sh", "-c", script, more, MINDEX, "config", "show", "--json", *arguments],
                                  cwd=home, env=PLAIN, text=True, capture_output=True, check=True, timeout=SECONDS)
            shown = {row["key"]: row["value"] for row in json.loads(done.stdout)}
            return shown["hub.retry_ms"], shown["state"]
        assert installed() == (9, "/var/lib/mindex")
        assert installed("--config", "/etc/mindex/mindex.conf") == (9, "/var/lib/mindex")
        assert installed(more="state =") == (9, "/var/lib/mindex")
        assert installed(more="state = /srv/mindex") == (9, "/srv/mindex")
        assert installed("--state", "elsewhere") == (200, "elsewhere")
        (home / "mindex-state").mkdir()
        assert installed() == (200, "mindex-state")


# --- a running service --------------------------------------------------------------------------


def log(service):
    return pathlib.Path(service.log.name).read_text()


def await_log(service, *words, times=1):
    """Waits until lines with all of the words are there."""
    until(lambda: sum(all(word in line for word in words) for line in log(service).splitlines()) >= times,
          lambda: f"{words}, {times} times, in: {log(service)}")


def reload(service, text):
    path = service.state / "mindex.conf"
    (service.state / "new.conf").write_text(text)
    (service.state / "new.conf").rename(path)
    service.up.send_signal(signal.SIGHUP)


def hub(service):
    return bus.Peer(f"ipc://{service.state}/hub")


def workers(service):
    """Their names, once all have said hello."""
    return {worker.name: worker.role for worker in status(service).workers}


def status(service):
    with hub(service) as peer:
        return peer.ask(again=1, status_wanted={}).status


def await_workers(service, scoring):
    wanted = sorted(["ingestion", "comparison", "publishing"] + ["scoring"] * scoring)
    return until(lambda: sorted((found := workers(service)).values()) == wanted and found, lambda: workers(service))


def events_at_once(service):
    with hub(service) as peer:
        return len(peer.ask(events_wanted={"after": 0, "limit": 1000}).events.events)


def test_a_running_service_takes_what_has_changed_and_loses_no_worker():
    with Service() as service:
        small.write(small.pack(4), pathlib.Path(service.home.name) / "pack")
        service.run("load", f"{service.home.name}/pack")
        before = await_workers(service, 2)
        many = events_at_once(service)
        assert many > 2, many
        reload(service, "hub.answer_events = 2\nhub.worker_silence_ms = 700\nhttp = http://127.0.0.1:1\n")
        await_log(service, 'msg="settings read again"', times=7)
        await_log(service, "role=hub", 'changed="hub.worker_silence_ms=700 hub.answer_events=2"')
        await_log(service, "role=publishing", 'msg="settings wait for a restart"', 'settings="http=http://127.0.0.1:1"')
        assert log(service).count("wait for a restart") == 1, "a role names what it does not use"
        assert events_at_once(service) == 2
        assert workers(service) == before
        # A mistake changes nothing, also of what is right in the file, and is said once, with its line.
        reload(service, "hub.answer_events = 1\nlog.level = debug\nhub.answer_event = 1\n")
        await_log(service, "level=error", 'msg="settings not taken"', "line=3", "did you mean 'hub.answer_events'?")
        assert events_at_once(service) == 2
        # So does a file that is gone.
        (service.state / "mindex.conf").unlink()
        service.up.send_signal(signal.SIGHUP)
        await_log(service, 'msg="settings not taken"', "No such file")
        assert events_at_once(service) == 2
        reload(service, "")
        await_log(service, "role=hub", 'changed="hub.worker_silence_ms=2500 hub.answer_events=5000"')
        assert events_at_once(service) == many
        assert workers(service) == before
        for words in ('why="silent"', "role ended", "level=debug"):
            assert words not in log(service), words


def test_workers_are_told_of_another_silence_before_they_are_judged_by_it():
    with Service("--scoring", "1") as service:
        before = await_workers(service, 1)
        with hub(service) as played:
            played.send(hello={"role": "scoring", "name": "played", "build": "0.2.0", "protocol": 2})
            assert played.receive(SECONDS).welcome.heartbeat_ms == 500
            reload(service, "hub.worker_silence_ms = 1000\n")
            told = played.receive(SECONDS).welcome
            assert (told.heartbeat_ms, told.dead_after_ms) == (200, 1000)
            # It says nothing more, and is gone; the others were heard in time.
            await_log(service, 'msg="worker gone"', "played", "silent")
        assert workers(service) == before
        assert log(service).count('why="silent"') == 1, log(service)


def test_up_has_as_many_scoring_workers_as_it_is_told():
    with Service(prepare=lambda state: (state / "mindex.conf").write_text("scoring = 1\n")) as service:
        first = await_workers(service, 1)
        reload(service, "scoring = 3\n")
        more = await_workers(service, 3)
        assert first.items() <= more.items(), "one was started again that was well"
        reload(service, "scoring = 1\n")
        assert await_workers(service, 1) == first
        assert "is started again" not in log(service)


def test_up_hands_on_what_its_command_line_says():
    with folder() as home:
        (home / "other.conf").write_text("")
        with Service("--config", str(home / "other.conf"), "--set", "hub.batch_jobs=7", "--scoring", "1") as service:
            await_workers(service, 1)
            (home / "other.conf").write_text("hub.batch_jobs = 8\nhub.subscriptions = 9\nscoring = 5\n")
            service.up.send_signal(signal.SIGHUP)
            await_log(service, "role=hub", 'changed="hub.subscriptions=9"', f'file="{home}/other.conf"')
            await_log(service, "role=up", 'changed=""')
            assert len(await_workers(service, 1)) == 4


def test_each_role_reads_its_settings_again_by_itself():
    with folder() as home:
        for role in ("hub", "ingestion", "scoring", "comparison", "publishing"):
            (home / "mindex.conf").write_text("")
            with subprocess.Popen([MINDEX, role, "--state", home], env=PLAIN, stderr=subprocess.PIPE, text=True) as one:
                def await_line(words):
                    for line in one.stderr:
                        if words in line:
                            return line
                    raise AssertionError(f"{role} ended, and did not say {words}")
                await_line('msg="started"')
                (home / "mindex.conf").write_text("log.format = json\n")
                one.send_signal(signal.SIGHUP)
                assert json.loads(await_line("settings read again"))["changed"] == "log.format=json"
                (home / "mindex.conf").write_text("\nlog.format = jason\n")
                one.send_signal(signal.SIGHUP)
                said = json.loads(await_line("settings not taken"))
                assert (said["line"], said["level"]) == (2, "error") and "found 'jason'" in said["reason"], said
                one.terminate()
                one.communicate(timeout=SECONDS)
                assert one.returncode == 0, role


# --- the terminal -------------------------------------------------------------------------------


def at_terminal(home, how):
    """A role that was started at a terminal which is gone: its process and its log."""
    log_path = home / how
    starter, terminal = pty.fork()
    if starter == 0:
        # Also where these tests themselves were started to outlive a terminal.
        signal.signal(signal.SIGHUP, signal.SIG_IGN if how == "nohup" else signal.SIG_DFL)
        with open(log_path, "w", encoding="utf-8") as out:
            os.dup2(out.fileno(), 2)
        if how == "in the background":
            if os.fork():
                signal.pause()  # the shell, which goes with its terminal
            os.setpgid(0, 0)
        os.execve(MINDEX, ["mindex", "scoring", "--state", str(home / "state")], PLAIN)
    until(lambda: log_path.exists() and "started" in log_path.read_text(), "the role's start")
    os.close(terminal)
    if how == "in the background":
        os.waitpid(starter, 0)
    pid = next(word for word in log_path.read_text().split() if word.startswith("pid="))
    return int(pid.removeprefix("pid=")), log_path


def test_a_role_ends_with_its_terminal_unless_it_was_to_outlive_it():
    with folder() as home:
        role, _ = at_terminal(home, "in front")
        assert os.waitstatus_to_exitcode(os.waitpid(role, 0)[1]) == 0
        for how in ("nohup", "in the background"):
            role, log_path = at_terminal(home, how)
            end = time.monotonic() + SECONDS
            while "settings read again" not in log_path.read_text():
                os.kill(role, signal.SIGHUP)
                assert time.monotonic() < end
                time.sleep(0.01)
            os.kill(role, signal.SIGTERM)
            until(lambda: 'msg="stopped"' in log_path.read_text(), "the role's end")


run([case for name, case in list(globals().items()) if name.startswith("test_")])
