"""The API of the publishing role: its figures beside the command line's and beside Python's own reading
of the same files, its formats read by other programs than our own, its description held against what
it answers, over England and over a small index whose names are hostile."""
import csv
import io
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import traceback
import urllib.error
import urllib.parse
import urllib.request
import zipfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import json_schema
import small
from plain_readers import xlsx_rows
from suite import ENGLAND, MINDEX, ROOT, Service, run

NEWER = ENGLAND / "newer" / "gigabit-broadband" / "2026-05-19.csv"
HOSTILE = ["<script>alert(1)</script>", "=1+1", "+1", "-1", "@sum", 'Quote " and, comma', "Ångström & Søn"]


class Site(Service):
    """A service with pages by HTTP."""

    def __init__(self, *options, **more):
        super().__init__("--http", "http://127.0.0.1:*", *options, **more)

    def __enter__(self):
        super().__enter__()
        self.settle()
        while not (found := re.search(r'msg="http open" .*port=([0-9]+)', self.said())):
            self.up.poll() is None or self.fail()
        self.root = f"http://127.0.0.1:{found[1]}"
        return self

    def said(self):
        return (pathlib.Path(self.home.name) / "log").read_text()

    def fail(self):
        raise AssertionError(self.said())

    def settle(self):
        """Until all of the newest edition is there, its files too."""
        status = {}
        while not status.get("published"):
            answer = self.run("status", "--json", check=False)
            status = json.loads(answer.stdout) if answer.returncode == 0 else {}
            self.up.poll() is None or self.fail()

    def ask(self, path, status=200, **headers):
        """The answer's bytes and headers."""
        request = urllib.request.Request(self.root + path, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                found, body, head = answer.status, answer.read(), answer.headers
        except urllib.error.HTTPError as error:
            found, body, head = error.code, error.read(), error.headers
        assert found == status, f"{path}: {found}, {body[:500]}"
        return body, head

    def json(self, path, status=200):
        return json.loads(self.ask(path, status)[0])

    def table(self, path):
        """The rows of a CSV."""
        body = self.ask(path)[0].decode()
        assert "\r\n" in body and "\n" not in body.replace("\r\n", ""), path
        return list(csv.DictReader(io.StringIO(body)))

    def problem(self, path, status, *words):
        body, head = self.ask(path, status)
        said = json.loads(body)
        assert head["Content-Type"] == "application/problem+json" and said["status"] == status, path
        for word in words:
            assert word in said["detail"], f"{path}: {said['detail']}"

    def described(self):
        return self.json("/api/v1/openapi.json")["paths"]


def printed(service, *arguments):
    return list(csv.DictReader(io.StringIO(service.run(*arguments, "--csv").stdout)))


def number(text):
    return float(text) if text else None


# --- figures --------------------------------------------------------------------------------------

def ranks_are_those_of_the_command_line(site):
    for node in ("composite", "growth", "gigabit-broadband"):
        rows = site.table(f"/api/v1/editions/latest/ranks.csv?node={node}")
        told = {row["area_code"]: row for row in printed(site, "ranks", "--node", node)}
        assert len(rows) == len(told) == 307
        for row in rows:
            other = told[row["area_code"]]
            assert number(row["rank"]) == number(other["rank"]) and row["band"] == other["band"], row
            assert number(row["score"]) == number(other["score"]), (row, other)
            assert bool(row["rank"]) != bool(row["status"]), row


def scores_have_the_ranks_that_python_gives_them(site):
    rows = site.table("/api/v1/editions/2/ranks.csv?node=all")
    nodes = {row["node"] for row in rows}
    assert len(rows) == 307 * len(nodes) and len(nodes) > 60
    for node in nodes:
        here = [row for row in rows if row["node"] == node]
        scores = [float(row["score"]) for row in here if row["score"]]
        for row in here:
            assert int(row["of"]) == len(scores)
            if row["score"]:
                assert float(row["rank"]) == 1 + sum(s > float(row["score"]) for s in scores), row
    before = {(row["area_code"], row["node"]): row["rank"] for row in site.table("/api/v1/editions/1/ranks.csv?node=all")}
    for row in rows:
        assert row["previous_rank"] == before[row["area_code"], row["node"]], row
        if row["rank"] and row["previous_rank"]:
            assert float(row["places_up"]) == float(row["previous_rank"]) - float(row["rank"]), row


def changes_are_those_of_the_command_line(site):
    rows = {(row["area_code"], row["node"]): row for row in site.table("/api/v1/editions/2/changes.csv")}
    for node in ("composite", "growth"):
        told = [row for row in printed(site, "changes", "--node", node, "--all") if row["node"] == node]
        assert len(told) == sum(key[1] == node for key in rows) > 0
        for other in told:
            row = rows[other["area_code"], node]
            assert (row["old_rank"], row["new_rank"]) == (other["old_rank"], other["new_rank"]), (row, other)
    moved = [row for row in rows.values() if row["node"] == "composite"]
    assert all(row["nature"] == "data" and row["dataset"] == "gigabit-broadband" for row in moved)
    assert sum(bool(row["why"]) for row in moved) == len(moved)
    assert site.json("/api/v1/editions/1/changes")["total"] == 0
    row = rows["E08000016", "composite"] if ("E08000016", "composite") in rows else moved[0]
    causes = site.json(f"/api/v1/editions/2/explanations?node=composite&area={row['area_code']}")["items"]
    assert row["causes"] == "; ".join(f"{cause['cause']} {cause['metric']} {cause['amount']:.4g}" for cause in causes[:3])


def figures_are_those_of_the_release(site):
    with open(NEWER) as file:
        published = {row["area_code"]: row["value"] for row in csv.DictReader(file)}
    rows = site.table("/api/v1/editions/2/metrics.csv?node=gigabit-broadband")
    direct = [row for row in rows if row["rule"] == "direct"]
    assert len(rows) == 307 and len(direct) > 200
    for row in direct:
        assert float(row["value"]) == float(published[row["area_code"]]), row
    everything = site.table("/api/v1/editions/2/metrics.csv")
    assert len(everything) == 307 * 40 and all(bool(row["value"]) != bool(row["status"]) for row in everything)
    below = site.table("/api/v1/editions/2/metrics.csv?node=growth&area=Burnley")
    assert len(below) == 8 and {row["area_name"] for row in below} == {"Burnley"}


def explanations_add_up(site):
    rows = site.json("/api/v1/editions/2/explanations?area=Barnsley")["items"]
    assert rows
    for node in {row["node"] for row in rows}:
        here = [row for row in rows if row["node"] == node]
        change = here[0]["new_score"] - here[0]["old_score"]
        assert abs(sum(row["amount"] for row in here) - change) < 1e-9, node
    told = printed(site, "explain", "Barnsley")
    assert [(row["node"], row["cause"], row["metric"]) for row in told] == \
        [(row["node"], row["cause"], row["metric"] or "") for row in rows]


def intervals_hold_the_median(site):
    rows = site.table("/api/v1/editions/2/uncertainty.csv?node=growth")
    ranks = {row["area_code"]: row for row in site.table("/api/v1/editions/2/ranks.csv?node=growth")}
    for row in rows:
        assert float(row["rank_low"]) <= float(row["rank_median"]) <= float(row["rank_high"]), row
        assert (row["rank_low"], row["rank_high"]) == tuple(ranks[row["area_code"]][k] for k in ("rank_low", "rank_high"))
    told = {row["area_code"]: row for row in site.table("/api/v1/editions/2/changes.csv?node=growth")}
    assert told and all(row["rank_low"] == ranks[code]["rank_low"] for code, row in told.items())


def spend_is_that_of_the_command_line(site):
    rows = {row["area_code"]: row for row in site.table("/api/v1/editions/2/spend.csv")}
    compared = [row for row in rows.values() if row["compared"] == "true"]
    assert len(rows) == 307 and len(compared) == 125
    assert all(bool(row["quadrant"]) != bool(row["status"]) for row in rows.values())
    assert sum(row["quadrant"] == "high-need-low-spend" for row in compared) == 39
    shares = [float(row["spend_share"]) for row in compared]
    assert abs(sum(shares) - 100) < 1e-9 and abs(sum(float(row["need_share"]) for row in compared) - 100) < 1e-9
    for row in compared:
        gap = 100 * (float(row["spend_share"]) / float(row["need_share"]) - 1)
        assert abs(gap - float(row["gap"])) < 1e-9
        assert row["target"] == ("on-target" if abs(gap) <= 5 else "above" if gap > 5 else "below"), row
    equal = site.table("/api/v1/editions/2/spend.csv?ratio=1&measure=per-head&leave-out=none")
    equal = [row for row in equal if row["compared"] == "true"]
    assert len(equal) > 250 and all(abs(float(row["need_share"]) - 100 / len(equal)) < 1e-9 for row in equal)
    site.problem("/api/v1/editions/2/spend?ratio=0.5", 400, "0.5", "from 1")
    page = site.ask("/spend.csv?edition=2")[0]
    assert page == site.ask("/api/v1/editions/2/spend.csv")[0], "one table for both"
    for row in rows.values():
        if row["spend_total"]:
            assert abs(float(row["spend_per_head"]) * float(row["population"]) / 1e6 - float(row["spend_total"])) < 1e-6


def an_area_is_found_by_what_it_is_called(site):
    found = site.json("/api/v1/areas?q=E08000016")["items"]
    assert [row["area_name"] for row in found] == ["Barnsley"] and found[0]["match"] == "code"
    assert site.json("/api/v1/areas?q=burnly")["items"][0]["area_name"] == "Burnley"
    assert site.json("/api/v1/areas?q=zzzzzzzz")["total"] == 0
    with open(ENGLAND / "aliases.csv") as file:
        alias, code = next(csv.reader(list(file)[1:]))
    assert site.json("/api/v1/areas?q=" + urllib.parse.quote(alias))["items"][0]["area_code"] == code
    one = site.json("/api/v1/areas/Burnley")["items"]
    assert len(one) == 1 and one[0]["area_code"] == "E07000117"
    assert site.json("/api/v1/areas?region=London")["total"] == 32
    site.problem("/api/v1/areas/Burnly", 404, "Burnley")


def the_history_has_every_edition(site):
    rows = site.json("/api/v1/areas/E07000117/history")["items"]
    assert {(row["edition"], row["node"]) for row in rows} == \
        {(edition, node) for edition in (1, 2) for node in ("composite", "growth", "green", "crime", "opportunity", "health")}
    for row in rows:
        then = site.json(f"/api/v1/editions/{row['edition']}/ranks?area=E07000117&node={row['node']}")["items"][0]
        assert (row["rank"], row["score"], row["band"]) == (then["rank"], then["score"], then["band"]), row


def a_profile_has_all_of_an_area(site):
    profile = site.json("/api/v1/editions/2/areas/Burnley")
    assert profile["area_code"] == "E07000117" and len(profile["metrics"]) == 40
    assert len(profile["ranks"]) == 72 and len(profile["spend"]) == 1 and len(profile["area"]) == 1
    same = site.json("/api/v1/editions/2/ranks?node=all&area=Burnley&limit=100")["items"]
    assert profile["ranks"] == same


def events_are_cloud_events_without_a_hole(site):
    after, seen = 0, []
    while True:
        page = site.json(f"/api/v1/events?after={after}&limit=400")
        seen += page["events"]
        after = page["through"]
        if after >= page["newest"]:
            break
    assert [int(event["sequence"]) for event in seen] == list(range(1, len(seen) + 1))
    assert all(event["specversion"] == "1.0" for event in seen)
    burnley = site.json("/api/v1/events?limit=1000&area=E07000117&type=rank.changed")["events"]
    burnley += site.json("/api/v1/events?after=1000&limit=1000&area=E07000117&type=rank.changed")["events"]
    assert len(burnley) == sum(event["type"] == "mindex.rank.changed" and event["subject"] == "E07000117" for event in seen) > 0
    site.problem("/api/v1/events?nature=weather", 400, "weather")


def lists_tell_what_there_is(site):
    text = (ENGLAND / "index.yaml").read_text()
    publishers = set(re.findall(r"publisher: (?:\"([^\"]*)\"|(.+))", text))
    assert set(site.json("/api/v1/missions")["source"].split("; ")) == {(a or b).strip() for a, b in publishers}
    editions = site.json("/api/v1/editions")["items"]
    assert [row["edition"] for row in editions] == [2, 1] and editions[0]["dataset"] == "gigabit-broadband"
    assert site.json("/api/v1/editions/latest")["edition"] == editions[:1]
    assert [row["node"] for row in site.json("/api/v1/missions")["items"]] == ["growth", "green", "crime", "opportunity", "health"]
    metrics = [row for row in site.json("/api/v1/metrics")["items"] if row["level"] == "metric"]
    assert len(metrics) == 40 and all(row["publisher"] and row["licence"] and row["period"] and row["release"] for row in metrics)
    releases = site.json("/api/v1/releases")["items"]
    assert len(releases) == 42 and releases[0]["label"] == "2026-05-19" and "/" not in releases[0]["file_name"]
    assert len(site.json("/api/v1/editions/1/releases")["items"]) == 41


# --- formats --------------------------------------------------------------------------------------

def a_workbook_has_the_table(site):
    for what in ("ranks", "spend"):
        body, head = site.ask(f"/api/v1/editions/2/{what}.xlsx")
        assert re.fullmatch(rf'attachment; filename="{what}-[a-z]+-edition-2.xlsx"', head["Content-Disposition"])
        rows = site.table(f"/api/v1/editions/2/{what}.csv")
        with tempfile.NamedTemporaryFile(suffix=".xlsx") as file:
            file.write(body)
            file.flush()
            check_workbook(file.name, rows)


def check_workbook(path, rows):
    with zipfile.ZipFile(path) as package:
        assert not any(b"<f>" in package.read(name) or b"mergeCell" in package.read(name)
                       for name in package.namelist() if "worksheets" in name)
    head, *cells = xlsx_rows(path, "Table")
    keys = list(rows[0])
    assert list(head.values()) == keys and len(cells) == len(rows)
    letters = dict(zip(keys, head))
    for row, line in zip(rows, cells):
        for key, text in row.items():
            found = line.get(letters[key], "")
            same = found == text or {"true": "1", "false": "0"}.get(text) == found or \
                text[:1] == "'" and found == text[1:]
            # A workbook has 16 digits of a number.
            assert same or abs(float(found) - float(text)) <= 1e-15 * abs(float(text)), (key, text, found)
    about = [list(row.values()) for row in xlsx_rows(path, "About")]
    said = {row[0]: row[1:] for row in about if row}
    assert set(keys) <= set(said) and said["Licence"] and said["Source"]


def json_stat_is_a_cube(site):
    for path in ("ranks.jsonstat.json?node=all", "metrics.jsonstat.json", "spend.jsonstat.json",
                 "uncertainty.jsonstat.json?node=all"):
        cube = site.json("/api/v1/editions/2/" + path)
        check_cube(cube)
        rows = site.table("/api/v1/editions/2/" + path.replace(".jsonstat.json", ".csv"))
        check_cells(cube, rows)
    site.problem("/api/v1/editions/2/ranks.jsonstat.json?limit=3", 406, "without limit")
    site.problem("/api/v1/editions.jsonstat.json", 406, ".csv")


def check_cube(cube):
    """The rules of json-stat.org/format."""
    assert cube["version"] == "2.0" and cube["class"] == "dataset" and cube["label"] and cube["source"]
    assert len(cube["id"]) == len(cube["size"]) == len(set(cube["id"]))
    assert set(cube["dimension"]) == set(cube["id"])
    total = 1
    for name, size in zip(cube["id"], cube["size"]):
        category = cube["dimension"][name]["category"]
        assert len(category["index"]) == len(set(category["index"])) == size == len(category["label"])
        assert set(category["label"]) == set(category["index"])
        assert set(category.get("unit", {})) <= set(category["index"])
        total *= size
    assert len(cube["value"]) == total
    assert all(value is None or isinstance(value, (int, float)) for value in cube["value"])
    assert all(0 <= int(at) < total and cube["value"][int(at)] is None for at in cube["status"])
    assert {name for role in cube["role"].values() for name in role} <= set(cube["id"])
    assert set(cube["role"]) <= {"time", "geo", "metric"} and cube["role"]["metric"] == ["measure"]


def check_cells(cube, rows):
    places = [{code: i for i, code in enumerate(cube["dimension"][name]["category"]["index"])} for name in cube["id"]]
    seen = 0
    for row in rows:
        for measure in places[-1]:
            at = 0
            for name, size, index in zip(cube["id"], cube["size"], places):
                at = at * size + index[row[name] if name != "measure" else measure]
            assert cube["value"][at] == number(row[measure]), (row, measure)
            seen += 1
    assert seen == len(cube["value"])


def geojson_has_an_outline_for_each_area(site):
    shapes = site.json("/api/v1/editions/2/ranks.geojson?node=growth")
    rows = site.json("/api/v1/editions/2/ranks?node=growth")["items"]
    assert shapes["type"] == "FeatureCollection" and "Crown copyright" in shapes["credit"]
    assert [feature["properties"] for feature in shapes["features"]] == rows
    for feature in shapes["features"]:
        check_geometry(feature["geometry"])
    site.problem("/api/v1/missions.geojson", 406, "no areas")


def turning(ring):
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:]))


def check_geometry(geometry):
    if geometry["type"] == "Point":
        return
    assert geometry["type"] == "MultiPolygon" and geometry["coordinates"]
    for polygon in geometry["coordinates"]:
        for i, ring in enumerate(polygon):
            assert len(ring) >= 4 and ring[0] == ring[-1]
            assert turning(ring) > 0 if i == 0 else turning(ring) < 0
            assert all(-10 < x < 5 and 49 < y < 61 for x, y in ring)


CSVW_TYPES = {"string": str, "integer": int, "nonNegativeInteger": int, "number": float,
              "boolean": {"true": True, "false": False}.__getitem__, "dateTime": lambda text: re.fullmatch(
                  r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", text)[0]}


def csvw_says_what_the_csv_is(site):
    for path, described in site.described().items():
        if "text/csv" not in described["get"]["responses"]["200"]["content"]:
            continue
        path = fill(path)
        about = site.json(with_ending(path, ".csv-metadata.json"))
        assert about["@context"][0] == "http://www.w3.org/ns/csvw"
        url = urllib.parse.urljoin(site.root + path, about["url"])
        rows = site.table(url[len(site.root):])
        check_csvw(about, rows, path)


def check_csvw(about, rows, path):
    columns = about["tableSchema"]["columns"]
    names = [column["name"] for column in columns]
    assert len(set(names)) == len(names) and all(re.fullmatch("[a-z][a-z0-9_]*", name) for name in names)
    assert not rows or list(rows[0]) == [column["titles"] for column in columns], path
    for row in rows:
        for column in columns:
            text = row[column["titles"]]
            assert text or not column.get("required"), (path, row)
            text and CSVW_TYPES[column["datatype"]](text)
    key = about["tableSchema"].get("primaryKey")
    if key:
        assert len({tuple(row[name] for name in key) for row in rows}) == len(rows), path


def accept_chooses_the_format(site):
    for accept, expected in (("text/csv", "text/csv"), ("application/geo+json", "application/geo+json"),
                             ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/vnd"),
                             ("text/html, text/csv;q=0.5", "text/csv"), ("*/*", "application/json")):
        _, head = site.ask("/api/v1/editions/1/spend", Accept=accept)
        assert head["Content-Type"].startswith(expected), (accept, head["Content-Type"])
        assert "Accept" in head["Vary"]


# --- paging, mistakes -----------------------------------------------------------------------------

def pages_join_without_a_seam(site):
    whole = site.json("/api/v1/editions/2/changes?limit=100000")
    path, seen, back = "/api/v1/editions/2/changes?limit=50&region=London", [], None
    region = site.json("/api/v1/editions/2/changes?limit=100000&region=E12000007")["items"]
    assert 50 < len(region) < len(whole["items"]) == whole["total"]
    while path:
        body, head = site.ask(path)
        page = json.loads(body)
        links = dict(re.findall(r'<([^>]*)>; rel="(\w+)"', head["Link"]) and
                     [(rel, url) for url, rel in re.findall(r'<([^>]*)>; rel="(\w+)"', head["Link"])])
        assert links.get("next") == page["next"] and links.get("prev") == page["prev"] and "last" in links
        assert page["prev"] is None or site.json(page["prev"])["items"] == back
        seen, back, path = seen + page["items"], page["items"], page["next"]
    assert seen == region
    assert site.json("/api/v1/editions/2/ranks?offset=1000")["items"] == []
    assert len(site.table("/api/v1/editions/2/ranks.csv?limit=5&offset=3")) == 5


def mistakes_are_told(site):
    ranks = "/api/v1/editions/2/ranks"
    site.problem(ranks + "?nod=growth", 400, "'nod'", "'node'")
    site.problem(ranks + "?colour=red", 400, "colour")
    site.problem("/api/v1/events?colour=red", 400, "colour", "limit", "mission", "at-least")  # a filter's names too
    site.problem(ranks + "?node=growht", 400, "did you mean 'growth'")
    site.problem(ranks + "?region=Lundon", 400, "did you mean 'London'")
    site.problem(ranks + "?type=borough", 400, "borough")
    site.problem(ranks + "?band=huge", 400, "'very high'")
    site.problem(ranks + "?area=Burnly", 400, "Burnley")
    site.problem(ranks + "?limit=0", 400, '"0"', "from 1 to")
    site.problem(ranks + "?limit=many", 400, '"many"')
    site.problem(ranks + "?offset=-1", 400, '"-1"')
    site.problem("/api/v1/editions/99/ranks", 404, "99")
    site.problem("/api/v1/editions/0/ranks", 404, "'0'", "latest")
    site.problem("/api/v1/editions/newest/ranks", 404, "'newest'", "latest")
    site.problem("/api/v1/editions/99999999999999999999999/ranks", 404, "number")
    site.problem("/api/v1/editions/2/explanations", 400, "area")
    site.problem("/api/v1/editions/2/areas/Atlantis", 404, "Atlantis")
    site.problem("/api/v1/editions/2.csv", 406, "JSON alone")
    site.problem("/api/v1/nothing", 404, "/api/v1/nothing")
    site.problem("/api/v1/metrics?node=growth", 400, "node")


def filters_leave_only_what_fits(site):
    rows = site.json("/api/v1/editions/2/ranks?region=North%20East&band=very%20high&limit=1000")["items"]
    assert rows and all(row["region"] == "North East" and row["band"] == "very high" for row in rows)
    assert rows == site.json("/api/v1/editions/2/ranks?region=e12000001&band=1")["items"]
    kinds = {row["type"] for row in site.json("/api/v1/areas")["items"]}
    per = [site.json("/api/v1/editions/2/spend?type=" + urllib.parse.quote(kind))["total"] for kind in kinds]
    assert len(per) > 3 and sum(per) == 307


def a_numbered_edition_may_be_kept_for_an_hour(site):
    for path in ("/api/v1/editions/1/ranks", "/api/v1/editions/1/areas/Burnley", "/api/v1/areas?edition=1", "/api/v1/metrics?edition=1"):
        assert site.ask(path)[1]["Cache-Control"] == "public, max-age=3600", path
    for path in ("/api/v1/areas?edition=latest", "/api/v1/areas/Burnley/history", "/api/v1/editions/latest/ranks", "/api/v1/editions/1/releases", "/api/v1/editions"):
        assert site.ask(path)[1]["Cache-Control"] == "no-cache", path


# --- the document ---------------------------------------------------------------------------------

STREAM = "/api/v1/events/stream"


def fill(path, area="E07000117"):
    path = path.replace("{edition}", "2").replace("{code}", area)
    return path + f"?area={area}" if path.endswith("/explanations") else path


def with_ending(path, ending):
    path, query = (path.split("?") + [""])[:2]
    return path + ending + ("?" + query if query else "")


def every_path_is_described_and_answers(site, area="E07000117"):
    document = site.json("/api/v1/openapi.json")
    assert document["openapi"] == "3.1.0" and document["info"]["title"] and document["info"]["version"]
    routes = set(re.findall(r'\{"(/api/[^"]*)"', (ROOT / "services" / "views" / "site.c").read_text()))
    routes.add(STREAM)
    assert set(document["paths"]) == routes, set(document["paths"]) ^ routes
    ids = [item["get"]["operationId"] for item in document["paths"].values()]
    assert len(set(ids)) == len(ids)
    for path, item in document["paths"].items():
        assert set(item) == {"get"} and {"operationId", "summary", "parameters", "responses"} <= set(item["get"])
        names = [p["name"] for p in item["get"]["parameters"] if p["in"] == "path"]
        assert names == re.findall(r"\{(\w+)\}", path)
        assert len({(p["in"], p["name"]) for p in item["get"]["parameters"]}) == len(item["get"]["parameters"])
        if path == STREAM:
            assert set(item["get"]["responses"]["200"]["content"]) == {"text/event-stream"}
            with urllib.request.urlopen(site.root + path + "?after=0", timeout=60) as stream:
                assert stream.headers["Content-Type"].startswith("text/event-stream") and b":" in stream.readline()
            continue
        schema = item["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        json_schema.check(site.json(fill(path, area)), schema, path)
    problem = document["components"]["responses"]["problem"]["content"]["application/problem+json"]["schema"]
    json_schema.check(site.json("/api/v1/nothing", 404), problem)


def every_described_parameter_is_taken(site):
    given = {"node": "all", "area": "E07000117", "region": "London", "type": "London borough", "band": "very high", "q": "b",
             "limit": "2", "offset": "1", "after": "3", "topic": "rank.", "mission": "growth", "area-type": "London borough",
             "at-least": "2", "beyond-interval": "1", "nature": "data", "measure": "total", "leave-out": "none",
             "ratio": "1.5", "edition": "1"}
    of_events = {"node": "growth", "band": "very high"}  # a filter has every node and band unless told, and knows no numbers
    for path, item in site.described().items():
        if path == STREAM:
            continue  # test_http.py asks it
        for parameter in item["get"]["parameters"]:
            if parameter["in"] == "query" and not (parameter["name"] == "type" and "events" in path):
                both = fill(path)
                words = {**given, **of_events} if path == "/api/v1/events" else given
                both += ("&" if "?" in both else "?") + parameter["name"] + "=" + urllib.parse.quote(words[parameter["name"]])
                if not both.count("area=") > 1:
                    site.ask(both)


# --- the package ----------------------------------------------------------------------------------

FRICTIONLESS_TYPES = {"string": str, "integer": int, "number": float, "boolean": {"true": True, "false": False}.__getitem__,
                      "datetime": CSVW_TYPES["dateTime"]}


def an_edition_is_exported_as_a_package(site):
    with tempfile.TemporaryDirectory(prefix="mindex-test-") as home:
        home = pathlib.Path(home)
        said = site.run("export", "--out", home / "one").stdout
        assert "edition 2: 9 files" in said, said
        check_package(home / "one")
        own_reader_takes(home / "one")
        for name in ("a.zip", "b.zip"):
            site.run("export", "--edition", 2, "--out", home / name)
        assert (home / "a.zip").read_bytes() == (home / "b.zip").read_bytes()
        with zipfile.ZipFile(home / "a.zip") as package:
            assert {name: package.read(name) for name in package.namelist()} == \
                {path.name: path.read_bytes() for path in (home / "one").iterdir()}
        before = sorted(home.iterdir())
        for arguments, status in ((("--out", home / "one"), 3), (("--edition", 99, "--out", home / "no"), 4), ((), 2)):
            assert site.run("export", *arguments, check=False).returncode == status, arguments
        assert sorted(home.iterdir()) == before


def check_package(folder):
    package = json.loads((folder / "datapackage.json").read_text())
    assert package["profile"] == "tabular-data-package" and re.fullmatch(r"[a-z0-9._-]+", package["name"])
    assert package["sources"] and all(source["title"] for source in package["sources"])
    assert package["licenses"] and all(licence["name"] for licence in package["licenses"])
    assert sorted(path.name for path in folder.iterdir()) == \
        sorted(["datapackage.json"] + [resource["path"] for resource in package["resources"]])
    tables = {}
    for resource in package["resources"]:
        raw = (folder / resource["path"]).read_bytes()
        assert resource["bytes"] == len(raw)
        tables[resource["name"]] = list(csv.DictReader(io.StringIO(raw.decode())))
        check_rows(resource, tables[resource["name"]])
    for resource in package["resources"]:
        for reference in resource["schema"].get("foreignKeys", []):
            known = {row[reference["reference"]["fields"][0]] for row in tables[reference["reference"]["resource"]]}
            assert {row[reference["fields"][0]] for row in tables[resource["name"]]} <= known, resource["name"]
    return package


def own_reader_takes(folder):
    """The package describes its tables well enough for a figure of it to be a release again."""
    (folder.parent / "gigabit.yaml").write_text("""level: lad
unit: per cent of premises
layouts:
  - name: package
    columns: {code: area_code, name: area_name, period: period, value: value, status: status}
    where: {node: [gigabit-broadband]}
""")
    done = subprocess.run([MINDEX, "dataset", "check", "--pack", ENGLAND, "--dataset", "gigabit-broadband", "--description",
                           folder.parent / "gigabit.yaml", folder / "metrics.csv"], text=True, capture_output=True, timeout=60)
    assert done.returncode == 0 and "datapackage.json" in done.stdout, done.stdout + done.stderr
    assert "would be taken: 307 figures for 307 areas" in done.stdout, done.stdout


def check_rows(resource, rows):
    schema = resource["schema"]
    assert schema["missingValues"] == [""] and rows or resource["name"] == "changes", resource["name"]
    assert not rows or list(rows[0]) == [field["name"] for field in schema["fields"]]
    for row in rows:
        for field in schema["fields"]:
            text = row[field["name"]]
            assert text or not field.get("constraints", {}).get("required"), (resource["name"], row)
            text and FRICTIONLESS_TYPES[field["type"]](text)
    assert len({tuple(row[name] for name in schema["primaryKey"]) for row in rows}) == len(rows)


# --- hostile names, and an index without much -----------------------------------------------------

def hostile_pack(state):
    files = small.pack(places=len(HOSTILE) + 3)
    for table in ("areas.csv", "codes.csv"):
        rows = list(csv.reader(io.StringIO(files[table])))
        places = [row for row in rows[1:] if row[0].startswith("E")]
        for row, name in zip(places, HOSTILE):
            row[1] = name
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        files[table] = text.getvalue()
    small.write(files, state.parent / "pack")


def names_are_texts_everywhere(site):
    rows = site.json("/api/v1/areas")["items"]
    assert [row["area_name"] for row in rows][:len(HOSTILE)] == HOSTILE
    for name, row in zip(HOSTILE, site.table("/api/v1/areas.csv")):
        assert row["area_name"] == ("'" + name if name[0] in "=+-@" else name), row
        assert float(row["longitude"]) < 0, "a number below 0 is no formula"
    body, head = site.ask("/api/v1/areas.xlsx")
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as file:
        file.write(body)
        file.flush()
        check_workbook(file.name, site.table("/api/v1/areas.csv"))
        names = [list(row.values())[2] for row in xlsx_rows(file.name, "Table")]
    assert names[1:len(HOSTILE) + 1] == HOSTILE
    shapes = site.json("/api/v1/areas.geojson")["features"]
    assert all(shape["geometry"]["type"] == "Point" for shape in shapes)
    for name in HOSTILE:
        found = site.json("/api/v1/areas?q=" + urllib.parse.quote(name))["items"]
        assert name in [row["area_name"] for row in found], (name, found)
    site.ask("/api/v1/areas?q=" + urllib.parse.quote('a\r\nX-Evil: 1'), 400)
    page = site.ask("/api/v1/areas?limit=1&region=" + urllib.parse.quote("Region R1"))
    assert "region=Region%20R1>; rel=\"next\"" in page[1]["Link"] and site.json(json.loads(page[0])["next"])["items"]


def what_the_index_has_not_is_said(site):
    site.problem("/api/v1/editions/latest/uncertainty", 404, "uncertainty")
    ranks = site.json("/api/v1/editions/latest/ranks")["items"]
    assert all(row["rank_low"] is None and row["previous_rank"] is None for row in ranks)
    profile = site.json("/api/v1/editions/1/areas/E00001")
    assert profile["uncertainty"] is None and profile["changes"] == []
    with tempfile.TemporaryDirectory(prefix="mindex-test-") as home:
        site.run("export", "--out", pathlib.Path(home) / "small")
        names = {resource["name"] for resource in check_package(pathlib.Path(home) / "small")["resources"]}
    assert "uncertainty" not in names and "spend" in names


def another_definition_is_another_edition(site):
    """Editions with packs of their own stand beside each other, and the older one stays as it was."""
    before = site.ask("/api/v1/editions/1/ranks.csv?node=all")[0]
    pack = pathlib.Path(site.home.name) / "pack"
    text = (pack / "index.yaml").read_text().replace("{id: pay, name: Pay,", "{id: pay, name: Wages, weight: 3,")
    (pack / "index.yaml").write_text(text)
    site.run("load", pack)
    while site.json("/api/v1/editions")["total"] < 2:
        pass
    rows = site.json("/api/v1/editions/2/ranks?node=pay")["items"]
    assert {row["node_name"] for row in rows} == {"Wages"} and all(row["previous_rank"] for row in rows)
    changes = site.json("/api/v1/editions/2/changes")["items"]
    assert changes and {row["cause"] for row in changes} == {"definition"} and {row["nature"] for row in changes} == {"method"}
    causes = site.json(f"/api/v1/editions/2/explanations?area={changes[0]['area_code']}")["items"]
    assert {row["cause"] for row in causes} == {"definition"}
    assert site.ask("/api/v1/editions/1/ranks.csv?node=all")[0] == before
    assert {row["node_name"] for row in site.json("/api/v1/editions/1/ranks?node=pay")["items"]} == {"Pay"}
    for edition, name in ((1, "Pay"), (2, "Wages"), ("latest", "Wages")):
        nodes = {row["node"]: row["node_name"] for row in site.json(f"/api/v1/metrics?edition={edition}")["items"]}
        assert nodes["pay"] == name and site.json(f"/api/v1/missions?edition={edition}")["items"][0]["node_name"] == name
    site.problem("/api/v1/metrics?edition=first", 400, "'first'", "latest")
    site.problem("/api/v1/metrics?edition=77", 404, "77")


def exported(site, edition):
    with tempfile.TemporaryDirectory(prefix="mindex-test-") as home:
        site.run("export", "--edition", edition, "--out", pathlib.Path(home) / "a.zip")
        return (pathlib.Path(home) / "a.zip").read_bytes()


def the_last_forty_editions_are_the_history(site):
    """Of many, which are read from the hub once and kept."""
    before = exported(site, 2)
    for seed in range(3, 46):
        file = pathlib.Path(site.home.name) / f"soot-{seed}.csv"
        file.write_text(small.release(10, seed))
        site.run("ingest", "--accept-warnings", "--dataset", "soot", file)
    newest = site.json("/api/v1/editions/latest")["edition"][0]["edition"]
    assert newest > 41
    rows = site.json("/api/v1/areas/E00001/history")["items"]
    assert sorted({row["edition"] for row in rows}) == list(range(newest - 39, newest + 1)), (newest, {row["edition"] for row in rows})
    for row in rows[::7]:
        then = site.json(f"/api/v1/editions/{row['edition']}/ranks?area=E00001&node={row['node']}")["items"][0]
        assert (row["rank"], row["score"]) == (then["rank"], then["score"]), row
    site.run("withdraw", "--reason", "a test", site.json("/api/v1/releases")["items"][0]["release"])
    assert exported(site, 2) == before, "an edition that is past is exported as it was"


def a_hub_that_is_away_is_told(site):
    """Within some seconds, and without harm to what comes after."""
    children = pathlib.Path(f"/proc/{site.up.pid}/task/{site.up.pid}/children").read_text().split()
    hub = next(int(pid) for pid in children if b"\0hub\0" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes())
    os.kill(hub, signal.SIGSTOP)
    try:
        site.problem("/api/v1/editions/1/ranks?node=pay&region=Region%20R1", 503, "hub")
    finally:
        os.kill(hub, signal.SIGCONT)
    for _ in range(200):  # the server may believe for a while that it is away
        try:
            assert site.json("/api/v1/editions/1/ranks?node=pay&region=Region%20R2")["items"]
            return
        except AssertionError as error:
            assert "503" in str(error), error
            site.run("editions")  # the hub's answer takes its time
    raise AssertionError("the hub is back, and nobody noticed")


def nothing_is_told_before_its_time(site):
    """Of a release that is held, or was withdrawn while it was; one that was known and is held to come
    again stays what it was to everybody, in the editions that it made too."""
    home = pathlib.Path(site.home.name)
    secret, known = home / "secret-name.csv", home / "known.csv"
    secret.write_text(small.release(12, 7))
    known.write_text(small.release(12, 8))
    later = "--accept-warnings", "--publish-at", "2099-01-01T00:00:00Z", "--dataset", "soot"
    asked = ("/api/v1/releases", "/api/v1/releases.csv", "/feeds/releases.atom", "/editions", "/metrics-table",
             "/api/v1/events?limit=1000", "/api/v1/editions/latest/releases", "/places/E00003", "/metrics")

    def told(turn):
        """What is not kept from another time: each asks with a parameter of its own where it may."""
        own = {"/api/v1/releases": f"?limit={100 + turn}", "/feeds/releases.atom": f"?dataset=soot&since={turn}"}
        bodies = {path: site.ask(path + own.get(path, ""))[0].decode() for path in asked}
        for path, body in bodies.items():
            assert not any(word in body for word in ("secret", "SECRET", "2099-01-01", "4070908800000")), path
        releases = json.loads(bodies["/api/v1/releases"])["items"]
        return releases, re.search(r"(?m)^mindex_releases_total (\d+)", bodies["/metrics"])[1]

    before = told(0)
    site.run("ingest", *later, "--label", "SECRET", secret)
    assert told(1) == before
    site.run("withdraw", len(before[0]) + 1, "--reason", "SECRET reason")
    assert told(2) == before
    site.run("ingest", "--accept-warnings", "--dataset", "soot", "--label", "KNOWN", known)
    edition = site.json("/api/v1/editions")["items"][0]["edition"]
    of_edition = site.json(f"/api/v1/editions/{edition}/releases?limit=90")["items"]
    assert [row["label"] for row in of_edition if row["dataset"] == "soot"] == ["KNOWN"]
    number, = [row["release"] for row in of_edition if row["dataset"] == "soot"]
    site.run("withdraw", number, "--reason", "It was wrong.")
    count = told(3)[1]
    site.run("ingest", *later, known)
    releases, again = told(4)
    assert again == count and [row["state"] for row in releases if row["label"] == "KNOWN"] == ["withdrawn"]
    of_edition = site.json(f"/api/v1/editions/{edition}/releases?limit=91")["items"]
    assert [row["label"] for row in of_edition if row["dataset"] == "soot"] == ["KNOWN"]


def test_without_an_edition_it_says_so():
    site = Site()
    site.settle = lambda: None
    with site:
        site.problem("/api/v1/areas", 404, "no edition yet")
        assert site.json("/api/v1/editions")["items"] == []
        assert site.json("/api/v1/events")["events"] == []


def cases_of(site, cases):
    """Runs all of them, whatever one says."""
    failed = []
    for case in cases:
        try:
            case(site)
        except Exception:
            failed.append(f"{case.__name__}: {traceback.format_exc()}")
    assert not failed, "\n".join(failed)


def test_england():
    with Site("--pack", ENGLAND) as site:
        site.run("ingest", NEWER)
        while json.loads(site.run("status", "--json").stdout)["published"] < 2:
            pass
        cases_of(site, [
            ranks_are_those_of_the_command_line, scores_have_the_ranks_that_python_gives_them,
            changes_are_those_of_the_command_line, figures_are_those_of_the_release, explanations_add_up,
            intervals_hold_the_median, spend_is_that_of_the_command_line, an_area_is_found_by_what_it_is_called,
            the_history_has_every_edition, a_profile_has_all_of_an_area, events_are_cloud_events_without_a_hole,
            lists_tell_what_there_is, a_workbook_has_the_table, json_stat_is_a_cube,
            geojson_has_an_outline_for_each_area, csvw_says_what_the_csv_is, accept_chooses_the_format,
            pages_join_without_a_seam, mistakes_are_told, filters_leave_only_what_fits,
            a_numbered_edition_may_be_kept_for_an_hour, every_path_is_described_and_answers, every_described_parameter_is_taken,
            an_edition_is_exported_as_a_package,
        ])


def test_a_small_index_with_hostile_names():
    with tempfile.TemporaryDirectory(prefix="mindex-test-") as home:
        hostile_pack(pathlib.Path(home) / "state")
        pack = pathlib.Path(home) / "pack"
        with Site("--pack", pack) as site:
            pathlib.Path(site.home.name, "pack").mkdir()
            subprocess.run(["cp", "-r", f"{pack}/.", f"{site.home.name}/pack"], check=True)
            cases_of(site, [names_are_texts_everywhere, what_the_index_has_not_is_said,
                            another_definition_is_another_edition, the_last_forty_editions_are_the_history,
                            a_hub_that_is_away_is_told])


def test_the_description_holds_for_a_small_index():
    with tempfile.TemporaryDirectory(prefix="mindex-test-") as home:
        pack = small.write(small.pack(places=12, replicates=20), pathlib.Path(home) / "pack")
        newer = pathlib.Path(home) / "soot-newer.csv"
        newer.write_text(small.release(12, 9))
        with Site("--pack", pack) as site:
            site.run("ingest", "--accept-warnings", "--dataset", "soot", newer)
            every_path_is_described_and_answers(site, area="E00003")
            ranks = site.json("/api/v1/editions/2/ranks")["items"]
            assert all(row["rank_low"] <= row["rank_high"] and row["previous_rank"] for row in ranks)
            nothing_is_told_before_its_time(site)


if __name__ == "__main__":
    run([test_without_an_edition_it_says_so, test_england, test_a_small_index_with_hostile_names,
         test_the_description_holds_for_a_small_index])
