"""The files of an edition of England, read by other programs than our own."""
import csv
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from suite import ENGLAND, Service, run

SVG = "{http://www.w3.org/2000/svg}"
MISSIONS = ["growth", "green", "crime", "opportunity", "health"]
files = {}


def table(name):
    return list(csv.DictReader(files[name].decode("utf-8").splitlines()))


def test_ranks_are_the_ranks_of_the_scores():
    rows = table("ranks.csv")
    nodes = {row["node"] for row in rows}
    assert {"composite", *MISSIONS} <= nodes and len(rows) == 307 * len(nodes)
    for node in nodes:
        scores = [float(row["score"]) for row in rows if row["node"] == node and row["score"]]
        for row in rows:
            if row["node"] != node:
                continue
            if row["score"]:
                assert int(row["rank"]) == 1 + sum(s > float(row["score"]) for s in scores), row
                assert int(row["of"]) == len(scores) and row["band"] and not row["status"]
            else:
                assert row["status"] and not row["rank"] and not row["band"], row


def test_mission_scores_run_from_0_to_100():
    for mission in MISSIONS:
        scores = [float(row["score"]) for row in table("ranks.csv") if row["node"] == mission]
        assert min(scores) == 0 and max(scores) == 100, mission


def test_the_places_left_out_are_nowhere():
    for name in ("ranks.csv", "metrics.csv", "spend.csv"):
        codes = {row["area_code"] for row in table(name)}
        assert len(codes) == 307 and not codes & {"E09000001", "E06000053"}, name


def test_each_of_forty_metrics_is_there_for_each_place():
    rows = table("metrics.csv")
    assert len({row["metric"] for row in rows}) == 40 and len(rows) == 40 * 307
    for row in rows:
        assert bool(row["value"]) != bool(row["status"]), row
        assert bool(row["rule"]) == bool(row["value"]), row
    cascaded = {row["metric"] for row in rows if row["rule"] == "cascaded"}
    assert {"youth-reoffending", "homicide"} & cascaded, cascaded


def test_spend_quadrants_follow_from_the_figures():
    rows = [row for row in table("spend.csv") if row["compared"] == "yes"]
    assert len(rows) == 125
    mean = lambda key: sum(float(row[key]) for row in rows) / len(rows)
    need, spend = mean("need"), mean("spend_total_gbp_million")
    for row in rows:
        high = "high" if float(row["need"]) > need else "low"
        much = "high" if float(row["spend_total_gbp_million"]) > spend else "low"
        assert row["quadrant"] == f"{high}-need-{much}-spend", row
        total = float(row["spend_per_head_gbp"]) * int(row["population"]) / 1e6
        assert abs(total - float(row["spend_total_gbp_million"])) < 1e-6, row
    regions = {row["region"]: int(row["high_need_low_spend"]) for row in table("spend-regions.csv")}
    for region, count in regions.items():
        assert count == sum(row["region"] == region and row["quadrant"] == "high-need-low-spend"
                            for row in rows), region
    left_out = [row for row in table("spend.csv") if row["compared"] != "yes"]
    assert all(row["reason"] and not row["quadrant"] for row in left_out)
    assert "Birmingham" in {row["area_name"] for row in left_out}


def test_a_cartogram_has_a_hexagon_for_each_place_and_no_two_in_one_spot():
    for node in ["composite", *MISSIONS]:
        root = xml.fromstring(files[f"map-{node}.svg"])
        cells = [path for path in root.iter(f"{SVG}path") if path.get("class") == "area"]
        assert len(cells) == 307 and len({cell.get("d") for cell in cells}) == 307, node
        assert all(cell.find(f"{SVG}title").text for cell in cells)
        assert root.find(f"{SVG}title").text and root.find(f"{SVG}desc").text


def test_the_scatter_has_a_mark_for_each_place_compared():
    root = xml.fromstring(files["need-against-spend.svg"])
    marks = [e for e in root.iter() if e.tag in (f"{SVG}circle", f"{SVG}path") and e.find(f"{SVG}title") is not None]
    assert len(marks) == 125, len(marks)


def test_every_picture_can_be_drawn():
    pictures = [name for name in files if name.endswith(".svg")]
    assert len(pictures) >= 7
    for name in pictures:
        drawn = subprocess.run(["rsvg-convert", "-w", "400"], input=files[name], capture_output=True)
        assert drawn.returncode == 0 and drawn.stdout[:8] == b"\x89PNG\r\n\x1a\n", (name, drawn.stderr)


def shapes_of(picture):
    root = xml.fromstring(picture)
    text = " ".join(element.text or "" for element in root.iter(f"{SVG}text"))
    return [path.get("id") for path in root.iter(f"{SVG}path") if path.get("class") == "area"], text


def test_real_boundaries_are_those_of_the_pack():
    shapes, text = shapes_of(files["map-composite-boundaries.svg"])
    assert sorted(shapes) == sorted({row["area_code"] for row in table("ranks.csv")})
    assert "Contains OS data © Crown copyright and database right" in text


def test_other_boundaries_take_the_place_of_those_of_the_pack():
    square = [[[-1, 54], [0, 54], [0, 55], [-1, 55], [-1, 54]]]
    picture = map_with({"type": "FeatureCollection", "credit": "Drawn by <hand>", "features": [
        {"type": "Feature", "properties": {"code": "E06000001"}, "geometry": {"type": "Polygon", "coordinates": square}}]})
    shapes, text = shapes_of(picture)
    assert shapes == ["E06000001"] and "Drawn by <hand>" in text and "OS data" not in text
    corners = points_of(re.search(rb' d="(M[^"]*)z"', picture)[1].decode())
    assert corners[:4] == [(30, 900), (488.8, 900), (488.8, 110), (30, 110)], corners


def points_of(path):
    """Of an outline: M, and then the ways from point to point."""
    numbers = [float(number) for number in re.findall(r"-?(?:\d*\.\d+|\d+)", path)]
    x = y = 0
    points = []
    for right, down in zip(numbers[::2], numbers[1::2]):
        x, y = round(x + right, 1), round(y + down, 1)
        points.append((x, y))
    return points


def test_a_long_coast_takes_few_bytes():
    outlines = re.findall(r' d="(M[^"]*)"', files["map-composite-boundaries.svg"].decode())
    points = sum(len(points_of(ring)) for outline in outlines for ring in outline.split("z") if ring)
    assert points > 10000 and sum(map(len, outlines)) < 7 * points, (points, sum(map(len, outlines)))


def map_with(boundaries):
    with tempfile.NamedTemporaryFile("w", suffix=".geojson") as file:
        json.dump(boundaries, file)
        file.flush()
        with Service("--boundaries", file.name) as other:
            other.run("load", ENGLAND)
            return (other.state / "editions" / "latest" / "map-composite-boundaries.svg").read_bytes()


with Service() as service:
    service.run("load", ENGLAND)
    files = {path.name: path.read_bytes() for path in (service.state / "editions" / "latest").iterdir()}
run([case for name, case in sorted(globals().items()) if name.startswith("test_")])
