#!/usr/bin/env python3
"""Makes the figures of the Wales pack from open data.

    make_pack.py FOLDER

FOLDER holds the source material, which SOURCES.md names: releases/ons-explore-local-statistics/
with the editions of December 2025 and June 2026. Made beside this script are data/ and newer/; the
codes and names in areas.csv must be the publisher's. The same input gives the same bytes.
"""

import csv
import io
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
BEFORE, NOW = "2025-12", "2026-06"  # editions of Explore local statistics
# Dataset: the publisher's file, and the indicator in it.
DATASETS = {
    "income-per-head": ("gross-disposable-household-income-per-head", "Gross disposable household income"),
    "weekly-pay": ("gross-median-weekly-pay", "Gross median weekly pay"),
    "inactivity": ("employment-rate", "Economically inactive"),
    "businesses": ("business-demography", "Active businesses"),
    "healthy-life-female": ("healthy-life-expectancy", "Female healthy life expectancy"),
    "healthy-life-male": ("healthy-life-expectancy", "Male healthy life expectancy"),
    "smoking": ("cigarette-smokers", "Cigarette smokers"),
    "child-poverty": ("children-in-relative-poverty", "Children in relative poverty after housing costs"),
    "level-3": ("qualifications-level-3-or-above", "Level 3 or above qualifications (Great Britain)"),
    "house-prices": ("housing-affordability-ratio", "Housing affordability ratio (residence-based)"),
}
GIGABIT = "gigabit-capable-broadband"


def stop(text):
    sys.exit("make_pack.py: " + text)


def write(name, header, lines):
    path = HERE / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(header)
        out.writerows(lines)


def table(path):
    """A header and the rows of Wales, whatever the case of its names."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    code = [name.lower() for name in header].index("areacd")
    return header, sorted((row for row in rows if row[code].startswith("W06")), key=lambda row: row[code])


def newest(path, indicator):
    """The figures of the newest period: (code, period, value), by code."""
    header, rows = table(path)
    names = [name.lower() for name in header]
    code, period, value = (names.index(name) for name in ("areacd", "period", "observation"))
    if indicator:
        rows = [row for row in rows if row[names.index("indicator")] == indicator]
    if not rows:
        stop(f"{path}: nothing of {indicator}")
    last = max(row[period] for row in rows)
    found = [(row[code], row[period], row[value]) for row in rows if row[period] == last]
    if len(found) != 22:
        stop(f"{path}: {len(found)} figures of {indicator}, and not 22")
    return found


def check_areas(codes):
    with open(HERE / "areas.csv", encoding="utf-8", newline="") as file:
        here = {row["code"]: row["name"] for row in csv.DictReader(file)}
    if here != codes:
        stop(f"areas.csv has other areas than the publisher: {sorted(here.items() ^ codes.items())}")


def make_newer(path):
    """The publisher's own columns, and its rows of Wales."""
    header, rows = table(path)
    text = io.StringIO(newline="")
    out = csv.writer(text, lineterminator="\n")
    out.writerow(header)
    out.writerows(rows)
    target = HERE / "newer" / f"{GIGABIT}.csv"
    target.parent.mkdir(exist_ok=True)
    target.write_text(text.getvalue(), encoding="utf-8")


def main():
    if len(sys.argv) != 2:
        stop("usage: make_pack.py FOLDER")
    folder = pathlib.Path(sys.argv[1])
    editions = folder / "releases" / "ons-explore-local-statistics"
    header, rows = table(editions / NOW / f"{GIGABIT}.csv")
    check_areas({row[header.index("areacd")]: row[header.index("areanm")] for row in rows})
    for dataset, (file, indicator) in DATASETS.items():
        lines = newest(editions / NOW / f"{file}.csv", indicator)
        write(f"data/{dataset}/{NOW}.csv", ["area_code", "period", "value"], lines)
    write(f"data/gigabit-broadband/{BEFORE}.csv", ["area_code", "period", "value"],
          newest(editions / BEFORE / f"{GIGABIT}.csv", None))
    make_newer(editions / NOW / f"{GIGABIT}.csv")


if __name__ == "__main__":
    main()
