"""The commands for people, as a person or a script runs them."""
import csv
import fcntl
import json
import os
import pathlib
import pty
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import zipfile

import zmq

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from suite import ENGLAND, MINDEX, Service, run

NEWER = ENGLAND / "newer" / "gigabit-broadband" / "2026-05-19.csv"
COMMANDS = ["up", "hub", "ingestion", "scoring", "comparison", "publishing", "load", "ingest", "ranks", "show",
            "trace", "withdraw", "recompute", "changes", "watch", "spend", "releases", "editions", "status", "score",
            "explain", "profile", "stats", "compare", "uncertainty", "config", "tasks",
            "dataset", "doctor", "completion", "help"]


def table(text):
    return list(csv.DictReader(text.splitlines()))


def test_every_command_has_help_with_an_example():
    help_text = service.run("help").stdout
    for command in COMMANDS:
        assert f"\n  {command} " in help_text, command
        text = service.run(command, "--help").stdout
        assert f"Usage: mindex {command}" in text and f"\n  mindex {command}" in text, command
        assert " \n" not in text, command


def test_exit_statuses_are_as_documented():
    for status, arguments in [(0, ["status"]), (2, []), (2, ["brew"]), (2, ["ranks", "--colour"]), (2, ["show"]),
                              (2, ["ranks", "--top", "ten"]), (2, ["status", "extra"]), (3, ["ingest", ENGLAND / "areas.csv"]),
                              (3, ["ingest", "no-such-file.csv"]), (4, ["show", "Atlantis"]),
                              (4, ["ranks", "--region", "Mars"]), (4, ["releases", "--dataset", "soot"]),
                              (4, ["score", "--pack", ENGLAND, "--region", "Mars"]), (0, ["ranks", "--region", "north east"]),
                              (4, ["ranks", "--node", "grwth"]), (4, ["trace", "Burnley", "growth"]),
                              (2, ["trace", "Burnley"]), (4, ["releases", "999"]), (2, ["releases", "first"]),
                              (4, ["recompute", "--edition", "99"]), (2, ["withdraw", "1"]), (4, ["ranks", "--edition", "99"]),
                              (2, ["show", "Burnley", "--edition", "0"]),
                              (0, ["dataset", "check", NEWER]), (0, ["dataset", "check", "--dataset", "gva-per-hour", NEWER]),
                              (2, ["dataset", "brew", "x.csv"]), (2, ["dataset", "check"]),
                              (3, ["dataset", "check", "no-such-file.csv"]), (3, ["dataset", "guess", "no-such-file.csv"]),
                              (4, ["dataset", "check", "--dataset", "gva-per-hou", NEWER]),
                              (3, ["tasks", "retry", "999"]), (4, ["key", "revoke", "nobody"]),
                              (1, ["status", "--hub", "ipc:///tmp/no-mindex-is-here"])]:
        done = service.run(*arguments, check=False)
        assert done.returncode == status, (arguments, done.returncode, done.stderr)
        assert bool(done.stderr) == (status != 0), (arguments, done.stderr)


def test_mistakes_of_the_command_line_end_with_2_and_a_suggestion():
    for arguments, said in [(["key", "nwe"], "did you mean 'new'?"), (["tasks", "rety"], "did you mean 'retry'?"),
                            (["config", "chek"], "did you mean 'check'?"), (["batch", "what-iff"], "did you mean 'what-if'?"),
                            (["batch", "brew"], "takes uncertainty, sensitivity, weights, what-if, back-cast, result, list, show, watch or cancel"),
                            (["dataset", "gess", "x"], "did you mean 'guess'?"), (["ranks", "--ndoe", "growth"], "did you mean --node?"),
                            (["ranks", "--reason", "x"], "takes no --reason"), (["ranks", "-x"], "options begin with --"),
                            (["ranks", "--node"], "--node takes ID, found nothing behind it"), (["ranks", "--json=1"], "--json takes no value"),
                            (["ranks", "--top", "0"], "--top takes a whole number from 1"),
                            (["batch", "weights", "--steps", "0"], "--steps takes a whole number from 1"),
                            (["batch", "what-if", "a.yaml", "a.yaml", "--pack", ENGLAND], "'a.yaml' is given twice"),
                            (["key", "new", "a/b", "--role", "reader"], "is no name for a key"),
                            (["key", "new", "ab", "--role", "raeder"], "did you mean 'reader'?"),
                            (["stats", "--table", "wieghts"], "did you mean 'weights'?"),
                            (["status", "--hub", "here"], "--hub: takes ipc://PATH or tcp://ADDRESS:PORT, found 'here'")]:
        done = service.run(*arguments, check=False)
        assert done.returncode == 2 and said in done.stderr and not done.stdout, (arguments, done)
    assert service.run("show", "--csv", "--", "Burnley").stdout == service.run("show", "Burnley", "--csv").stdout
    assert service.run("ranks", "--top=2", "--csv").stdout == service.run("ranks", "--csv", "--top", 2).stdout


def test_no_service_is_said_and_not_waited_for():
    """Without a socket, with one that nobody holds any more, and at a port that nobody listens at."""
    with tempfile.TemporaryDirectory() as home:
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(f"{home}/hub")
        for where in (["--state", f"{home}/none"], ["--state", home], ["--hub", "tcp://127.0.0.1:1", "--state", home]):
            done = service.run("status", *where, check=False)
            assert done.returncode == 1 and "no service runs here: nobody listens at " in done.stderr, done
        done = service.run("watch", "--state", home, check=False)
        assert done.returncode == 1 and "no service runs here" in done.stderr, done


def on_a_terminal(*arguments, **env):
    """What a command writes to a terminal of 80 columns."""
    terminal, end = pty.openpty()
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    plain = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "COLUMNS")}
    with subprocess.Popen([MINDEX, *map(str, arguments)], stdin=end, stdout=end, stderr=end,
                          env=dict(plain, MINDEX_STATE=str(service.state), **{"TERM": "xterm", **env})) as command:
        os.close(end)
        out = b""
        while True:
            try:
                part = os.read(terminal, 65536)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            out += part
        os.close(terminal)
        command.wait(30)
    return out.decode()


def test_colour_is_for_terminals_and_for_who_wants_it():
    ranks = ["ranks", "--top", 3]
    coloured = on_a_terminal(*ranks)
    assert "\x1b[1mrank" in coloured and "\x1b[1;35mvery high\x1b[0m" in coloured, coloured
    assert "\x1b[1;31mmindex:\x1b[0m the index has no node" in on_a_terminal("ranks", "--node", "grwth")
    plain = re.sub("\x1b\\[[0-9;]*m", "", coloured)
    assert plain == on_a_terminal(*ranks, NO_COLOR="1") == on_a_terminal(*ranks, TERM="dumb") == on_a_terminal(*ranks, "--no-color")
    assert on_a_terminal(*ranks, NO_COLOR="") == coloured
    moved = on_a_terminal("changes", "--top", 20)
    assert re.search("\x1b\\[3[36]m[+-][0-9]", moved), moved


def test_a_table_keeps_within_the_terminal_where_one_column_can_make_room():
    def longest(text):
        return max(len(line) for line in text.splitlines())
    whole = service.run("show", "Burnley").stdout
    for columns, fits in ((longest(whole) - 12, True), (40, False)):
        told = on_a_terminal("show", "Burnley", COLUMNS=str(columns), TERM="dumb").replace("\r\n", "\n")
        assert (longest(told) <= columns and "\u2026" in told) if fits else told == whole, told


def test_the_first_releases_of_a_list_are_the_newest():
    numbers = [int(row["release"]) for row in table(service.run("releases", "--csv").stdout)]
    top = [int(row["release"]) for row in table(service.run("releases", "--top", 2, "--csv").stdout)]
    assert top == sorted(numbers, reverse=True)[:2], top


def test_a_second_service_in_one_folder_leaves_the_first_alone():
    for command in ("up", "hub", "publishing"):
        done = service.run(command, check=False)
        assert done.returncode == 1 and "is locked" in done.stderr, (command, done.stderr)
    assert service.run("watch", "--after", 0, "--count", 1, "--json").stdout.startswith('{"specversion":"1.0","id":"1-')


def test_an_archive_with_a_data_package_is_read_by_it():
    rows = table(NEWER.read_text())
    lines = ["LAD_CD;when;share", *(f"{r['area_code']};{r['period']};{r['value'].replace('.', ',')}" for r in rows)]
    fields = [{"name": "LAD_CD"}, {"name": "when", "mindex": "period"},
              {"name": "share", "type": "number", "decimalChar": ",", "mindex": "value"}]
    package = {"name": "broadband", "resources": [{"path": "data/share.csv", "dialect": {"delimiter": ";"},
                                                   "schema": {"fields": fields, "missingValues": ["", "-"]}}]}
    with tempfile.TemporaryDirectory() as home:
        archive = pathlib.Path(home) / "download.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
            out.writestr("data/share.csv", "\n".join(lines) + "\n")
            out.writestr("data/datapackage.json", json.dumps(package))
        score = ["score", "--pack", ENGLAND, "--csv", "--dataset", "gigabit-broadband"]
        assert service.run(*score, archive).stdout == service.run(*score, NEWER).stdout
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
            out.writestr("data/share.csv", "\n".join(lines) + "\n")
        done = service.run(*score, archive, check=False)
        assert done.returncode == 3 and "'areacd'" in done.stderr, done.stderr


def test_a_slip_of_the_finger_gets_a_suggestion():
    for arguments, word in [(["rank"], "'ranks'"), (["show", "Burnly"], "'Burnley'"), (["ranks", "--node", "grwth"], "'growth'"),
                            (["ranks", "--region", "North Est"], "'North East'"), (["releases", "--dataset", "gva-per-hou"], "'gva-per-hour'"),
                            (["show", "Newcastle"], "'Newcastle upon Tyne' (E08000021) or 'Newcastle-under-Lyme' (E07000195)?"),
                            (["changes", "--area", "north"], "'North Devon' (E07000043), 'North East Derbyshire'")]:
        assert f"did you mean {word}" in service.run(*arguments, check=False).stderr, arguments


def test_an_old_name_finds_the_place_and_a_former_place_is_explained():
    for name in ("Shepway", "folkestone & hythe", "E07000112"):
        assert service.run("show", name).stdout.startswith("Folkestone and Hythe (E07000112)"), name
    done = service.run("show", "Kent", check=False)
    assert done.returncode == 4 and "'Kent' is a larger area, which covers 'Medway' (E06000035), 'Ashford'" in done.stderr, done.stderr
    done = service.run("show", "Bournemouth", check=False)
    assert done.returncode == 4 and "part of 'Bournemouth, Christchurch and Poole'" in done.stderr, done.stderr


def test_json_csv_and_text_show_the_same():
    for command in (["ranks", "--node", "growth"], ["changes"], ["spend"], ["releases"], ["editions"], ["show", "Burnley"],
                    ["explain", "Burnley"], ["profile", "Burnley"], ["stats"], ["stats", "--table", "correlations", "--all"],
                    ["stats", "--table", "alpha"], ["stats", "--table", "weights"], ["stats", "--table", "components"],
                    ["compare"], ["recompute", "--all"], ["uncertainty", "--replicates", "20"], ["uncertainty", "--table", "leave-out"],
                    ["uncertainty", "--table", "sensitivity", "--replicates", "20"]):
        rows = json.loads(service.run(*command, "--json").stdout)
        lines = table(service.run(*command, "--csv").stdout)
        assert rows and len(rows) == len(lines), command
        assert list(rows[0]) == list(lines[0]), command
        for row, line in zip(rows, lines):
            for key, value in row.items():
                assert not isinstance(value, str) or value == value.strip(), (command, key, value)
                if value is None or value == "":
                    assert line[key] == "", (command, key)
                elif isinstance(value, float):
                    assert float(line[key]) == value, (command, key)
                else:
                    assert line[key] == (str(value).lower() if isinstance(value, bool) else str(value)), (command, key)


def test_nothing_is_coloured_or_padded_at_the_end_when_it_is_no_terminal():
    for command in (["ranks"], ["show", "Burnley"], ["changes"], ["spend", "--all"], ["status"]):
        out = service.run(*command).stdout
        assert "\x1b" not in out and not any(line.endswith(" ") for line in out.splitlines()), command


def test_changes_are_the_differences_of_the_two_editions():
    old = {row["area_code"]: row for row in json.loads(service.run("ranks", "--edition", 1, "--json").stdout)}
    new = {row["area_code"]: row for row in json.loads(service.run("ranks", "--edition", 2, "--json").stdout)}
    moved = {code for code in new if old[code]["rank"] != new[code]["rank"]}
    rows = json.loads(service.run("changes", "--node", "composite", "--json").stdout)
    assert {row["area_code"] for row in rows} == moved and len(moved) > 100
    for row in rows:
        code = row["area_code"]
        assert (row["old_rank"], row["new_rank"]) == (old[code]["rank"], new[code]["rank"]), row


def test_scoring_offline_gives_the_same_digits_as_the_service():
    for files, edition in (([], 1), ([NEWER], 2)):
        offline = service.run("score", "--pack", ENGLAND, *files, "--csv").stdout
        assert offline == service.run("ranks", "--edition", edition, "--csv").stdout, edition


def test_the_order_of_releases_does_not_matter():
    """Loaded with the newer release already in, the index is bit for bit what it became by handing it in."""
    broadband = ENGLAND / "data" / "gigabit-broadband"
    older = sorted(broadband.glob("*.csv"))[-1]
    once = service.run("score", "--pack", ENGLAND, NEWER, "--csv").stdout
    back_and_forth = service.run("score", "--pack", ENGLAND, NEWER, older, NEWER, "--csv").stdout
    assert once == back_and_forth
    assert once != service.run("score", "--pack", ENGLAND, "--csv").stdout


def test_a_release_again_is_named_as_known():
    done = service.run("ingest", NEWER)
    assert "already here" in done.stdout, done.stdout
    assert len(json.loads(service.run("editions", "--json").stdout)) == 2


def test_a_trial_shows_what_handing_in_then_did():
    """The newer release was handed in before these tests; tried now, it would change nothing."""
    done = service.run("ingest", "--dry-run", NEWER)
    assert "it is here already" in done.stdout and "No rank would change beside edition 2" in done.stdout, done.stdout
    done = service.run("ingest", "--dry-run", "--csv", "--all", NEWER)
    assert table(done.stdout) == [], done.stdout


def test_an_older_release_is_tried_and_found_suspicious():
    older = sorted((ENGLAND / "data" / "gigabit-broadband").glob("*.csv"))[-1]
    lines = older.read_text(encoding="utf-8").splitlines(keepends=True)
    copy = service.state / "gigabit-broadband-older.csv"
    copy.write_text("".join(lines[:-1]), encoding="utf-8")  # without England, which is no place of the index
    done = service.run("ingest", "--dry-run", copy, check=False)
    assert done.returncode == 3 and "warning (older): its newest period is 2025-07-01" in done.stderr, done.stderr
    assert "185 of 307 places would change their rank" in done.stdout, done.stdout
    assert "The score of " in done.stdout and "their figures" not in done.stdout, done.stdout
    assert "40 of 125 places compared would be of high need and low spend, now 39" in done.stdout, done.stdout
    assert "they would be joined by North Lincolnshire" in done.stdout, done.stdout


def test_watch_gives_the_log_from_a_number_on():
    lines = service.run("watch", "--after", 40, "--count", 300, "--json").stdout.splitlines()
    events = [json.loads(line) for line in lines]
    assert [event["data"]["seq"] for event in events] == list(range(41, 341))
    burnley = service.run("watch", "--after", 0, "--count", 2, "--topic", "rank.place.E07000117.", "--json").stdout
    assert {json.loads(line)["data"]["area_name"] for line in burnley.splitlines()} == {"Burnley"}


def test_watch_shows_what_is_chosen():
    def watched(*options):
        lines = service.run("watch", "--after", 0, "--json", *options).stdout.splitlines()
        return [json.loads(line) for line in lines]

    burnley = watched("--area", "Burnley", "--mission", "growth", "--count", 2)
    assert {(event["subject"], event["data"]["mission"]) for event in burnley} == {("E07000117", "growth")}
    far = watched("--at-least", 20, "--region", "North West", "--count", 2)
    assert all(abs(event["data"]["old_rank"] - event["data"]["new_rank"]) >= 20 for event in far)
    assert {event["data"]["region"] for event in far} == {"E12000002"}
    banded = watched("--band", "any", "--beyond-interval", "--count", 1)
    assert banded[0]["data"]["old_band"] != banded[0]["data"]["new_band"]
    digest, = watched("--digest", "--mission", "growth", "--count", 1)
    assert digest["type"] == "mindex.edition.digest" and digest["data"]["wanted"] > 300
    told = service.run("watch", "--after", 0, "--digest", "--area", "E07000117", "--count", 1).stdout
    assert told.startswith("Edition 2 (gigabit-broadband, '") and "\nBurnley, " in told, told
    for option, value, says, status in (("--area", "Burnly", "Burnley", 4), ("--mission", "growht", "growth", 4),
                                        ("--nature", "datum", "did you mean 'data'", 2), ("--at-least", "far", "found 'far'", 2)):
        done = service.run("watch", option, value, check=False)
        assert done.returncode == status and says in done.stderr, done


def rank_changes():
    lines = service.run("watch", "--after", 0, "--count", 1033, "--topic", "rank.", "--json").stdout.splitlines()
    return [json.loads(line)["data"] for line in lines]


def test_every_rank_change_says_why_and_how_sure():
    for change in rank_changes():
        made = sum(cause["amount"] for cause in change["causes"])
        assert abs(made - (change["new_score"] - change["old_score"])) < 1e-9, change
        assert {cause["kind"] for cause in change["causes"]} <= {"own", "others"}, change
        assert f" {change['old_rank']} to {change['new_rank']} of " in change["why"], change
        if change["level"] == "metric":
            assert "beyond_interval" not in change, change
        else:
            assert change["rank_low"] <= change["rank_high"], change
            outside = not change["rank_low"] <= change["old_rank"] <= change["rank_high"]
            assert change["beyond_interval"] == outside, change
    assert len({change["beyond_interval"] for change in rank_changes() if change["level"] == "index"}) >= 1


def test_the_reasons_of_the_events_are_in_the_tables():
    events = {(c["area"], c["node"]): c for c in rank_changes()}
    listed = table(service.run("changes", "--all", "--csv").stdout)
    filed = table((service.state / "editions" / "000002" / "rank-changes.csv").read_text(encoding="utf-8"))
    assert len(events) == len(listed) == len(filed) == 1033
    for row in [*listed, *filed]:
        event = events[row["area_code"], row["node"]]
        assert row["why"] == event["why"], row
        assert (float(row["rank_low"]) if row["rank_low"] else None) == event.get("rank_low"), (row, event)
        if "beyond_interval" in row:
            told = {"yes": True, "no": False, "": None}[row["beyond_interval"]]
            assert told == event.get("beyond_interval"), (row, event)


def test_explain_and_uncertainty_agree_with_the_events():
    for change in [c for c in rank_changes() if c["node"] == "growth"][::60]:
        told = table(service.run("explain", change["area"], "--node", "growth", "--csv").stdout)
        causes = {(row["metric"], row["cause"]): float(row["amount"]) for row in told}
        for cause in change["causes"]:
            assert abs(causes[cause["node"], cause["kind"]] - cause["amount"]) < 1e-12, (told, change)
    spread = {row["area_code"]: row for row in table(service.run("uncertainty", "--node", "growth", "--csv").stdout)}
    for change in [c for c in rank_changes() if c["node"] == "growth"]:
        row = spread[change["area"]]
        assert float(row["rank_low"]) == change["rank_low"] and float(row["rank_high"]) == change["rank_high"], (row, change)
        assert int(row["rank"]) == change["new_rank"]


def test_explain_between_editions_is_as_offline():
    online = table(service.run("explain", "Burnley", "--from", 1, "--to", 2, "--csv").stdout)
    offline = table(service.run("explain", "Burnley", "--pack", ENGLAND, "--dataset", "gigabit-broadband", NEWER, "--csv").stdout)
    assert online == offline and len(online) >= 8, online
    done = service.run("explain", "Burnley", "--to", 1, check=False)
    assert done.returncode == 4 and "edition 1 is the first" in done.stderr, done.stderr


def test_compared_editions_are_named():
    said = service.run("compare", "--from", 1, "--to", 2, "--top", 1).stdout
    assert said.startswith("Composite need: ranks a of edition 1, ranks b of edition 2\n307 places have both; "), said


def test_a_signal_ends_a_command_that_waits():
    """A hub that never answers: each command has asked it when its first message is here."""
    with tempfile.TemporaryDirectory() as home, zmq.Context() as context, context.socket(zmq.ROUTER) as hub:
        endpoint = f"ipc://{home}/hub"
        hub.bind(endpoint)
        for command in (["ingest", NEWER], ["status"], ["ranks"], ["watch", "--replay", endpoint]):
            for number in (signal.SIGINT, signal.SIGTERM):
                where = [] if command[0] == "watch" else ["--hub", endpoint]
                with subprocess.Popen([MINDEX, *command, *where], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                      env=dict(os.environ, MINDEX_STATE=home)) as asking:
                    assert hub.poll(30000), command
                    hub.recv_multipart()
                    asking.send_signal(number)
                    try:
                        assert asking.wait(5) == -number, (command, asking.returncode)
                    finally:
                        asking.kill()


def test_status_names_every_role():
    status = json.loads(service.run("status", "--json").stdout)
    roles = sorted(worker["role"] for worker in status["workers"])
    assert roles == ["comparison", "ingestion", "publishing", "scoring", "scoring"], roles
    assert status["editions"] == 2 and status["tasks_failed"] == 0 and status["releases"] == 42


with Service() as service:
    service.run("load", ENGLAND)
    service.run("ingest", NEWER)
    run([case for name, case in sorted(globals().items()) if name.startswith("test_")])
