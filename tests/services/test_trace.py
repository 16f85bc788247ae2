"""The pedigree of a score: what `mindex trace` says must be what the publisher's file, the geography
and the definition give, computed here anew."""
import csv
import json
import pathlib
import re
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from suite import ENGLAND, SANITIZED, Service, run

NEWER = ENGLAND / "newer" / "gigabit-broadband" / "2026-05-19.csv"
METRICS = ["gigabit-broadband", "homicide", "life-satisfaction", "persistent-absence", "gva-per-hour", "employment-rate",
           "youth-reoffending", "shoplifting"]
PLACES = ["Burnley", "Allerdale", "Hackney", "Cornwall", "E07000008", "Leicester", "Mendip", "West Northamptonshire"]
EACH = 12 if SANITIZED else 6  # of the ranked places; each is a few programs' starts


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def trace(service, place, metric, *options):
    return json.loads(service.run("trace", place, metric, "--json", *options).stdout)


def check_source(told, part, folder):
    """Every source is the line of the file that it names; together they give the figure."""
    source = told[part]
    if not source["sources"]:
        assert source["value"] is None
        return
    name = source["release"]["file_name"]
    file = pathlib.Path(name) if name.startswith("/") else folder / name
    lines = file.read_text(encoding="utf-8").splitlines()
    header = lines[0].split(",")
    for entry in source["sources"]:
        cells = dict(zip(header, next(csv.reader([lines[entry["line"] - 1]]))))
        assert cells["area_code"] == entry["area_code"] and cells["period"] == entry["period"], (cells, entry)
        if entry["value"] is None:
            assert entry["mark"] and cells["value"] == "", (cells, entry)
        else:
            assert float(cells["value"]) == entry["value"], (cells, entry)
    if source["value"] is not None:
        assert abs(sum(entry["weight"] for entry in source["sources"]) - 1) < 1e-12, source
        total = sum(entry["weight"] * entry["value"] for entry in source["sources"])
        assert abs(total - source["value"]) <= 1e-9 * abs(total), source


def check_path(service, told, options):
    shown = {row["node"]: row for row in json.loads(service.run("show", told["area_code"], "--json", *options).stdout)}
    for step in told["path"]:
        row = shown[step["node"]]
        assert step["rank"] == row["rank"] and step["score"] == row["score"] and step["of"] == row["of"], (step, row)
    assert told["path"][0]["node"] == told["metric"] and told["path"][-1]["share_of_root"] == 1
    # Equal weights of five missions, and of eight metrics within each.
    assert abs(told["path"][0]["share_of_root"] - 1 / 40) < 1e-12, told["path"]
    row = shown[told["metric"]]
    assert told["steps"]["scored_figure"] == row["value"], (told["steps"], row)
    assert not told["source"]["sources"] or row["rule"] in ("", told["source"]["sources"][0]["rule"]), (told, row)


def test_the_pedigree_of_england_is_what_its_files_say():
    rules = set()
    with Service() as service:
        service.run("load", ENGLAND)
        service.run("ingest", NEWER)
        for place in PLACES:
            for metric in METRICS:
                told = trace(service, place, metric)
                assert told["edition"] == 2
                check_source(told, "source", ENGLAND)
                check_path(service, told, [])
                assert told["steps"]["figure"] == told["source"]["value"], told
                rules |= {entry["rule"] for entry in told["source"]["sources"]}
        old = trace(service, "Burnley", "gigabit-broadband", "--edition", 1)
        check_source(old, "source", ENGLAND)
        check_path(service, old, ["--edition", 1])
        new = trace(service, "Burnley", "gigabit-broadband")
        assert old["source"]["release"]["release"] < new["source"]["release"]["release"] == 42
        assert new["source"]["release"]["file_name"] == str(NEWER)
        text = service.run("trace", "Burnley", "gigabit-broadband").stdout
        for words in (new["source"]["release"]["file_hash"], "E07000117 Burnley: line 138, 2026-01-01: 96",
                      "turned, for lower is more need", "2.50 % of the whole"):
            assert words in text, text
    assert rules >= {"direct", "cascaded", "averaged", "successor"}, rules


TREATED = """\
index: treated
title: Treated
areas: {table: areas.csv, geography: geography.csv, codes: codes.csv, changes: changes.csv, vintage: 2021-04-01,
        exclude: [E09000001, E06000053]}
bands: 5
levels:
  - {id: index, name: Index, aggregate: arithmetic, coverage: 0, normalise: none}
  - {id: metric, name: Metric, normalise: min-max, range: [1, 100],
     impute: {method: group-median, by: region}, treat: {winsorise: 5}}
tree:
  id: all
  name: All
  children:
    - {id: renewable-generation, name: Renewables, weight: 3, unit: MWh, direction: lower-is-need,
       denominator: population, per: 1000}
    - {id: electric-vehicle-share, name: Vehicles, unit: share, direction: lower-is-need}
    - {id: life-satisfaction, name: Life, unit: score, direction: lower-is-need}
"""


def test_every_rule_on_the_way_can_be_followed_to_the_score():
    kinds = set()
    with Service() as service, tempfile.TemporaryDirectory() as home:
        pack = pathlib.Path(home) / "pack"
        shutil.copytree(ENGLAND, pack)
        definition = (pack / "index.yaml").read_text(encoding="utf-8")
        datasets = re.search(r"^datasets:\n(?:(?: .*)?\n)*", definition, re.M).group(0)
        (pack / "index.yaml").write_text(TREATED + datasets, encoding="utf-8")
        done = service.run("load", pack, check=False)
        assert done.returncode == 0, done.stderr
        populations = {row["code"]: float(row["population"]) for row in rows(pack / "areas.csv")}
        for row in json.loads(service.run("ranks", "--json").stdout)[::EACH] + [{"area_code": "E07000117"}]:
            for metric in ("renewable-generation", "electric-vehicle-share", "life-satisfaction"):
                told = trace(service, row["area_code"], metric)
                steps, path = told["steps"], told["path"]
                check_source(told, "source", pack)
                figure = told["source"]["value"]
                if told["denominator"]:
                    assert told["denominator"]["value"] == populations[told["area_code"]]
                    figure = figure / populations[told["area_code"]] * 1000
                if figure is None:
                    assert steps["imputed"] == "group-median" and steps["figure"] is None, told
                else:
                    assert steps["figure"] == steps["scored_figure"] == figure and not steps["imputed"], told
                counted = steps["counts_as"] if steps["winsorised"] else steps["scored_figure"]
                share = (counted - steps["least"]) / (steps["greatest"] - steps["least"])
                assert steps["turned"] and steps["normalise"] == "min-max"
                assert abs(1 + 99 * (1 - share) - path[0]["score"]) < 1e-9, told
                assert path[0]["share_of_root"] == {"renewable-generation": 0.6}.get(metric, 0.2), path
                kinds |= {"winsorised"} if steps["winsorised"] else set()
                kinds |= {"imputed"} if steps["imputed"] else {"published"}
                assert (f"counts as {counted:.10g}" in service.run("trace", row["area_code"], metric).stdout) == steps["winsorised"]
    assert kinds == {"winsorised", "imputed", "published"}, kinds


run([case for name, case in sorted(globals().items()) if name.startswith("test_")])
