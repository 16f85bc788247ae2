#!/usr/bin/env python3
"""Makes the tables of the England pack from open data.

    make_pack.py FOLDER

FOLDER holds the source material: geography/, metrics/, spend/ and raw/, as described in its
SOURCES.md. Everything made stands beside this script: areas.csv, codes.csv, geography.csv,
data/DATASET/LABEL.csv, newer/ and SOURCES.md. The same input gives the same bytes.
"""

import csv
import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
NEWER = ("gigabit-broadband", "2025-11-27", "2026-05-19")  # dataset, in the pack, the next release
SPEND = "cra-economic-affairs"
SPEND_FUNCTION, SPEND_YEAR, SPEND_LABEL = "4. Economic affairs", "2022-23", "cra-2023"
MARKS = {"-": "[x]", "NA": "[x]", "..": "[x]", ":": "[x]", "": "[x]"}
LEVELS = {
    "E06": "lad", "E07": "lad", "E08": "lad", "E09": "lad", "E10": "utla", "E11": "metropolitan-county",
    "E12": "region", "E13": "london-part", "E22": "csp", "E23": "pfa", "E47": "combined-authority",
    "E54": "icb", "E92": "country",
}


def stop(text):
    sys.exit("make_pack.py: " + text)


def rows(path):
    if not path.exists():
        stop(f"{path} is not there")
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write(name, header, lines):
    path = HERE / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(header)
        out.writerows(lines)


# --- areas ------------------------------------------------------------------------------------


def ring_centre(ring):
    """Area and centroid of a ring by the shoelace formula, in degrees."""
    area = x = y = 0.0
    for (x0, y0), (x1, y1) in zip(ring, ring[1:]):
        cross = x0 * y1 - x1 * y0
        area += cross
        x += (x0 + x1) * cross
        y += (y0 + y1) * cross
    return abs(area / 2), x / (3 * area), y / (3 * area)


def centres(source):
    """The middle of the largest polygon of each area."""
    with open(source / "geography/lad2021_boundaries.geojson", encoding="utf-8") as file:
        features = json.load(file)["features"]
    found = {}
    for feature in features:
        shape = feature["geometry"]
        polygons = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
        _, x, y = max(ring_centre(polygon[0]) for polygon in polygons)
        found[feature["properties"]["code"]] = (round(x, 4), round(y, 4))
    return found


def population(source, key):
    return {r["area_code"]: int(r["persons"]) for r in rows(source / "geography/population.csv")
            if r["year_or_census"] == key}


def make_areas(source):
    middle, persons = centres(source), population(source, "census_2021")
    areas = rows(source / "geography/lad2021.csv")
    if len(areas) != 309:
        stop(f"{len(areas)} areas in lad2021.csv, expected 309")
    write("areas.csv",
          ["code", "name", "region_code", "region", "type", "population", "longitude", "latitude"],
          [[a["lad_code"], a["lad_name"], a["region_code"], a["region_name"], a["type"],
            persons[a["lad_code"]], *middle[a["lad_code"]]] for a in areas])
    return areas


# --- codes ------------------------------------------------------------------------------------


def all_codes(source):
    """Every English code of the lookups and of the files, with its name; the lookups' name first."""
    names = {}

    def add(code, name):
        if re.fullmatch(r"E\d{8}", code or "") and code not in names:
            names[code] = re.sub(r"\s*\[note \d+\]", "", name).strip()

    geography = source / "geography"
    for name, columns in (
        ("lad2021", ("lad_code", "lad_name")), ("lad2021", ("region_code", "region_name")),
        ("lad_to_utla", ("utla_code", "utla_name")), ("lad_to_csp", ("csp_code", "csp_name")),
        ("lad_to_pfa", ("pfa_code", "pfa_name")), ("lad_to_cauth", ("cauth_code", "cauth_name")),
        ("lad_to_icb", ("icb_code", "icb_name")),
        ("lad_to_lad2023", ("lad2023_code", "lad2023_name")),
        ("lad_changes", ("old_code", "old_name")), ("lad_changes", ("new_code", "new_name")),
    ):
        for row in rows(geography / f"{name}.csv"):
            add(row[columns[0]], row[columns[1]])
    files = sorted(source.glob("metrics/*/*.csv")) + sorted(source.glob("metrics/releases/*/*.csv"))
    for path in files:
        for row in rows(path):
            add(row["area_code"], row["area_name"])
    return names


# --- how figures reach the areas ----------------------------------------------------------------


def csp_weights(source):
    """Residents of each partnership: offences over the rate that was made of them."""
    rate = {r["area_code"]: float(r["value"])
            for r in rows(source / "metrics/crime/total-recorded-crime.csv")}
    people = {}
    with open(source / "raw/policeforceareatablesyejune25final.csv", encoding="utf-8-sig",
              newline="") as file:
        for row in csv.reader(file):
            if len(row) > 6 and row[2] in rate:
                people[row[2]] = round(int(row[6].replace(",", "").strip()) / rate[row[2]] * 1000)
    if set(people) != set(rate):
        stop(f"{len(people)} partnerships with offences, expected {len(rate)}")
    return people


def same_place(source):
    """Other codes of an area: of the same place, and of the authority that took its place."""
    recoded, successor = {}, {}
    for row in rows(source / "geography/lad_changes.csv"):
        if row["change_type"].startswith("recode") and row["is_main_successor"] == "1":
            recoded.setdefault(row["old_code"], []).append(row["new_code"])
            recoded.setdefault(row["new_code"], []).append(row["old_code"])
    for row in rows(source / "geography/lad_to_lad2023.csv"):
        if row["lad_code"] != row["lad2023_code"]:
            successor[row["lad_code"]] = row["lad2023_code"]
    return recoded, successor


def partnership_rows(code, partnerships, span, people, residents):
    """One partnership of an area: its own, or one that covers it. Several: their mean by weight."""
    if len(partnerships) == 1:
        rule = "recoded" if span[partnerships[0]] == 1 else "cascaded"
        return [[code, "csp", 1, partnerships[0], 1, rule]]
    whole = sum(people[c] for c in partnerships if span[c] == 1)
    out = []
    for csp in partnerships:
        # A partnership that reaches beyond the area counts by what the others leave of it.
        weight = people[csp] if span[csp] == 1 else residents[code] - whole
        if weight <= 0:
            stop(f"{code}: no residents left for the partnership {csp}")
        out.append([code, "csp", 1, csp, weight, "averaged"])
    return out


def make_geography(source, areas):
    recoded, successor = same_place(source)
    utla = {r["lad_code"]: r["utla_code"] for r in rows(source / "geography/lad_to_utla.csv")}
    pfa = {r["lad_code"]: r["pfa_code"] for r in rows(source / "geography/lad_to_pfa.csv")}
    csp, span = {}, {}
    for row in rows(source / "geography/lad_to_csp.csv"):
        csp.setdefault(row["lad_code"], []).append(row["csp_code"])
        span[row["csp_code"]] = int(row["lads_in_csp"])
    people, residents = csp_weights(source), population(source, "2022")
    out = []
    for area in areas:
        code = area["lad_code"]
        own = [(code, "direct")] + [(c, "recoded") for c in recoded.get(code, [])]
        later = [(successor[code], "successor")] if code in successor else []
        county = [(utla[code], "cascaded")] if utla[code] != code else own
        for level, steps in (("lad", own + later), ("utla", county + later)):
            out += [[code, level, i + 1, c, 1, rule] for i, (c, rule) in enumerate(steps)]
        out += partnership_rows(code, csp[code], span, people, residents)
        out.append([code, "pfa", 1, pfa[code], 1, "cascaded"])
        out.append([code, "region", 1, area["region_code"], 1, "cascaded"])
    write("geography.csv", ["area_code", "level", "step", "source_code", "weight", "rule"], out)
    return {row[3] for row in out}


# --- figures ----------------------------------------------------------------------------------


def is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def tidy(path, period):
    out = []
    for row in rows(path):
        if row["period"] != period or not row["area_code"].startswith("E"):
            continue
        value = row["value"].strip()
        if is_number(value):
            out.append([row["area_code"], period, value, ""])
        else:
            out.append([row["area_code"], period, "", MARKS.get(value, value)])
    return sorted(out)


def label_of(source, metric, period, path):
    """The day of the release where it is known, else the period as a file name can have it."""
    for release in sorted((source / "metrics/releases" / metric).glob("*.csv")):
        if release.read_bytes() == path.read_bytes():
            return release.stem
    return re.sub(r"[^0-9A-Za-z]+", "-", period).strip("-")


def make_figures(source):
    header = ["area_code", "period", "value", "status"]
    latest = {(r["metric_id"], r["release_date"]): r["latest_period"]
              for r in rows(source / "metrics/releases.csv")}
    made = []
    for entry in rows(source / "metrics/catalogue.csv"):
        metric, period = entry["metric_id"], entry["latest_period"]
        if not entry["notes"].startswith("Core"):
            continue
        path = source / "metrics" / entry["mission"] / f"{metric}.csv"
        label = label_of(source, metric, period, path)
        if metric == NEWER[0]:
            label = NEWER[1]
            for day, folder in ((NEWER[1], "data"), (NEWER[2], "newer")):
                file = source / "metrics/releases" / metric / f"{day}.csv"
                # releases.csv may give a period in another form than the file: take the file's.
                newest = max(r["period"] for r in rows(file))
                if not newest.startswith(latest[(metric, day)][:4]):
                    stop(f"{file}: newest period {newest}, expected {latest[(metric, day)]}")
                write(f"{folder}/{metric}/{day}.csv", header, tidy(file, newest))
                period = newest if folder == "data" else period
        else:
            figures = tidy(path, period)
            if not figures:
                stop(f"{path} has no rows for {period}")
            write(f"data/{metric}/{label}.csv", header, figures)
        made.append((entry, label, period))
    if len(made) != 40:
        stop(f"{len(made)} core metrics, expected 40")
    spend = [[r["region_code"], SPEND_YEAR, r["gbp_per_head"], ""]
             for r in rows(source / "spend/cra_per_head.csv")
             if r["function"] == SPEND_FUNCTION and r["year"] == SPEND_YEAR
             and r["region_code"].startswith("E12")]
    if len(spend) != 9:
        stop(f"{len(spend)} regions of spend, expected 9")
    write(f"data/{SPEND}/{SPEND_LABEL}.csv", header, sorted(spend))
    return made


# --- sources ----------------------------------------------------------------------------------

HEAD = """# Sources of the England pack

Contains public sector information licensed under the Open Government Licence v3.0.
Positions of the areas: contains OS data © Crown copyright and database right, and ONS data © Crown
copyright. Every table here was made by `make_pack.py` from copies of the publishers' files; none of
those files is in this folder. Licence of every source: Open Government Licence v3.0.

## Tables

| table | made from | how |
| --- | --- | --- |
| `areas.csv` | Office for National Statistics (ONS): Local Authority District to Region (April 2021) lookup; mid-year estimates (types); Census 2021 table TS007 (population); Local Authority Districts (December 2021) boundaries, 500 m | all 309 districts of April 2021; the position is the centroid of the largest polygon |
| `codes.csv` | ONS lookups of districts, counties, partnerships, police forces, combined authorities, NHS areas; ONS Code History Database (extract); the codes that occur in the releases | every English code that a release may use |
| `geography.csv` | the same lookups; for partnerships also the police tables below | how a figure reaches a district: under its own code, under another code of the same place, from the unitary of April 2023 that replaced it, from its county, partnership or force; the five districts made up of several partnerships take their mean, weighted by the residents of each (offences over the rate per 1,000 that was made of them; the part of Bournemouth, Christchurch and Poole in the Dorset partnership by what the other two leave of mid-2022 population) |

A county's figure is applied to its districts as of April 2021. Northamptonshire's unitaries of 2021 do
not take figures of the abolished county.

## Figures

The pack is England as it stood on 18 May 2026: for each metric the newest period then published in
the copies at hand. A label that is a date is the day on which the release was loaded by ONS's
Explore local statistics; another label is the period. `newer/` holds Ofcom's release of 19 May 2026.
Marks of the publisher are in the status column ([x] not available, [u] unreliable, [z] not
applicable, [c] confidential); "-" and "NA" of the copies became [x].

| dataset | release | period | publisher | title | notes |
| --- | --- | --- | --- | --- | --- |
"""

TAIL = """| {spend} | {label} | {year} | HM Treasury | Country and Regional Analysis 2023, identifiable expenditure, function 4 Economic affairs | pounds a head: expenditure in the region over its mid-2022 population (ONS), derived, not the published table of figures a head |
"""


def make_sources(made):
    text = HEAD
    for entry, label, period in made:
        notes = re.sub(r"^Core.\s*", "", entry["notes"]).replace("|", "/")
        text += (f"| {entry['metric_id']} | {label} | {period} | {entry['publisher']} | "
                 f"{entry['source_dataset_title']} | {notes} |\n")
    text += TAIL.format(spend=SPEND, label=SPEND_LABEL, year=SPEND_YEAR)
    (HERE / "SOURCES.md").write_text(text, encoding="utf-8")


def main():
    if len(sys.argv) != 2:
        stop("expected one argument, the folder of the source material")
    source = pathlib.Path(sys.argv[1])
    areas = make_areas(source)
    used = make_geography(source, areas)
    names = all_codes(source)
    if used - set(names):
        stop(f"codes without a name: {sorted(used - set(names))}")
    write("codes.csv", ["code", "name", "level"],
          [[c, names[c], LEVELS.get(c[:3], "other")] for c in sorted(names)])
    made = make_figures(source)
    make_sources(made)


main()
