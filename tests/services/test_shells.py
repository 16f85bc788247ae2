"""Completion, driven in the shells that are there, and the pages of the manual, by mandoc's own checks:
both are made from the table of commands."""
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from suite import BUILD, ENGLAND, MINDEX, Service, run

HOME = tempfile.TemporaryDirectory(prefix="mindex-test-")
ENV = {"PATH": f"{BUILD}:{os.environ['PATH']}", "HOME": HOME.name, "MINDEX_STATE": f"{HOME.name}/none", "LC_ALL": "C.UTF-8"}


def mindex(*arguments):
    return subprocess.run([MINDEX, *arguments], text=True, capture_output=True, check=True, env=ENV, timeout=60).stdout


def commands():
    return re.findall(r"^  ([a-z-]+) +[A-Z]", mindex("help"), re.M)


def script(shell):
    path = pathlib.Path(HOME.name) / f"mindex.{shell}"
    path.write_text(mindex("completion", shell))
    return path


def shell(name, text, *, check=True, env=None):
    done = subprocess.run([name, *(["--no-config"] if name == "fish" else ["-f"] if name == "zsh" else ["--norc"]), "-c", text],
                          text=True, capture_output=True, env=env or ENV, cwd=HOME.name, timeout=60)
    assert not check or (done.returncode == 0 and done.stderr == ""), (text, done)
    return done.stdout.splitlines()


def bash(*words, env=None):
    """What bash offers for the last word."""
    line = " ".join(f"'{word}'" for word in words)
    return shell("bash", f"source {script('bash')}\nCOMP_WORDS=({line}) COMP_CWORD={len(words) - 1}\n_mindex\n"
                         "printf '%s\\n' \"${COMPREPLY[@]}\"", env=env)


def test_bash_offers_commands_options_actions_files_and_roles():
    assert subprocess.run(["bash", "-n", script("bash")], check=False).returncode == 0
    assert shell("bash", f"source {script('bash')}; complete -p mindex") == ["complete -F _mindex mindex"]
    assert set(bash("mindex", "")) >= {*commands(), "--help", "--version"}
    assert bash("mindex", "ran") == ["ranks"]
    assert set(bash("mindex", "key", "")) == {"new", "allow", "revoke", "list"}
    assert bash("mindex", "batch", "what") == ["what-if"]
    assert set(bash("mindex", "ranks", "--re")) == {"--region"}
    assert set(bash("mindex", "show", "--")) == {"--state", "--hub", "--key", "--config", "--set", "--edition", "--csv", "--json", "--digits",
                                                 "--no-color", "--help"}
    assert bash("mindex", "key", "new", "x", "--role", "ad") == ["admin"]
    assert bash("mindex", "watch", "--nature", "rev") == ["revision"]
    assert set(bash("mindex", "report", "--format", "")) == {"html", "pdf"}
    assert "deliveries" in bash("mindex", "subscribe", "del")
    (pathlib.Path(HOME.name) / "growth.csv").touch()
    (pathlib.Path(HOME.name) / "growths").mkdir(exist_ok=True)
    assert sorted(bash("mindex", "ingest", "gro")) == ["growth.csv", "growths"]
    assert bash("mindex", "load", "gro") == ["growths"]
    assert bash("mindex", "up", "--pack", "gro") == ["growths"]
    assert bash("mindex", "ranks", "--top", "") == [""]  # a number: nothing to offer
    assert bash("mindex", "ranks", "--node", "") == [""]  # no service, no nodes, and no word of it


def test_bash_offers_what_the_service_has():
    with Service() as service:
        service.run("load", ENGLAND)
        env = dict(ENV, MINDEX_STATE=str(service.state))
        assert bash("mindex", "show", "burn", env=env) == ["Burnley"]
        assert bash("mindex", "show", "Bath", env=env) == ["Bath\\ and\\ North\\ East\\ Somerset"]
        assert bash("mindex", "show", "Bath\\ and", env=env) == ["Bath\\ and\\ North\\ East\\ Somerset"]
        assert "gigabit-broadband" in bash("mindex", "ranks", "--node", "gi", env=env)
        assert "North\\ East" in bash("mindex", "ranks", "--region", "north", env=env)
        assert bash("mindex", "releases", "--dataset", "gva-per-h", "--state", env=env) != [""]
        elsewhere = bash("mindex", "show", "--state", str(service.state), "Burn")
        assert elsewhere == ["Burnley"], elsewhere
        if shutil.which("fish"):
            offered = shell("fish", f"source {script('fish')}; complete -C 'mindex show Burn'", env=env)
            assert [line.split("\t")[0] for line in offered] == ["Burnley"], offered


def test_zsh_takes_the_script():
    if not shutil.which("zsh"):
        print("skipped: zsh is not installed")
        return
    path = script("zsh")
    assert subprocess.run(["zsh", "-n", path], check=False).returncode == 0
    said = shell("zsh", f"autoload -U compinit; compinit -u -D; source {path}; print $_comps[mindex]")
    assert said == ["_mindex"], said
    told = shell("zsh", f"compdef() {{ }}; source {path}; _arguments() {{ print -rl -- \"$@\" }}\n"
                        "words=(mindex key '') CURRENT=3; _mindex; words=(mindex ranks '') CURRENT=3; _mindex")
    assert "1:what:(new allow revoke list)" in told, told
    assert any(line.startswith("--role[what the key") and line.endswith(":ROLES:(reader depositor ingestion scoring comparison "
                                                                        "publishing admin)") for line in told), told
    assert any(line.startswith("--node[") and line.endswith(":ID: _mindex_list nodes") for line in told), told
    described = shell("zsh", f"compdef() {{ }}; source {path}; _describe() {{ print -rl -- $known }}\n"
                             "words=(mindex '') CURRENT=2; _mindex")
    assert [line.split(":")[0] for line in described] == commands(), described


def typed_in_zsh(line, state):
    """What becomes of it in zsh itself when it is followed by a tab."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(HOME.name)
        os.execvpe("zsh", ["zsh", "-f", "-i"], dict(ENV, MINDEX_STATE=str(state), TERM="dumb", PS1="ready> ", COLUMNS="200"))

    def until(pattern):
        said, deadline = b"", time.monotonic() + 60
        while not (found := re.search(pattern, said, re.S)):
            assert time.monotonic() < deadline, said
            if select.select([terminal], [], [], 1)[0]:
                said += os.read(terminal, 4096)
        return found
    until(b"ready> ")
    os.write(terminal, f"autoload -U compinit; compinit -u -D; source {script('zsh')}; print load''ed\n".encode())
    until(b"loaded.*ready> ")
    # The line is put in quotes and printed, as it stands then.
    os.write(terminal, f"{line}\t\x01print -r -- '\x05'\n".encode())
    printed = until(rb"\n(mindex [^\r\n]*)")[1].decode()
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(terminal)
    return printed


def test_zsh_offers_what_the_service_has():
    if not shutil.which("zsh"):
        print("skipped: zsh is not installed")
        return
    with Service() as service:
        service.run("load", ENGLAND)
        assert "mindex show Burnley" in typed_in_zsh("mindex show Burnl", service.state)
        assert "--node gigabit-broadband" in typed_in_zsh("mindex ranks --node gigabit-br", service.state)


def test_fish_takes_the_script():
    if not shutil.which("fish"):
        print("skipped: fish is not installed")
        return
    path = script("fish")
    assert subprocess.run(["fish", "--no-config", "-n", path], check=False).returncode == 0

    def offered(line):
        return [found.split("\t")[0] for found in shell("fish", f"source {path}; complete -C '{line}'")]
    assert set(offered("mindex ")) >= set(commands())
    assert set(offered("mindex key ")) >= {"new", "allow", "revoke", "list"}
    assert offered("mindex ranks --regi") == ["--region"]
    assert set(offered("mindex key new x --role ad")) == {"admin"}


def test_every_command_has_a_page_of_the_manual():
    if not shutil.which("mandoc"):
        print("skipped: mandoc is not installed")
        return
    pages = {"mindex": mindex("help", "--man"), **{f"mindex-{name}": mindex("help", "--man", name) for name in commands()}}
    assert len(pages) > 35
    folder = pathlib.Path(HOME.name) / "man"
    folder.mkdir()
    for name, text in pages.items():
        (folder / f"{name}.1").write_text(text)
    lint = subprocess.run(["mandoc", "-Tlint", "-Wwarning", *sorted(folder.iterdir())], text=True, capture_output=True, check=False)
    assert lint.returncode == 0 and not lint.stdout, lint.stdout
    for name, text in pages.items():
        shown = subprocess.run(["mandoc", "-Tutf8", "-Owidth=78", folder / f"{name}.1"], text=True, capture_output=True, check=True).stdout
        plain = re.sub(".\b", "", shown)
        assert "EXIT STATUS" in plain and "EXAMPLES" in plain and f"{name} – " in plain, plain
        command = name.removeprefix("mindex-")
        if command != name:  # each option and each example is there as the help has it
            helped = mindex(command, "--help")
            for option in re.findall(r"^  (--[a-z-]+)", helped, re.M):
                assert re.search(rf"^     {option}\b", plain, re.M), (name, option)
            for example in re.findall(r"^  (mindex [^#\n]{0,60})", helped.split("Examples:")[1], re.M):
                assert example.strip() in plain, (name, example)
    assert "mindex-ranks(1)" in re.sub(".\b", "", subprocess.run(["mandoc", "-Tutf8", folder / "mindex.1"], text=True,
                                                                  capture_output=True, check=True).stdout)


def test_help_of_one_command_is_its_own():
    assert mindex("help", "ranks") == mindex("ranks", "--help")
    done = subprocess.run([MINDEX, "help", "rnaks"], text=True, capture_output=True, check=False)
    assert done.returncode == 2 and "did you mean 'ranks'?" in done.stderr, done


try:
    run([case for name, case in sorted(globals().items()) if name.startswith("test_")])
finally:
    HOME.cleanup()
