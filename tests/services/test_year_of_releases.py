"""Every file of the shared data comes in through a running service, as the releases of some years would: what each
becomes, figure by figure, beside a plain reading of the same file; or why it is refused.

The order is that of their dates. metrics/releases has the day of each in releases.csv. An edition of ONS's Explore
local statistics has its month, and the originals in raw/ what SOURCES.md says of them, a month or a year: they come at
the end of it. The tidy files in metrics/ have no date but that of their copy, later than all others: they come last.
"""
import csv
import math
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import zmq

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from plain_readers import csv_lines, csv_rows, number, ods_rows, xlsx_rows
from suite import ENGLAND, ROOT, Service, run

DATA = ROOT.parent / "shared" / "data"
RAW = {  # the date, and the datasets that the file is for
    "regionalgrossdomesticproductlocalauthorities.xlsx": ("2021-06", ["gdp-per-head"]),
    "Weekly pay-Table 1.csv": ("2022-02", ["median-weekly-pay"]),
    "sub-regional-fuel-poverty-2022-tables.xlsx": ("2022", ["fuel-poverty"]),
    "Detailed_LA_202212.ods": ("2022-12", ["homelessness-assessed"]),
    "policeforceareatablesyejune25final.csv": ("2025-06", [
        "residential-burglary", "sexual-offences", "shoplifting", "total-recorded-crime",
        "violence-against-the-person", "weapons-possession"]),
    "PROV - Home Geography Table 8.7a   Annual pay - Gross 2025.csv": ("2025", ["median-annual-pay"]),
}
INDICATORS = {  # of Explore local statistics, in any of its editions
    "4G coverage": "mobile-4g-coverage",
    "Additions to the housing stock": "net-additional-dwellings",
    "Net additions to the housing stock (England)": "net-additional-dwellings",
    "Aged 16 to 64 years level 3 or above qualifications": "level-3-qualifications",
    "Level 3 or above qualifications (Great Britain)": "level-3-qualifications",
    "Aged 19 years and over further education and skills learner achievements": "further-education-achievements",
    "Aged 19 years and over further education and skills participation": "further-education-participation",
    "Further education and skills participation": "further-education-participation",
    "Apprenticeships achievements": "apprenticeship-achievements",
    "Apprenticeship achievements (England)": "apprenticeship-achievements",
    "Apprenticeships starts": "apprenticeship-starts",
    "Apprenticeship starts (England)": "apprenticeship-starts",
    "Cancer diagnosis at stage 1 and 2": "early-cancer-diagnosis",
    "Proportion of cancers diagnosed at stages 1 and 2": "early-cancer-diagnosis",
    "Cardiovascular mortality considered preventable in persons aged under 75": "preventable-cvd-mortality",
    "Under 75 mortality rate from cardiovascular diseases considered preventable (per 100,000 population) (England)":
        "preventable-cvd-mortality",
    "Preventable cardiovascular mortality (England)": "preventable-cvd-mortality",
    "Children at expected level for communication and language by end of early years foundation stage":
        "early-years-language",
    "Communication and language": "early-years-language",
    "Children at expected level for literacy by end of early years foundation stage": "early-years-literacy",
    "Literacy": "early-years-literacy",
    "Children at expected level for maths by end of early years foundation stage": "early-years-mathematics",
    "Mathematics": "early-years-mathematics",
    "Cigarette smokers": "smoking",
    "Adults that currently smoke cigarettes": "smoking",
    "Female healthy life expectancy": "healthy-life-expectancy-female",
    "Male healthy life expectancy": "healthy-life-expectancy-male",
    "GCSEs (and equivalent) in English and maths by age 19": "gcse-english-maths-19",
    "GCSEs in English and Maths": "gcse-english-maths-19",
    "Gigabit capable broadband": "gigabit-broadband",
    "Premises with gigabit capable broadband": "gigabit-broadband",
    "Gross disposable household income per head": "gdhi-per-head",
    "Gross disposable household income": "gdhi-per-head",
    "Gross median weekly pay": "median-weekly-pay",
    "Gross value added per hour worked": "gva-per-hour",
    "Homicide Offences": "homicide",
    "Overweight adults (aged 18 years and over)": "overweight-adults",
    "Overweight children at reception age (aged four to five years)": "overweight-children-reception",
    "Overweight children at Year 6 age (aged 10 to 11 years)": "overweight-children-year-6",
    "Persistent absences for all pupils": "persistent-absence",
    "Persistent absences for pupils looked after by local authorities": "persistent-absence-looked-after",
    "Pupils at expected standards by end of primary school": "ks2-reading-writing-maths",
    "Percentage of pupils at the end of key stage 2 meeting the expected standard in reading, writing and maths":
        "ks2-reading-writing-maths",
    "Pupils meeting the expected standard in reading, writing and maths": "ks2-reading-writing-maths",
    "Schools and nursery schools rated good or outstanding": "schools-good-or-outstanding",
    "Business births": "business-births",
    "High growth businesses": "high-growth-businesses",
    "Children in poverty": "children-in-poverty-until-2025",
    "Children in relative poverty before housing costs": "children-in-low-income",
    "Claimant Count": "claimant-rate",
    "Electricity consumption": "domestic-electricity-use",
    "Gas consumption": "domestic-gas-use",
    "Employment rate": "employment-rate",
    "Economically inactive": "economic-inactivity",
    "Greenhouse gas emissions": "ghg-per-capita",
    "Premises below 30Mbps": "premises-below-30mbps",
    "Adult obesity prevalence": "adult-obesity",
    "Housing affordability ratio (residence-based)": "house-price-to-earnings",
    "Modelled unemployment rate": "modelled-unemployment",
    "Public electric vehicle chargers": "ev-chargers",
}
CRIMES = {"residential-burglary": "Residential burglary", "sexual-offences": "Sexual offences",
          "shoplifting": "Shoplifting", "total-recorded-crime": "Total recorded crime (excluding fraud)",
          "violence-against-the-person": "Violence against the person",
          "weapons-possession": "Possession of weapons offences"}
ELS = "releases/ons-explore-local-statistics/"
REFUSED = {  # and a part of the reason
    # Of combined authorities and other countries' regions, or of regions: not of local authorities.
    ELS + "2023-10/inward-foreign-direct-investment-fdi.csv":
        "no dataset is for what is in the file: indicator = 'inward foreign direct investment (fdi)'",
    ELS + "2023-10/outward-foreign-direct-investment-fdi.csv":
        "no dataset is for what is in the file: indicator = 'outward foreign direct investment (fdi)'",
    ELS + "2023-10/total-value-of-uk-exports.csv":
        "no dataset is for what is in the file: indicator = 'total value of uk exports'",
    ELS + "2023-10/population-under-devolution-deal-in-england.csv":
        "no dataset is for what is in the file: indicator = 'population under devolution deal in england'",
    # Its name says free school meals, its rows say looked after.
    ELS + "2023-10/persistent-absences-for-pupils-eligible-for-free-school-meals.csv":
        "no dataset is for what is in the file: indicator = 'persistent absences for pupils looked after",
    "metrics/releases/schools-good-or-outstanding/2024-09-16.csv": "'2024-09-31T00:00:00', expected a period",
}
SUSPICIOUS = {  # what somebody has to look at before it is let in
    # The edition of October still has the figures of January; those of May were out that month.
    ELS + "2023-10/gigabit-capable-broadband.csv": "1 older",
    # Single years, then three years together, by their first.
    "metrics/releases/preventable-cvd-mortality/2024-02-14.csv": "1 older",
    # Allerdale 6 to 37 %, High Peak 7 to 21 %, Scarborough 7 to 53 %, beside the file above.
    "metrics/releases/gigabit-broadband/2024-05-09.csv": "3 jump",
    "metrics/releases/net-additional-dwellings/2024-12-13.csv": "17 missing-area, 9 jump",
    "metrics/releases/ev-chargers/2025-10-30.csv": "1 jump",
    ELS + "2025-12/cigarette-smokers.csv": "1 older, 1 jump",  # five years together in place of single ones
    ELS + "2026-06/apprenticeships.csv": "185 jump",  # whole years beside a quarter
    "metrics/green/heat-pump-grants.csv": "1 jump",
}
# The tidy copies that are, byte for byte, a release that came in before.
DUPLICATES = {
    "homicide", "ev-chargers", "employment-rate", "gdhi-per-head", "gigabit-broadband", "level-3-qualifications",
    "median-weekly-pay", "net-additional-dwellings", "adult-obesity", "healthy-life-expectancy-female",
    "preventable-cvd-mortality", "children-in-low-income", "gcse-english-maths-19", "ks2-reading-writing-maths",
    "persistent-absence", "schools-good-or-outstanding"}
# core/status.h
MARKS = {"": 2, "x": 2, "-": 2, "NA": 2, "..": 2, ":": 2, "c": 3, "*": 3, "z": 4, "low": 5, "k": 5, "u": 6}
UNRELIABLE, HAS_LOW, HAS_HIGH = 32, 64, 128


# --- the files in their order -------------------------------------------------------------------

def at_the_end(date):
    """A month or a year, to be compared with days."""
    return date + "-99" * (3 - len(date.split("-")))


def files():
    out = [(at_the_end(date), DATA / "raw" / name) for name, (date, _) in RAW.items()]
    with open(DATA / "metrics" / "releases.csv", encoding="utf-8", newline="") as file:
        out += [(row["release_date"], DATA / "metrics" / row["file"]) for row in csv.DictReader(file)]
    out += [(at_the_end(path.parent.name), path) for path in (DATA / "releases").glob("*/*/*.csv")]
    out += [("9999", path) for path in (DATA / "metrics").glob("*/*.csv")]
    return [path for _, path in sorted(out, key=lambda entry: (entry[0], str(entry[1])))]


# --- a plain reading ----------------------------------------------------------------------------
# {dataset: {(code, period): (value or None, status, flags, lower or None, upper or None, row)}}

def plain_number(text):
    try:
        return float(text)
    except ValueError:
        return None


def els(path):
    rows = csv_lines(path)
    head = [heading.lower() for heading in next(rows)[1]]

    def column(*names):
        return next(head.index(name) for name in names if name in head)

    code, period, indicator = column("areacd"), column("period"), column("indicator")
    value = column("observation", "value", "rate")
    status = column("status", "observation_status", "observation status")
    lower = column("lci_95", "lower_confidence_interval_95", "lower confidence interval (95%)")
    upper = column("uci_95", "upper_confidence_interval_95", "upper confidence interval (95%)")
    out = {}
    for line, row in rows:
        dataset = INDICATORS.get(row[indicator])
        if not dataset or not row[code].startswith("E"):
            continue
        figure, mark = plain_number(row[value]), row[status]
        if dataset == "apprenticeship-starts" and mark == "low":
            mark = "u"
        flags = UNRELIABLE if mark == "u" and figure is not None else 0
        low, high = plain_number(row[lower]), plain_number(row[upper])
        if figure is None:
            low = high = None
        flags |= (HAS_LOW if low is not None else 0) | (HAS_HIGH if high is not None else 0)
        kind = 0 if figure is not None else 2 if mark.startswith("Value for") else MARKS[mark]
        where = out.setdefault(dataset, {})
        assert (row[code], row[period]) not in where, (path, line)
        where[row[code], row[period]] = figure, kind, flags, low, high, line
    return out


def tidy(path, dataset):
    out = {}
    with open(path, encoding="utf-8-sig", newline="") as file:
        for line, row in enumerate(csv.DictReader(file), 2):
            figure = plain_number(row["value"])
            mark = (row["value"] or row.get("status") or "").strip("[]")
            out[row["area_code"], row["period"]] = (figure, 0 if figure is not None else MARKS[mark], 0, None, None,
                                                    line)
    return {dataset: out}


def simple(figures):
    """Of {key: (text, row)}; the rest is empty."""
    out = {}
    for key, (text, row) in figures.items():
        figure = number(text)
        out[key] = figure, 0 if figure is not None else MARKS[text.strip()], 0, None, None, row
    return out


def raw(path):
    name = path.name
    if name.startswith("regional"):
        rows = list(xlsx_rows(path, "Table 11"))
        years = {column: text.split()[0] for column, text in rows[1].items() if re.match("[0-9]{4}", text)}
        return {"gdp-per-head": simple({(row["B"], year): (row[column], at) for at, row in enumerate(rows, 1)
                                        if row.get("B", "").startswith("E0") for column, year in years.items()})}
    if name.startswith("Weekly"):
        return {"median-weekly-pay": {key: (value, 6 if status == 2 else status, *rest) for key, (
            value, status, *rest) in simple({(row[0], "2021"): (row[2], line) for line, row in csv_lines(path) if row[0].startswith("E")}).items()}}
    if name.startswith("sub-regional"):
        return {"fuel-poverty": simple({(row["A"], "2020"): (row["G"], at) for at, row in enumerate(
            xlsx_rows(path, "Table 2"), 1) if re.fullmatch("E[0-9]{8}", row.get("A", ""))})}
    if name.startswith("Detailed"):
        return {"homelessness-assessed": simple({(row[0], "October to December 2022"): (row[15], at) for at, row in
                                                 enumerate(ods_rows(path, "A1"), 1) if row and row[0][:2] == "E0"})}
    if name.startswith("PROV"):
        return {"median-annual-pay": {key: (value, 6 if status == 2 else status, *rest) for key, (
            value, status, *rest) in simple({(row[1], "2025"): (row[3], line) for line, row in csv_lines(
                path, "cp1252") if len(row) > 3 and row[1].startswith("E0")}).items()}}
    return police(path)


def police(path):
    rows = csv_rows(path)
    head = [" ".join(heading.split()) for heading in rows[7]]
    with open(ENGLAND / "codes.csv", encoding="utf-8", newline="") as file:
        people = {row["code"]: float(row["population"] or 0) for row in csv.DictReader(file)}
    out = {}
    for dataset, heading in CRIMES.items():
        column = head.index(heading)
        out[dataset] = {(row[2], "year ending June 2025"): (number(row[column]) / people[row[2]] * 1000, 0, 0, None,
                                                            None, None)
                        for row in rows[8:] if row[2].startswith("E22")}
    return out


def plain(path):
    if path.parent.name == "raw":
        return raw(path)
    if "releases" in path.parts and "metrics" in path.parts:
        return tidy(path, path.parent.name)
    return els(path) if "releases" in path.parts else tidy(path, path.stem)


# --- the service --------------------------------------------------------------------------------

class Hub:
    """Speaks to the hub as any other program may."""

    def __init__(self, service, home):
        subprocess.run(["protoc", f"--proto_path={ROOT}/proto", f"--python_out={home}",
                        *map(str, (ROOT / "proto").glob("*.proto"))], check=True)
        sys.path.insert(0, str(home))
        import bus_pb2
        import index_pb2
        self.bus, self.index, self.state = bus_pb2, index_pb2, service.state
        self.sockets = {}

    def ask(self, where="hub", **body):
        if where not in self.sockets:
            self.sockets[where] = zmq.Context.instance().socket(zmq.DEALER)
            self.sockets[where].linger = 0
            self.sockets[where].connect(f"ipc://{self.state}/{where}")
        socket = self.sockets[where]
        socket.send(self.bus.Message(version=1, request=1, **body).SerializeToString())
        assert socket.poll(300000), f"no answer to {list(body)}"
        answer = self.bus.Message.FromString(socket.recv())
        return getattr(answer, answer.WhichOneof("body")), answer.WhichOneof("body")

    def hand_in(self, path, accept_warnings=False):
        file = {"name": str(path.relative_to(DATA)), "content": path.read_bytes()}
        return self.ask(hand_in={"files": [file], "accept_warnings": accept_warnings})

    def observations(self, release):
        info = self.ask(releases_wanted={"release": release})[0].releases[0]
        return self.index.Observations.FromString(self.ask(blob_wanted={"hash": info.observations_hash})[0].content)


def pack(folder, own):
    """England with only those releases that no file here brings."""
    shutil.copytree(ENGLAND, folder)
    for dataset in own:
        shutil.rmtree(folder / "data" / dataset, ignore_errors=True)
    return folder


def same(observations, expected, what):
    """Figure by figure; numbers and limits are on the wire for those that have one."""
    assert len(observations.code) == len(expected), (what, len(observations.code), len(expected))
    values, lows, highs = iter(observations.value), iter(observations.low), iter(observations.high)
    flags = observations.flags or [0] * len(observations.code)
    lines = observations.line
    for i, (code, period) in enumerate(zip(observations.code, observations.period)):
        key = observations.codes[code], observations.periods[period]
        value, status, flag, low, high, line = expected[key]
        assert (observations.status[i], flags[i]) == (status, flag), (what, key, observations.status[i], flags[i])
        if status == 0:
            found = next(values)
            assert math.isclose(found, value, rel_tol=1e-12), (what, key, found, value)
        assert low is None or next(lows) == low, (what, key)
        assert high is None or next(highs) == high, (what, key)
        assert line is None or lines[i] == line, (what, key, lines[i], line)
    for rest in (values, lows, highs):
        assert next(rest, None) is None, what


def take(hub, path, seen):
    """Hands a file in and holds what it became against what it should be."""
    name = str(path.relative_to(DATA))
    answer, kind = hub.hand_in(path)
    if kind == "refusal" and answer.warnings:
        seen["suspicious"][name] = ", ".join(f"{count.count} {count.kind}" for count in answer.warning_counts)
        answer, kind = hub.hand_in(path, accept_warnings=True)
        assert kind == "receipt", (name, answer)
        assert any(release.warnings.counts for release in answer.releases), name
    if kind == "refusal":
        seen["refused"][name] = answer.problems[0].reason
        return
    assert kind == "receipt", (name, kind)
    expected = plain(path)
    assert {release.dataset for release in answer.releases} == set(expected), (name, set(expected))
    for release in answer.releases:
        assert release.observations == len(expected[release.dataset]), (name, release)
        assert release.label and not re.match("aged|for|and", release.label), (name, release.label)
        same(hub.observations(release.release), expected[release.dataset], (name, release.dataset))
        if release.duplicate:
            seen["duplicates"].add(release.dataset)
            assert path.parts[-3] == "metrics", name
            continue
        seen["new"][release.release] = set(expected)
        assert release.revision == ((release.dataset, release.label) in seen["labels"]), (name, release)
        seen["labels"].add((release.dataset, release.label))
    seen["hand-ins"] += any(not release.duplicate for release in answer.releases)


def read_events(hub, editions):
    """All events until so many editions are out: their numbers have no gap."""
    after, published = 0, 0
    while published < editions:
        answer, kind = hub.ask("replay", events_wanted={"after": after, "wait_ms": 60000})
        assert kind == "events" and answer.events, f"{published} of {editions} editions came out"
        for event in answer.events:
            assert event.seq == after + 1, (event.seq, after)
            after = event.seq
            published += event.type == "edition.published"
    return after


def check_editions(hub, datasets, seen):
    editions = list(reversed(hub.ask(editions_wanted={"limit": 1000})[0].editions))
    assert [edition.number for edition in editions] == list(range(1, len(editions) + 1))
    assert len(editions) == 1 + seen["hand-ins"], (len(editions), seen["hand-ins"])
    changes = {}
    for edition in editions[1:]:
        assert edition.cause == "release", edition
        of_metrics = not datasets.isdisjoint(seen["new"][edition.release])
        changes.setdefault(of_metrics, []).append(edition.changes)
    # One without a metric changes no rank. Of the others those change none that bring what is known already.
    assert not any(changes[False]) and len(changes[False]) > 50, changes[False]
    assert sum(count > 0 for count in changes[True]) > 70, changes[True]
    assert editions[-1].ranked == 307
    return editions


def test_every_file_comes_in_or_is_refused_for_a_reason():
    definition = (ENGLAND / "index.yaml").read_text(encoding="utf-8")
    metrics = {path.name for path in (ENGLAND / "data").iterdir()}
    brought = {*INDICATORS.values(), *(dataset for _, of in RAW.values() for dataset in of),
               *(path.name for path in (DATA / "metrics" / "releases").iterdir())}
    seen = {"refused": {}, "suspicious": {}, "duplicates": set(), "new": {}, "labels": set(), "hand-ins": 0}
    for path in (ENGLAND / "data").glob("*/*.csv"):
        if path.parent.name not in brought:
            seen["labels"].add((path.parent.name, path.stem))
    assert all(f"id: {dataset}" in definition for dataset in brought)
    with Service() as service, tempfile.TemporaryDirectory() as home:
        home = pathlib.Path(home)
        service.run("load", pack(home / "pack", brought))
        hub = Hub(service, home)
        paths = files()
        assert len(paths) == len(set(paths)) == 6 + 79 + 81 + 59
        for path in paths:
            take(hub, path, seen)
        assert set(seen["refused"]) == set(REFUSED), set(seen["refused"]) ^ set(REFUSED)
        for name, words in REFUSED.items():
            assert words in seen["refused"][name], seen["refused"][name]
        assert seen["suspicious"] == SUSPICIOUS, seen["suspicious"]
        assert seen["duplicates"] == DUPLICATES, seen["duplicates"] ^ DUPLICATES
        last = read_events(hub, 1 + seen["hand-ins"])
        editions = check_editions(hub, metrics, seen)
        assert last >= editions[-1].last_event
        recompute(service, len(editions))


def recompute(service, editions):
    """All of them where MINDEX_TEST_ALL is set; else the first and the last, and some between."""
    if os.environ.get("MINDEX_TEST_ALL"):
        chosen = [["--all"]]
    else:
        chosen = [["--edition", number] for number in (*range(1, editions, 40), editions)]
    for which in chosen:
        lines = list(csv.DictReader(service.run("recompute", *which, "--csv").stdout.splitlines()))
        assert lines and {line["same"] for line in lines} == {"true"}, lines


if DATA.exists():
    run([test_every_file_comes_in_or_is_refused_for_a_reason])
print("skipped: no shared data with the files that ONS and others published")
print("100%: Checks: 1, Failures: 0, Errors: 0")
