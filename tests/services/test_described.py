"""Files that bring their own description, on the command line: beside the file on disk, and in an archive."""
import json
import pathlib
import subprocess
import sys
import tempfile
import zipfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from suite import ENGLAND, MINDEX, run

CODES = [line.split(",")[0] for line in (ENGLAND / "areas.csv").read_text().splitlines()[1:]]
PACKAGE = {"resources": [
    {"path": "other.csv", "schema": {"fields": [{"name": "x"}]}},
    {"path": "figures.csv", "encoding": "iso-8859-1", "dialect": {"delimiter": ";"},
     "schema": {"missingValues": ["", "n/k"], "fields": [
         {"name": "Ort", "title": "Area code", "constraints": {"required": True}},
         {"name": "Zeit", "title": "Period"},
         {"name": "Gr\u00f6\u00dfe", "title": "Value", "type": "number", "decimalChar": ",",
          "constraints": {"minimum": 0.2}}]}}]}
ROWS = [f"{code};2025;{i % 100},5" for i, code in enumerate(CODES)]


def text(rows):
    return "\n".join(["Ort;Zeit;Gr\u00f6\u00dfe", *rows, ""]).encode("latin-1")


def check(path):
    done = subprocess.run([MINDEX, "dataset", "check", "--pack", ENGLAND, "--dataset", "gigabit-broadband", path],
                          text=True, capture_output=True, timeout=120)
    return done.returncode, done.stdout + done.stderr


def in_folder(rows, act):
    with tempfile.TemporaryDirectory(prefix="mindex-test-") as home:
        folder = pathlib.Path(home)
        (folder / "figures.csv").write_bytes(text(rows))
        (folder / "datapackage.json").write_text(json.dumps(PACKAGE))
        return act(folder)


def test_a_file_on_disk_is_read_by_the_package_beside_it():
    status, out = in_folder([f"{CODES[0]};2024;n/k", *ROWS],
                            lambda folder: check(folder / "figures.csv"))
    assert status == 0, out
    assert "datapackage.json" in out and f"{len(CODES) + 1}" in out, out


def test_a_promise_that_is_broken_is_refused_with_its_place():
    status, out = in_folder([*ROWS[:5], f"{CODES[5]};2025;0,1", *ROWS[6:]], lambda folder: check(folder / "figures.csv"))
    assert status == 3, out
    assert "figures.csv:7:3: '0,1', expected a number from 0.2 in" in out, out


def test_an_archive_is_read_by_the_package_inside_it():
    def act(folder):
        archive = folder / "download.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
            out.writestr("datapackage.json", json.dumps(PACKAGE))
            out.writestr("data/figures.csv", text(ROWS))
            out.writestr("data/notes.csv", "Note,Text\n1,Nothing\n")
        return check(archive)
    status, out = in_folder(ROWS, act)
    assert status == 0, out
    assert "data/figures.csv" in out, out


def test_a_file_is_scored_by_what_lies_beside_it():
    def act(folder):
        return subprocess.run([MINDEX, "score", "--pack", ENGLAND, "--dataset", "gigabit-broadband", "--node",
                               "gigabit-broadband", "--all", "--json", folder / "figures.csv"],
                              text=True, capture_output=True, timeout=120)
    done = in_folder(ROWS, act)
    assert done.returncode == 0, done.stderr
    values = {row["area_code"] if "area_code" in row else row["code"]: row for row in json.loads(done.stdout)}
    assert set(values) <= set(CODES) and len(values) > 300, len(values)
    assert any(0.5 in row.values() for row in values.values())  # the figure of the first row


run([case for name, case in sorted(globals().items()) if name.startswith("test_")])
