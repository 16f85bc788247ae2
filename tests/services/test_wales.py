"""The Wales pack: its scores and ranks beside the same computed here from its files, the release that it brings,
and the tour of each pack."""
import csv
import io
import pathlib
import shutil
import subprocess
import sys
import tempfile
import urllib.request

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from suite import BUILD, MINDEX, ROOT, SANITIZED, Service, free_port, run

WALES = ROOT / "deploy" / "wales"
NEWER = WALES / "newer" / "gigabit-capable-broadband.csv"
DATA = ROOT.parent / "shared" / "data"
# As index.yaml says, in other words: weight, and whether less is more need.
TREE = {
    "work": {"income-per-head": (2, True), "weekly-pay": (1, True), "inactivity": (1, False), "businesses": (1, True)},
    "health": {"healthy-life-female": (1, True), "healthy-life-male": (1, True), "smoking": (1, False)},
    "learning": {"child-poverty": (2, False), "level-3": (1, True)},
    "home": {"house-prices": (1, False), "gigabit-broadband": (1, True)},
}


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def places():
    return {row["code"]: float(row["population"]) for row in rows(WALES / "areas.csv")}


def figures(metric):
    (path,) = (WALES / "data" / metric).glob("*.csv")
    return {row["area_code"]: float(row["value"]) for row in rows(path)}


def expected(gigabit=None):
    """{node: {place: score}}: no column of the pack is so skewed that an outlier is drawn in."""
    people, scores = places(), {}
    for theme, metrics in TREE.items():
        for metric, (_, less_is_more) in metrics.items():
            column = gigabit if gigabit and metric == "gigabit-broadband" else figures(metric)
            assert column.keys() == people.keys(), metric
            if metric == "businesses":
                column = {place: 1000 * value / people[place] for place, value in column.items()}
            low, high = (40, 100) if metric == "gigabit-broadband" else (min(column.values()), max(column.values()))
            way = {place: (high - value if less_is_more else value - low) / (high - low) for place, value in column.items()}
            scores[metric] = {place: 1 + 99 * part for place, part in way.items()}
        whole = sum(weight for weight, _ in metrics.values())
        scores[theme] = {place: sum(weight * scores[metric][place] for metric, (weight, _) in metrics.items()) / whole
                         for place in people}
    scores["need"] = {}
    for place in people:
        product = 1.0
        for theme in TREE:
            product *= scores[theme][place]
        scores["need"][place] = product ** (1 / len(TREE))
    return scores


def ranks(column):
    return {place: 1 + sum(other > value for other in column.values()) for place, value in column.items()}


def bands(column):
    return {place: f"band {(rank - 1) * 4 // len(column) + 1}" for place, rank in ranks(column).items()}


def scored(*releases):
    done = subprocess.run([MINDEX, "score", "--pack", WALES, "--all", "--csv", *releases], text=True,
                          capture_output=True, check=True)
    return list(csv.DictReader(io.StringIO(done.stdout)))


def check(found, scores):
    assert len(found) == 22 * len(scores), len(found)
    for row in found:
        column, place = scores[row["node"]], row["area_code"]
        assert abs(float(row["score"]) - column[place]) <= 1e-9 * column[place], (row, column[place])
        assert int(row["rank"]) == ranks(column)[place], row


def newer():
    return {row["areacd"]: float(row["observation"]) for row in rows(NEWER)}


def test_scores_and_ranks_are_those_computed_otherwise():
    check(scored(), expected())
    check(scored(NEWER), expected(newer()))


def test_the_newer_release_changes_what_it_should_and_nothing_else():
    before, after = expected(), expected(newer())
    moved = {(node, place): (ranks(before[node])[place], ranks(after[node])[place]) for node in before
             for place in places() if ranks(before[node])[place] != ranks(after[node])[place]}
    address = f"http://127.0.0.1:{free_port()}"
    with Service("--scoring", "1", "--http", address) as service:
        service.run("load", WALES)
        said = service.run("ingest", NEWER).stdout
        assert "accepted as release 12 of gigabit-broadband, '2026-01-01', 22 observations" in said, said
        changes = {(row["node"], row["area_code"]): (int(row["old_rank"]), int(row["new_rank"]))
                   for node in before
                   for row in csv.DictReader(io.StringIO(service.run("changes", "--node", node, "--csv").stdout))}
        assert changes == moved and len(moved) > 10, (changes, moved)
        table = list(csv.DictReader(io.StringIO(service.run("ranks", "--csv").stdout)))
        assert {row["area_code"]: row["band"] for row in table} == bands(after["need"]), table
        spend = service.run("spend", check=False)
        assert spend.returncode != 0 and "no spend comparison" in spend.stderr, spend
        with urllib.request.urlopen(address, timeout=30) as page:
            home = page.read().decode()
        assert "/league" in home and "spend" not in home, home
        with urllib.request.urlopen(f"{address}/method", timeout=30) as page:
            method = page.read().decode()
        assert "A gap that was filled is an estimate." in method and "for the mean" not in method, method
        assert "real boundaries" not in home, home  # the pack has none
        for path in ("/places/W06000019", "/places/W06000019/print"):
            with urllib.request.urlopen(address + path, timeout=30) as page:
                place = page.read().decode()
            assert "Need and spend" not in place and "Blaenau Gwent" in place, place
        kinds = {row["metric"]: row["kind"] for row in csv.DictReader(io.StringIO(
            service.run("profile", "W06000019", "--csv").stdout))}
        assert kinds["house-prices"] == "strength", kinds  # rank 21 of 22
        assert kinds["healthy-life-male"] == "", kinds  # one of its least, but rank 3 of 22


def test_a_gap_is_filled_in_from_the_region():
    with tempfile.TemporaryDirectory() as home:
        pack = pathlib.Path(home) / "wales"
        shutil.copytree(WALES, pack)
        (path,) = (pack / "data" / "smoking").glob("*.csv")
        lines = path.read_text().splitlines()
        at = next(i for i, line in enumerate(lines) if line.startswith("W06000023,"))  # Powys; its region has Ceredigion too
        lines[at] = lines[at][:lines[at].rindex(",") + 1] + "[x]"
        path.write_text("\n".join(lines) + "\n")
        done = subprocess.run([MINDEX, "score", "--pack", pack, "--node", "smoking", "--csv"], text=True,
                              capture_output=True, check=True)
        found = {row["area_code"]: row["score"] for row in csv.DictReader(io.StringIO(done.stdout))}
        assert found["W06000023"] == found["W06000008"], found


def test_the_tour_of_each_pack():
    packs = [("wales", "Wrexham")] + [("england", "Burnley")] * (not SANITIZED)
    for pack, said in packs:
        with tempfile.TemporaryDirectory() as home:
            (pathlib.Path(home) / "mindex").symlink_to(BUILD / "mindex")
            done = subprocess.run([ROOT / "deploy" / "tour.sh", home, ROOT / "deploy" / pack], text=True,
                                  capture_output=True, timeout=120, check=True)
            assert f"The score of {said} for" in done.stdout and "== Where everything is" in done.stdout, done.stdout
            assert ("== Need against spend" in done.stdout) == (pack == "england")


def test_a_pack_without_a_tour_is_told_what_to_do():
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run([ROOT / "deploy" / "tour.sh", BUILD, home], text=True, capture_output=True, timeout=30)
        assert done.returncode == 1 and "make serve PACK=" in done.stderr, done


def test_the_tables_are_those_that_the_sources_give():
    if not DATA.exists():
        print("skipped: no ../shared/data beside the project")
        return
    with tempfile.TemporaryDirectory() as home:
        shutil.copy(WALES / "make_pack.py", home)
        shutil.copy(WALES / "areas.csv", home)
        subprocess.run([sys.executable, pathlib.Path(home) / "make_pack.py", DATA], check=True)
        made = sorted(path.relative_to(home) for path in pathlib.Path(home).rglob("*.csv"))
        assert len(made) == 13, made
        for path in made:
            assert (pathlib.Path(home) / path).read_bytes() == (WALES / path).read_bytes(), path


run([case for name, case in list(globals().items()) if name.startswith("test_")])
