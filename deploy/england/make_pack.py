#!/usr/bin/env python3
"""Makes the tables of the England pack from open data.

    make_pack.py FOLDER

FOLDER holds the source material: geography/, metrics/, spend/ and raw/, as described in its
SOURCES.md. Everything made stands beside this script: areas.csv, codes.csv, geography.csv,
changes.csv, aliases.csv, boundaries.csv, data/DATASET/LABEL.csv, newer/ and SOURCES.md. The same input gives the same bytes.
"""

import csv
import json
import pathlib
import re
import sys
import xml.etree.ElementTree
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
NEWER = ("gigabit-broadband", "2025-11-27", "2026-05-19")  # dataset, in the pack, the next release
SPEND = "cra-economic-affairs"
SPEND_FUNCTION, SPEND_YEAR, SPEND_LABEL = "4. Economic affairs", "2022-23", "cra-2023"
MARKS = {"-": "[x]", "NA": "[x]", "..": "[x]", ":": "[x]", "": "[x]"}
LEVELS = {
    "E06": "lad", "E07": "lad", "E08": "lad", "E09": "lad", "E10": "utla", "E11": "metropolitan-county",
    "E12": "region", "E13": "london-part", "E22": "csp", "E23": "pfa", "E38": "sub-icb",
    "E47": "combined-authority", "E54": "icb", "E67": "lad", "E92": "country",
}
UNITARY = "unitary authority"
# Places of few residents that publishers put together with a neighbour: the code of the two.
TOGETHER = {"E67000001": ("E09000012", "E09000001"), "E67000002": ("E06000052", "E06000053")}


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


def read_polygons(source):
    with open(source / "geography/lad2021_boundaries.geojson", encoding="utf-8") as file:
        features = json.load(file)["features"]
    found = {}
    for feature in features:
        shape = feature["geometry"]
        many = shape["type"] == "MultiPolygon"
        found[feature["properties"]["code"]] = shape["coordinates"] if many else [shape["coordinates"]]
    return found


def centres(polygons):
    """Area (in square degrees) and middle of the largest polygon of each area."""
    return {code: max(ring_centre(polygon[0]) for polygon in parts) for code, parts in polygons.items()}


def together(middles):
    """The middle of several areas as one."""
    area = sum(m[0] for m in middles)
    return [round(sum(m[0] * m[k] for m in middles) / area, 4) for k in (1, 2)]


def population(source, key):
    return {r["area_code"]: int(r["persons"]) for r in rows(source / "geography/population.csv")
            if r["year_or_census"] == key}


def read_changes(source):
    """The changes that are one: a rename changes no code."""
    return [r for r in rows(source / "geography/lad_changes.csv") if r["old_code"] != r["new_code"]]


def parts_since(source, year):
    """New codes of a year or later, and the codes of April 2021 that they were made of."""
    parts = {}
    for row in read_changes(source):
        if int(row["year"]) >= year and row["is_main_successor"] == "1":
            parts.setdefault((row["new_code"], row["new_name"]), []).append(row["old_code"])
    return parts


def make_areas(source, polygons):
    middle, persons = centres(polygons), population(source, "census_2021")
    areas = {a["lad_code"]: a for a in rows(source / "geography/lad2021.csv")}
    if len(areas) != 309:
        stop(f"{len(areas)} areas in lad2021.csv, expected 309")
    out = []
    for code, a in areas.items():
        out.append([code, a["lad_name"], a["region_code"], a["region_name"], a["type"],
                    persons[code], *together([middle[code]])])
    for (code, name), parts in parts_since(source, 2022).items():
        first = areas[parts[0]]
        if any(areas[p]["region_code"] != first["region_code"] for p in parts):
            stop(f"{code} lies in several regions")
        kind = first["type"] if len(parts) == 1 else UNITARY
        if kind not in {a["type"] for a in areas.values()}:
            stop(f"no areas of type {kind}")
        out.append([code, name, first["region_code"], first["region_name"], kind,
                    sum(persons[p] for p in parts), *together([middle[p] for p in parts])])
    write("areas.csv",
          ["code", "name", "region_code", "region", "type", "population", "longitude", "latitude"],
          out)
    return areas


# --- boundaries -------------------------------------------------------------------------------


def rounded(ring):
    """The points to a thousandth of a degree (about 100 m), none twice in a row, the first once."""
    points = [(round(x, 3) + 0.0, round(y, 3) + 0.0) for x, y in ring]
    return [p for p, before in zip(points, points[-1:] + points) if p != before]


def outlines(rings):
    """The rings around areas as one: what two of them have in common is no boundary."""
    edges = {edge for ring in rings for edge in zip(ring, ring[1:] + ring[:1])}
    after = {}
    for start, end in sorted(edges):
        if (end, start) not in edges:
            after.setdefault(start, []).append(end)
    while after:
        first = at = min(after)
        ring = []
        while at in after:
            ring.append(at)
            ends = after[at]
            at = ends.pop()
            if not ends:
                del after[ring[-1]]
        if at != first:
            stop(f"a boundary that does not close at {at}")
        yield ring


def make_boundaries(source, polygons):
    rings = {code: [rounded(ring) for polygon in parts for ring in polygon]
             for code, parts in polygons.items()}
    for (code, _), parts in parts_since(source, 2022).items():
        rings[code] = list(outlines([ring for part in parts for ring in rings[part]]))
    out = []
    for code in sorted(rings):
        kept = [ring for ring in rings[code] if len(ring) > 2]
        if not kept:
            stop(f"{code} has no boundary")
        for number, ring in enumerate(kept, 1):
            out.append([code, number, " ".join(f"{x:g} {y:g}" for x, y in ring)])
    write("boundaries.csv", ["area_code", "ring", "points"], out)


# --- codes ------------------------------------------------------------------------------------


def tidy_name(text):
    """A name without note marks and line ends."""
    return re.sub(r"\s*\[note \d+\]", "", text).strip()


def release_names(source):
    """Code and name of every row of the releases, whatever their columns are called."""
    paths = [p for pattern in ("metrics/*/*.csv", "metrics/releases/*/*.csv", "releases/*/*/*.csv")
             for p in sorted(source.glob(pattern))]
    for path in paths:
        text = path.read_bytes().decode("utf-8-sig", errors="replace")
        for row in csv.DictReader(text.splitlines(keepends=True)):
            low = {(k or "").strip().lower(): v for k, v in row.items()}
            code = low.get("area_code") or low.get("areacd") or ""
            name = low.get("area_name") or low.get("areanm") or ""
            if "\ufffd" not in name and "?" not in name:
                yield code.strip(), name
    with open(source / "raw/PROV - Home Geography Table 8.7a   Annual pay - Gross 2025.csv",
              encoding="cp1252", newline="") as file:
        yield from ((row[1].strip(), row[0]) for row in csv.reader(file) if len(row) > 1)
    table = source / "raw/sub-regional-fuel-poverty-2022-tables.xlsx"
    for cells in sheet_rows(table, "Table 2"):
        yield cells.get("A", "").strip(), cells.get("B") or cells.get("C") or ""


def all_codes(source):
    """Every English code of the lookups and of the files, with its name; the lookups' name first."""
    names = {}

    def add(code, name):
        if re.fullmatch(r"E\d{8}", code or "") and code not in names and name:
            names[code] = tidy_name(name)

    geography = source / "geography"
    for name, columns in (
        ("lad2021", ("lad_code", "lad_name")), ("lad2021", ("region_code", "region_name")),
        ("lad_to_utla", ("utla_code", "utla_name")), ("lad_to_csp", ("csp_code", "csp_name")),
        ("lad_to_pfa", ("pfa_code", "pfa_name")), ("lad_to_cauth", ("cauth_code", "cauth_name")),
        ("lad_to_icb", ("icb_code", "icb_name")),
        ("lad_to_sub_icb", ("sub_icb_code", "sub_icb_name")),
        ("lad_to_lad2023", ("lad2023_code", "lad2023_name")),
        ("lad_changes", ("old_code", "old_name")), ("lad_changes", ("new_code", "new_name")),
    ):
        for row in rows(geography / f"{name}.csv"):
            add(row[columns[0]], row[columns[1]])
    for code, name in release_names(source):
        add(code, name)
    return names


def same_name(text):
    """What two spellings of a name have in common, roughly as core/names.c has it."""
    text = re.sub(r"[\u2018\u2019'.]", "", text.lower()).replace("&", " and ")
    text = " ".join(re.sub(r"[-,()/]", " ", text).split())
    text = re.sub(r"^(county |(city|county|london borough|borough) of )", "", text)
    return re.sub(r" ((city|county) of|ua|county|borough|district)$", "", text)


def make_aliases(source, names):
    """Other names that a publisher uses, or used, for a code; and two places as one."""
    out = set()
    changes = [(r[f"{k}_code"], r[f"{k}_name"]) for r in rows(source / "geography/lad_changes.csv")
               for k in ("old", "new")]
    for code, name in [*changes, *release_names(source)]:
        name = " ".join(tidy_name(name).split())
        if code in names and name and same_name(name) != same_name(names[code]):
            out.add((name, code))
    for code, (large, small) in TOGETHER.items():
        out.add(("+".join(sorted((large, small))), code))
        for first, second in ((large, small), (small, large)):
            out.add((f"{names[first]} and {names[second]}", code))
            out.add((f"{names[first]} with {names[second]}", code))
    write("aliases.csv", ["name", "code"], sorted(out, key=lambda row: (row[1], row[0])))


def publishing_people(source, names):
    """Mid-2022 residents of the areas that publish under the codes, where they can be known."""
    people = population(source, "2022")
    districts = dict(people)

    def add(code, parts):
        if code not in people and all(p in districts for p in parts):
            people[code] = sum(districts[p] for p in parts)

    for (code, _), parts in parts_since(source, 2022).items():
        add(code, parts)
    for code, parts in TOGETHER.items():
        add(code, parts)
    measured = csp_weights(source)
    for table, column in (("lad_to_csp", "csp_code"), ("lad_to_pfa", "pfa_code"),
                          ("lad_to_icb", "icb_code"), ("lad_to_sub_icb", "sub_icb_code"),
                          ("lad_to_cauth", "cauth_code")):
        parts, within = {}, {}
        for row in rows(source / f"geography/{table}.csv"):
            parts.setdefault(row[column], []).append(row["lad_code"])
            within[row["lad_code"]] = within.get(row["lad_code"], 0) + 1
        for code, members in parts.items():
            if all(within[m] == 1 for m in members):
                add(code, members)
            elif code in measured:
                people[code] = measured[code]
    return {code: people[code] for code in names if code in people}


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


def partnership_rows(code, partnerships, crossing, span, people, residents):
    """The partnerships of an area: its own, one that covers it, or several."""
    whole = sum(people[c] for c in partnerships if span[c] == 1)
    out = []
    for csp in partnerships:
        weight = ""
        if len(partnerships) > 1:
            # One that reaches beyond the area has there what the area's others leave of it.
            weight = people[csp] if span[csp] == 1 else residents[code] - whole
        elif csp in crossing:
            weight = residents[code]
        if weight != "" and weight <= 0:
            stop(f"{code}: no residents left for the partnership {csp}")
        out.append([code, "csp", 1, csp, weight])
    return out


def share_rows(source, level, table, column, persons):
    """Areas of the NHS: a district in several is shared among them by its LSOAs."""
    found = {}
    for row in rows(source / f"geography/{table}.csv"):
        found.setdefault(row["lad_code"], []).append(row)
    out = {}
    for code, parts in found.items():
        whole = len(parts) == 1
        out[code] = [[code, level, 1, r[column], "" if whole else
                      round(persons[code] * float(r["lsoa11_share"]))] for r in parts]
    return out


def make_geography(source, areas):
    persons, residents = population(source, "census_2021"), population(source, "2022")
    utla = {r["lad_code"]: r["utla_code"] for r in rows(source / "geography/lad_to_utla.csv")}
    pfa = {r["lad_code"]: r["pfa_code"] for r in rows(source / "geography/lad_to_pfa.csv")}
    cauth = {r["lad_code"]: r["cauth_code"] for r in rows(source / "geography/lad_to_cauth.csv")}
    icb = share_rows(source, "icb", "lad_to_icb", "icb_code", persons)
    sub_icb = share_rows(source, "sub-icb", "lad_to_sub_icb", "sub_icb_code", persons)
    csp, span = {}, {}
    for row in rows(source / "geography/lad_to_csp.csv"):
        csp.setdefault(row["lad_code"], []).append(row["csp_code"])
        span[row["csp_code"]] = int(row["lads_in_csp"])
    crossing = {c for parts in csp.values() if len(parts) > 1 for c in parts if span[c] > 1}
    people = csp_weights(source)
    joined = {code: both for both, codes in TOGETHER.items() for code in codes}
    out = []
    for code in areas:
        out.append([code, "lad", 1, code, ""])
        if code in joined:
            out.append([code, "lad", 2, joined[code], ""])
        out.append([code, "utla", 1, utla[code], ""])
        if code in joined:
            out.append([code, "utla", 2, joined[code], ""])
        out += partnership_rows(code, csp[code], crossing, span, people, residents)
        out.append([code, "pfa", 1, pfa[code], ""])
        out.append([code, "region", 1, areas[code]["region_code"], ""])
        out += icb[code] + sub_icb[code]
        if code in cauth:
            out.append([code, "combined-authority", 1, cauth[code], ""])
    # Codes of other vintages: figures of districts stand under them, and of upper tiers too.
    others = sorted({r[k] for r in read_changes(source) for k in ("old_code", "new_code")} -
                    set(areas))
    for code in others:
        for level in ("lad",) if code.startswith("E07") else ("lad", "utla"):
            out.append([code, level, 1, code, ""])
    write("geography.csv", ["area_code", "level", "step", "source_code", "weight"], out)
    return {row[3] for row in out}


# --- changes ----------------------------------------------------------------------------------


def sheet_rows(path, name):
    """The rows of a sheet of an XLSX file, as text by column letters."""
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    link = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
    if not path.exists():
        stop(f"{path} is not there")
    with zipfile.ZipFile(path) as book:
        strings = ["".join(t.text or "" for t in entry.iter(space + "t")) for entry in
                   xml.etree.ElementTree.fromstring(book.read("xl/sharedStrings.xml"))]
        sheets = xml.etree.ElementTree.fromstring(book.read("xl/workbook.xml"))
        wanted = [s.get(link) for s in sheets.iter(space + "sheet") if s.get("name") == name]
        targets = {r.get("Id"): r.get("Target") for r in
                   xml.etree.ElementTree.fromstring(book.read("xl/_rels/workbook.xml.rels"))}
        with book.open("xl/" + targets[wanted[0]]) as file:
            for _, row in xml.etree.ElementTree.iterparse(file):
                if row.tag != space + "row":
                    continue
                cells = {}
                for cell in row:
                    value = cell.find(space + "v")
                    if value is not None:
                        text = strings[int(value.text)] if cell.get("t") == "s" else value.text
                        cells[re.match("[A-Z]+", cell.get("r")).group()] = text
                yield cells
                row.clear()


def households(source):
    """Households in 2020 by the district of the 2011 output areas, under its code of then."""
    found = {}
    for cells in sheet_rows(source / "raw/sub-regional-fuel-poverty-2022-tables.xlsx", "Table 3"):
        if cells.get("A", "").startswith("E01"):
            found[cells["C"]] = found.get(cells["C"], 0) + int(cells["F"])
    return found


def make_changes(source):
    persons, homes = population(source, "census_2021"), households(source)
    rows_of, total = {}, {}
    for row in read_changes(source):
        rows_of.setdefault(row["new_code"], []).append(row)
        total[row["new_code"]] = total.get(row["new_code"], 0) + homes.get(row["old_code"], 0)

    def weight(row):
        """The residents of a merged district; without a count of them, by its households."""
        old, new = row["old_code"], row["new_code"]
        if old in persons:
            return persons[old]
        if new in persons and all(r["old_code"] in homes for r in rows_of[new]):
            return round(persons[new] * homes[old] / total[new])
        return ""

    out = []
    for row in read_changes(source):
        kind = row["change_type"].split()[0]
        if row["is_main_successor"] != "1":
            kind = "transfer"
        out.append([row["effective_date"] or row["year"], row["old_code"], row["new_code"],
                    weight(row) if kind == "merge" else "", kind])
    write("changes.csv", ["date", "old_code", "new_code", "weight", "kind"], sorted(out))


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
Positions and boundaries of the areas: contains OS data © Crown copyright and database right, and ONS data © Crown
copyright. Every table here was made by `make_pack.py` from copies of the publishers' files; none of
those files is in this folder. Licence of every source: Open Government Licence v3.0, but for the days
in `changes.csv`, which are from the mySociety register (MIT licence, © mySociety).

## Tables

| table | made from | how |
| --- | --- | --- |
| `areas.csv` | Office for National Statistics (ONS): Local Authority District to Region (April 2021) lookup; mid-year estimates (types); Census 2021 table TS007 (population); Local Authority Districts (December 2021) boundaries, 500 m | all 309 districts of April 2021; the position is the centroid of the largest polygon. The four unitaries of April 2023: the sum and the common centroid of their districts. Barnsley and Sheffield under their codes of 2025: population and position of the codes before, since the land that moved is not known |
| `boundaries.csv` | ONS: Local Authority Districts (December 2021) UK BUC (ultra generalised, 500 m, clipped to the coastline). Contains OS data © Crown copyright and database right | rounded to a thousandth of a degree. The four unitaries of April 2023: the outline of their districts together. Barnsley and Sheffield under their codes of 2025: the outline of the codes before |
| `codes.csv` | ONS lookups of districts, counties, partnerships, police forces, combined authorities, NHS areas; ONS Code History Database (extract); the codes that occur in the releases | every English code that a release may use; its population is the ONS mid-2022 estimate, of districts summed where an area is whole districts; of partnerships that are not, offences over the rate per 1,000 that was made of them; empty for NHS areas that share a district, combined authorities after 2021 and districts before |
| `geography.csv` | the same lookups; for partnerships also the police tables below | which codes cover or make up a district: its own, that of two places together (E67), its county, partnerships, force, NHS areas, combined authority, region. The five districts made up of several partnerships have the residents of each (offences over the rate per 1,000 that was made of them; the part of Bournemouth, Christchurch and Poole in the Dorset partnership by what the other two leave of mid-2022 population). A district in several NHS areas has its Census 2021 population shared by its 2011 lower super output areas (ONS LSOA to Sub ICB to ICB lookup, July 2022) |
| `changes.csv` | ONS Code History Database (Greater London Authority's extract), 2009 to 2021; ONS LAD 2022 to LAD 2023 lookup; ONS Explore local statistics (codes of 2025); days from the mySociety register of UK local authorities | weights of 2023: Census 2021 table TS007; of 2019 to 2021: the Census 2021 population of the new area, shared by the former districts' households (Department for Energy Security and Net Zero, Sub-regional fuel poverty 2022, Table 3: modelled households of 2020 by 2011 output area under the district codes of then); of 2009: none |
| `aliases.csv` | former names of the ONS Code History Database; names in the releases, in ASHE table 8.7a (ONS) and in Sub-regional fuel poverty 2022, Table 2, that differ from those of `codes.csv` | the names of two places together are put together from the names of the two |

A county's figure is applied to its districts as of April 2021, and to the unitaries of April 2023 that
were made of them. Northamptonshire's unitaries of 2021 do not take figures of the abolished county.

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
    polygons = read_polygons(source)
    areas = make_areas(source, polygons)
    make_boundaries(source, polygons)
    used = make_geography(source, areas)
    make_changes(source)
    names = all_codes(source)
    if used - set(names):
        stop(f"codes without a name: {sorted(used - set(names))}")
    people = publishing_people(source, names)
    write("codes.csv", ["code", "name", "level", "population"],
          [[c, names[c], LEVELS.get(c[:3], "other"), people.get(c, "")] for c in sorted(names)])
    make_aliases(source, names)
    made = make_figures(source)
    make_sources(made)


main()
