"""What the program says of its versions, what the sources say, and what CHANGELOG.md and
deploy/UPGRADING.md tell people are the same."""
import pathlib
import re
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from suite import MINDEX, ROOT, run

KINDS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]
SECTION = re.compile(r"\[(?P<version>\d+\.\d+\.\d+)\] - (?P<date>\d{4}-\d\d-\d\d)"
                     r"|\[Unreleased\] - (?P<next>\d+\.\d+\.\d+)")
SPOKEN = re.compile(r"Wire version (?P<wire>\d+); worker protocol (?P<newest>\d+)"
                    r"(?:, and (?P<least>\d+) is spoken too)?[.;] [Dd]atabase schema (?P<schema>\d+)\b")


def number(file, name):
    return int(re.search(rf"\b{name} = (\d+)", (ROOT / file).read_text())[1])


VERSION = re.search(r'MINDEX_VERSION "([^"]+)"', (ROOT / "services/bus/version.h").read_text())[1]
WIRE = number("services/bus/wire.h", "WIRE_VERSION")
NEWEST = number("services/bus/version.h", "WORKER_PROTOCOL")
LEAST = number("services/bus/version.h", "WORKER_PROTOCOL_LEAST")
SCHEMA = number("services/hub/store.c", "SCHEMA_VERSION")


def sections():
    """Of CHANGELOG.md: each heading and what stands under it, newest first."""
    parts = re.split(r"^## ", (ROOT / "CHANGELOG.md").read_text(), flags=re.M)[1:]
    return [(heading, body) for heading, _, body in (part.partition("\n") for part in parts)]


def test_the_changelog_has_the_form_that_it_names():
    versions, dates = [], []
    for i, (heading, body) in enumerate(sections()):
        match = SECTION.fullmatch(heading)
        assert match, f"no heading of a release: {heading!r}"
        assert i == 0 or match["version"], "only the newest can be unreleased"
        versions.append(tuple(map(int, (match["version"] or match["next"]).split("."))))
        dates += [match["date"]] if match["date"] else []
        kinds = re.findall(r"^### (.*)$", body, flags=re.M)
        assert kinds and kinds == [kind for kind in KINDS if kind in kinds], (heading, kinds)
        assert SPOKEN.search(body.replace("\n", " ")), f"{heading} names no wire version, worker protocol and schema"
        for kind in re.split(r"^### ", body, flags=re.M)[1:]:
            assert kind.partition("\n")[2].strip().startswith("- "), f"{heading}: nothing stands under {kind.split()[0]}"
    assert versions == sorted(set(versions), reverse=True) and dates == sorted(dates, reverse=True)


def test_its_newest_section_is_of_what_the_sources_are():
    heading, body = sections()[0]
    match = SECTION.fullmatch(heading)
    assert (match["version"] or match["next"]) == VERSION
    spoken = SPOKEN.search(body.replace("\n", " "))
    assert (int(spoken["wire"]), int(spoken["newest"]), int(spoken["schema"])) == (WIRE, NEWEST, SCHEMA), spoken[0]
    assert int(spoken["least"] or spoken["newest"]) == LEAST, spoken[0]


def test_the_program_says_its_version_and_the_schema_has_its_example():
    said = subprocess.run([MINDEX, "--version"], text=True, capture_output=True, check=True).stdout
    assert said.split()[-1] == VERSION, said
    assert (ROOT / f"tests/disk/schema-{SCHEMA}.sql").exists() and not (ROOT / f"tests/disk/schema-{SCHEMA + 1}.sql").exists()
    assert f"of this contract: {WIRE}" in (ROOT / "proto/bus.proto").read_text()


def test_the_page_on_upgrades_has_a_row_for_each_release():
    rows = {}
    for line in (ROOT / "deploy/UPGRADING.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and re.fullmatch(r"\d+\.\d+\.\d+", cells[0]):
            rows[cells[0]] = cells[1:4]
    for heading, body in sections():
        match = SECTION.fullmatch(heading)
        spoken = SPOKEN.search(body.replace("\n", " "))
        protocols = f"{spoken['least']} to {spoken['newest']}" if spoken["least"] else spoken["newest"]
        assert rows.get(match["version"] or match["next"]) == [spoken["wire"], protocols, spoken["schema"]], (heading, rows)


run([case for name, case in list(globals().items()) if name.startswith("test_")])
