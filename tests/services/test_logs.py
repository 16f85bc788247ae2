"""The logs of a whole service: every line can be read, nothing secret or without bound stands in it; and
the list of events in deploy/LOGS.md is the program's."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import bus  # noqa: E402
import small  # noqa: E402
import suite  # noqa: E402

TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')


def lines(service):
    service.log.flush()
    return pathlib.Path(service.log.name).read_text(encoding="utf-8").splitlines()


def test_every_line_of_every_role_is_an_object_and_holds_no_secret():
    with suite.Service("--set", "log.format=json", "--set", "log.level=debug") as service, \
            tempfile.TemporaryDirectory() as folder:
        small.write(small.pack(), pathlib.Path(folder))
        service.run("load", folder)
        told = service.run("subscribe", "new", "desk", "--url",
                           "https://example.org/hook?token=0p3n-s3same").stdout
        secret = re.search("whsec_[A-Za-z0-9+/=]+", told)[0]
        service.run("key", "new", "reader", "--role", "reader")
        keys = [line.split(" = ")[1] for path in (service.state / "keys").glob("*.key")
                for line in path.read_text().splitlines() if line.startswith("secret = ")]
        assert len(keys) == 2 and all(len(key) == 40 for key in keys)
        (service.state / "inbox" / "part.tmp").write_text("area_code,period,value\nE99999,2025,1\n")
        name = 'soot-"2026"\x1b[2J\nlevel=error.csv'
        (service.state / "inbox" / "part.tmp").rename(service.state / "inbox" / name)
        suite.until(lambda: any('"file rejected"' in line for line in lines(service)), lambda: lines(service))
        with bus.Peer(f"ipc://{service.state}/hub") as peer:
            for _ in range(300):
                peer.ask(blob_wanted={"hash": "\x1b[1m" + 10000 * "x"})
        log = lines(service)
        said = [json.loads(line) for line in log]
        for line, of in zip(log, said):
            assert {"ts", "level", "pid", "role", "msg"} <= of.keys(), line
            assert len(line.encode()) < 4096 and line.isprintable(), line
            assert of["level"] in ("debug", "info", "warning", "error"), line
        assert {of["role"] for of in said} == {"up", "hub", "ingestion", "scoring", "comparison",
                                               "publishing"}
        whole = "\n".join(log)
        for word in (secret, secret.removeprefix("whsec_"), "0p3n-s3same", *keys):
            assert word not in whole, word
        file, = {of["file"] for of in said if of["msg"] == "file rejected"}
        assert file == name, file
        given = [of for of in said if of["msg"] == "blob not given"]
        assert 50 <= len(given) < 200 and len(given[0]["hash"]) < 400, len(given)
        assert given[0]["hash"].endswith("…")


def test_the_journal_hears_priorities_and_a_level_leaves_out_what_is_below():
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "mindex.db").write_text("no database")

        def heads(*command):
            with open(pathlib.Path(folder) / "log", "w+", encoding="utf-8") as log:
                info = os.fstat(log.fileno())
                subprocess.run([suite.MINDEX, *command, "--state", folder], stderr=log, timeout=60,
                               env=dict(os.environ, JOURNAL_STREAM=f"{info.st_dev}:{info.st_ino}"))
                log.seek(0)
                return [line[:6] for line in log]

        assert set(heads("scoring", "--idle", "1")) == {"<6>ts="}
        assert heads("hub")[-1] == "<3>ts="
        assert heads("hub", "--set", "log.level=error") == ["<3>ts="]
        assert heads("scoring", "--idle", "1", "--set", "log.level=warning") == []


def test_a_role_works_on_when_nobody_reads_its_log_any_more():
    for role in ("hub", "ingestion", "up"):
        with tempfile.TemporaryDirectory(prefix="mindex-test-") as folder:
            process = subprocess.Popen([suite.MINDEX, role, "--state", folder], stderr=subprocess.PIPE, text=True)
            assert any('msg="started"' in line for line in process.stderr), role
            process.stderr.close()
            process.terminate()  # which it says, before it ends
            assert process.wait(60) == 0, (role, process.returncode)


def calls():
    """Every call that writes a line: its level, messages, and format of pairs."""
    for path in sorted((suite.ROOT / "services").glob("*/*.c")):
        if path.name == "log.c":
            continue
        text = path.read_text(encoding="utf-8")
        for call in re.finditer(r"\blog_(debug|info|warning|error)\(", text):
            at, depth, quoted = call.end(), 1, False
            while depth:
                if text[at] == "\\" and quoted:
                    at += 1
                elif text[at] == '"':
                    quoted = not quoted
                elif not quoted:
                    depth += {"(": 1, ")": -1}.get(text[at], 0)
                at += 1
            yield path, call[1], text[call.end():at - 1]


def arguments(text):
    """The arguments of a call, apart by its outer commas."""
    parts, depth, quoted, begun = [], 0, False, 0
    for at, letter in enumerate(text):
        if letter == '"' and text[at - 1] != "\\":
            quoted = not quoted
        elif not quoted:
            depth += {"(": 1, ")": -1}.get(letter, 0)
            if letter == "," and depth == 0:
                parts.append(text[begun:at])
                begun = at + 1
    return parts + [text[begun:]]


def test_nothing_stands_in_quotes_that_did_not_go_through_log_quote():
    for path, _, call in calls():
        pairs = "".join(TEXT.findall(arguments(call)[1]))
        assert '\\"%' not in pairs, (path, call)
        for key in re.findall(r"([^ =]+)=", re.sub(r'\\".*?\\"', '""', pairs)):
            assert re.fullmatch("[a-z_]+|%s", key) and key not in ("ts", "level", "pid", "role", "msg"), \
                (path, call)


def test_the_page_on_logs_names_the_errors_that_there_are():
    page = (suite.ROOT / "deploy" / "LOGS.md").read_text(encoding="utf-8")
    table = page.split("## Worth an alert")[1]
    named = {name for row in table.splitlines() if row.startswith("| `") and "`msg`" not in row
             for name in re.findall("`([^`]+)`", row.split("|")[1])}
    said, errors = set(), set()
    for _, level, call in calls():
        messages = set(TEXT.findall(arguments(call)[0]))
        said |= messages
        errors |= messages if level == "error" else set()
    for path in (suite.ROOT / "services" / "hub").glob("*.c"):  # through a function of their own
        errors |= set(re.findall(r'not_stored\(hub, "([^"]+)"', path.read_text(encoding="utf-8")))
    assert errors <= named, errors - named
    assert named <= said | errors, named - said - errors
    followed = page.split("## Following")[1].split("| --- |")[1].split("\n\n")[0]
    assert (told := set(re.findall("`([^`]+)`", followed))) <= said, told - said


suite.run([value for name, value in list(globals().items()) if name.startswith("test_")])
