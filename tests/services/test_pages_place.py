"""The first page, the search, a place's page, its one page to print and its report: what they show is
what the command line says, their links lead somewhere, and nothing that a pack calls itself is believed."""
import csv
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.parse
import zlib

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import small
from pages import Reader, Site, links
from suite import ENGLAND, MINDEX, run

MISSIONS = ["growth", "green", "crime", "opportunity", "health"]
HEADS = ["composite", *MISSIONS]
BURNLEY, LONG_NAMED = "E07000117", "E06000058"
HOSTILE = "<script>alert(1)</script>\"'&=1+1"
site = None


def command(*arguments, of=None):
    return list(csv.DictReader(io.StringIO((of or site).run(*arguments, "--csv").stdout)))


def place(code=BURNLEY, query=""):
    return site.page(f"/places/{code}{query}")


def shown_number(text):
    """As html_number writes it."""
    return float(text.replace(",", "").replace("−", "-"))


def is_rounded(shown, figure):
    figure = float(figure)
    places = 0 if abs(figure) >= 1000 else 1 if abs(figure) >= 100 else 2
    return abs(shown_number(shown) - figure) <= 0.5 * 10.0 ** -places + 1e-9


def location(path):
    """Where a redirection leads."""
    return site.ask(path, status=303)[1]["Location"]


# --- the first page ---------------------------------------------------------------------------------


def test_the_first_page_says_what_the_newest_edition_says():
    page = site.page("/")
    text = page.one("main").text
    moved = [row for row in command("changes", "--node", "composite")]
    assert "307 places in 5 missions, from 40 published metrics" in text
    assert "The release “2026-05-19” of “Connected Nations” came." in text
    assert f"the rank of {len(moved)} of 307 places changed" in text
    most = max(moved, key=lambda row: int(row["places_up"]))
    assert f"{most['area_name']}: up {most['places_up']}, from {most['old_rank']} to {most['new_rank']}" in text
    rows = page.one("table", id="most-need").rows()
    assert [row[:2] for row in rows] == [[row["rank"], row["area_name"]] for row in command("ranks", "--top", "10")]
    assert "scored for the first time" in site.page("/?edition=1").one("main").text


def test_the_frame_is_that_of_every_page():
    for path in ("/", "/search", f"/places/{BURNLEY}"):
        page = site.page(path)
        assert page.one("a", class_="skip")["href"] == "#" + page.one("main")["id"]
        menu = page.one("nav", class_="site-nav")
        assert [link.text for link in menu.all("a")] == \
            ["Find a place", "League table", "Map", "Need and spend", "What changed", "Metrics", "Method"]
        assert "Open Government Licence" in page.one("footer").text and "Edition 2" in page.one("footer").text
    here = [link.text for link in site.page("/search").one("nav", class_="site-nav").all("a") if link["aria-current"]]
    assert here == ["Find a place"]


# --- search -----------------------------------------------------------------------------------------


def test_one_place_is_led_to():
    assert location("/search?q=Burnley") == f"/places/{BURNLEY}"
    assert location("/search?q=%20bURNLEY%20") == f"/places/{BURNLEY}"
    assert location("/search?q=e07000117") == f"/places/{BURNLEY}"
    assert location("/search?q=Burnley&edition=1") == f"/places/{BURNLEY}?edition=1"
    assert location("/search?q=Christchurch") == "/places/E06000058?was=E07000048"
    assert location("/search?q=Shepway") == "/places/E07000112"


def found(query):
    return [row[0] for row in site.page("/search?q=" + urllib.parse.quote(query)).one("table", id="found").rows()]


def test_several_places_are_listed():
    made_of = found("Cumberland")
    assert [text.startswith(name) for text, name in zip(made_of, ("Allerdale", "Carlisle", "Copeland"), strict=True)]
    assert all("Cumberland: a later area" in text for text in made_of)
    assert found("upon tyne")[0].startswith("Newcastle upon Tyne")
    names = found("west")
    assert names[0].startswith("West") and len(names) > 10
    page = site.page("/search?q=Birmingam")
    assert "Did you mean" in page.one("main").text and page.one("table", id="found").rows()[0][0] == "Birmingham"
    assert page.one("input", id="q")["value"] == "Birmingam"


def test_none_is_said_to_be_none():
    assert "No place is called “zzzqqq”" in site.page("/search?q=zzzqqq").one("main").text
    assert "not one of the 307 places" in site.page("/search?q=City+of+London").one("main").text
    hostile = site.page("/search?q=" + urllib.parse.quote(HOSTILE))
    assert HOSTILE in hostile.one("main").text and hostile.one("input", id="q")["value"] == HOSTILE
    assert "Former names" in site.page("/search").one("main").text
    assert not list(site.page("/search?q=").one("main").all("table"))


# --- where a place stands ---------------------------------------------------------------------------


def rank_of(node, code=BURNLEY, *options):
    row, = (row for row in command("ranks", "--node", node, *options) if row["area_code"] == code)
    return row


def test_ranks_bands_and_intervals_are_those_of_the_command_line():
    rows = place().one("table", id="heads").rows()
    assert len(rows) == 6
    for node, row in zip(HEADS, rows):
        said, before = rank_of(node), rank_of(node, BURNLEY, "--edition", "1")
        sure, = (r for r in command("uncertainty", "--node", node) if r["area_code"] == BURNLEY)
        assert row[1] == f"{said['rank']} of 307" and row[2] == said["band"], row
        low, high = map(float, row[3].split(" to "))
        assert abs(low - float(sure["rank_low"])) <= 0.5 and abs(high - float(sure["rank_high"])) <= 0.5, (row, sure)
        assert row[5] == before["rank"]
    assert place().one("p", class_="figure-big").text == f"Rank {rank_of('composite')['rank']} of 307"


def test_what_moved_is_told_with_its_reason():
    text = place().one("section", id="changed").text
    with open(site.state / "editions" / "latest" / "rank-changes.csv", encoding="utf-8") as file:
        everywhere = list(csv.DictReader(file))
    changes = [row for row in everywhere if row["area_code"] == BURNLEY]
    heads = [row for row in changes if row["node"] in HEADS]
    assert heads and all(" ".join(row["why"].split()) in text for row in changes)
    assert f"{len(changes) - len(heads)} more below the missions" in text
    still = next(row["area_code"] for row in command("ranks")
                 if row["area_code"] not in {change["area_code"] for change in everywhere if change["node"] in HEADS})
    assert "No rank of this place changed" in place(still).one("section", id="changed").text
    assert "no edition before it" in place(query="?edition=1").one("section", id="changed").text


def test_the_trend_has_every_edition_with_its_cause():
    figure = place().one("figure", id="trend")
    rows = figure.one("table").rows()
    assert [row[0] for row in rows] == ["2", "1"]
    for row, edition in zip(rows, ("2", "1")):
        assert row[2:8] == [rank_of(node, BURNLEY, "--edition", edition)["rank"] for node in HEADS]
    assert "2026-05-19" in rows[0][8] and "first time" in rows[1][8]
    now, then = rank_of("composite")["rank"], rank_of("composite", BURNLEY, "--edition", "1")["rank"]
    assert f"from rank {then} in edition 1 to rank {now} in edition 2: up the ranking." in figure.one("figcaption").text
    assert len(list(figure.all("svg"))) == 6
    assert [row[0] for row in place(query="?edition=1").one("figure", id="trend").one("table").rows()] == ["1"]


# --- figures ----------------------------------------------------------------------------------------


def figures_of_files():
    with open(site.state / "editions" / "latest" / "metrics.csv", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_figures_are_those_of_the_edition_with_their_marks():
    mine = {row["metric_name"]: row for row in figures_of_files() if row["area_code"] == BURNLEY}
    rows = [row for mission in MISSIONS for row in place().one("table", id=f"figures-{mission}").rows()]
    assert len(rows) == len(mine) == 40
    for name, figure, _, unit, _, rank, _, marks in rows:
        row = mine[name]
        assert unit == row["unit"]
        if row["value"]:
            assert is_rounded(figure, row["value"]) and rank.split(" of ")[0] == row["rank"], (name, figure, row)
        else:
            assert re.fullmatch("[a-z ]+", figure) and rank == "no rank", (name, figure)
        assert ("cascaded" in marks) == (row["rule"] == "cascaded" and bool(row["value"])), (name, marks)
        assert ("proxy" in marks) == (row["proxy"] == "proxy"), (name, marks)
    missing = {name for name, row in mine.items() if not row["value"]}
    assert missing and missing == {item.text.split(":")[0] for item in place().one("section", id="missing").all("li")}


def test_each_metric_is_drawn_among_all_places():
    numbers = {}
    for row in figures_of_files():
        if row["value"]:
            numbers.setdefault(row["metric_name"], []).append(float(row["value"]))
    page = place()
    for mission in MISSIONS:
        for item in page.one("figure", id=f"metrics-{mission}").one("ul", class_="strips").all("li"):
            name = item.one("strong").text
            ticks = [path for path in item.all("path") if "line" in path["class"]]
            own = [path for path in item.all("path") if path["class"] == "mark"]
            drawn = [float(x) for x in re.findall(r"M([\d.]+) 12v14", ticks[0]["d"])]
            low, high = min(numbers[name]), max(numbers[name])
            turned = "lower is more need" in item.text
            expected = sorted({round((8 + ((high - x) if turned else (x - low)) / (high - low) * 304) * 2 + 1e-7) / 2
                               for x in numbers[name]})
            assert abs(len(drawn) - len(expected)) <= 2 and min(drawn) == 8 and max(drawn) == 312, name
            assert len(own) == (0 if "no rank" in item.text else 1), name


def test_strengths_and_weaknesses_are_those_of_the_command_line():
    said = command("profile", "Burnley")
    weak = [row for row in said if row["kind"] == "weakness"]
    strong = [row for row in said if row["kind"] == "strength"][::-1]
    for rows, name in ((weak, "weaknesses"), (strong, "strengths")):
        shown = place().one("table", id=name).rows()
        assert len(shown) == len(rows) == 5
        for row, other in zip(shown, rows):
            assert row[0] == f"{other['name']} {other['unit']}".strip() or row[0].startswith(other["name"])
            assert is_rounded(row[1], other["figure"]) and row[2] == f"{other['rank']} of {other['of']}"


def test_neighbours_are_those_of_the_command_line():
    said = command("profile", "Burnley", "--table", "neighbours")
    shown = place().one("table", id="neighbour-table").rows()
    assert [row[0] for row in shown] == [row["area_name"] for row in said] and len(shown) == 10
    for row, other in zip(shown, said):
        assert row[3] == other["rank"] and row[-2] == f"{float(other['distance']):.2f}" and row[-1] == other["shared"]


def middle(numbers):
    numbers = sorted(numbers)
    n = len(numbers)
    return (numbers[(n - 1) // 2] + numbers[n // 2]) / 2


def test_the_comparison_has_the_middles_of_its_peers():
    near = {row["area_code"] for row in command("profile", "Burnley", "--table", "neighbours")}
    for node, row in zip(HEADS, place().one("table", id="comparison-ranks").rows()):
        ranks = command("ranks", "--node", node)
        own = rank_of(node)
        groups = ([r for r in ranks if r["area_code"] in near], [r for r in ranks if r["type"] == own["type"]],
                  [r for r in ranks if r["region"] == own["region"]], ranks)
        assert row[2] == own["rank"]
        assert [float(cell) for cell in row[3:]] == [middle([float(r["rank"]) for r in group]) for group in groups]
    said = {row["name"]: row for row in command("profile", "Burnley", "--all")}
    for row in place().one("table", id="comparison-figures").rows():
        other = said.get(row[0])
        if other:
            for cell, key in ((2, "figure"), (4, "type_median"), (5, "region_median"), (6, "median")):
                assert is_rounded(row[cell], other[key]), (row, other)


def test_spend_is_that_of_the_comparison():
    said = {row["area_code"]: row for row in command("spend")}
    code, row = next(iter(said.items()))
    text = place(code).one("section", id="spend").text
    assert row["quadrant"].replace("-need-", "-need, ").replace("-", " ") in text
    assert f"£{float(row['spend_per_head_gbp']):,.2f}".rstrip("0").rstrip(".") in text or \
        f"£{float(row['spend_per_head_gbp']):,.0f}" in text
    assert BURNLEY not in said and "It is not compared: " in place().one("section", id="spend").text


def test_the_releases_are_those_that_it_was_scored_from():
    rows = place().one("table", id="releases").rows()
    said = [row for row in command("releases") if row["state"] == "in-force"]
    assert len(rows) == len(said) and sorted(row[2] for row in rows) == sorted(row["label"] for row in said)
    older = place(query="?edition=1").one("table", id="releases").rows()
    assert [row for row in rows if "2026-05-19" in row[2]] and not [row for row in older if "2026-05-19" in row[2]]


# --- codes that are no place's own -------------------------------------------------------------------


def test_a_former_code_leads_to_its_successor_with_a_notice():
    assert location("/places/E07000048") == "/places/E06000058?was=E07000048"
    assert location("/places/E07000048/print?edition=1") == "/places/E06000058/print?was=E07000048&edition=1"
    notice = site.page("/places/E06000058?was=E07000048").one("p", class_="notice").text
    assert notice == "Christchurch (E07000048) is no more: it became this place or a part of it."
    assert location("/places/E06000063") == "/search?q=E06000063"
    assert location("/places/burnley") == f"/places/{BURNLEY}"
    for was in (BURNLEY + "x", HOSTILE, "E09000001"):
        assert not list(place(query="?was=" + urllib.parse.quote(was)).all("p", class_="notice")), was


def test_what_is_no_place_is_a_problem_with_a_suggestion():
    assert "did you mean" in site.page("/places/burnly", status=404).one("main").text
    assert HOSTILE.replace("/", "") in site.page("/places/" + urllib.parse.quote(HOSTILE.replace("/", ""), safe=""),
                                                 status=404).one("main").text
    assert "edition" in site.page(f"/places/{BURNLEY}?edition=99", status=404).one("main").text
    site.page(f"/places/{BURNLEY}?edition=x", status=400)


# --- all pages --------------------------------------------------------------------------------------

PAGES = ["/", "/search", "/search?q=west", f"/places/{BURNLEY}", f"/places/{LONG_NAMED}?was=E07000048"]


def headings(page):
    for element in page.all():
        if re.fullmatch("h[1-6]", element.name):
            yield int(element.name[1]), element.text


def test_headings_are_in_order():
    for path in PAGES:
        before = 0
        for level, text in headings(site.page(path)):
            assert text and level <= before + 1, (path, level, text)
            before = level


def test_every_link_leads_somewhere():
    seen = set()
    for path in PAGES:
        page = site.page(path)
        ids = {element["id"] for element in page.all() if element["id"]}
        for link in page.all("a"):
            url = urllib.parse.urlsplit(link["href"])
            assert not url.fragment or url.path or url.fragment in ids, (path, link["href"])
        for at, query in links(page):
            shape = (re.sub(r"E\d{8}", "E", at), tuple(query))
            if shape not in seen:  # one of each kind of link
                seen.add(shape)
                site.ask(at + ("?" + urllib.parse.urlencode(query, doseq=True) if query else ""), accept="*/*")
    assert len(seen) > 15


def test_links_keep_the_edition():
    for path in PAGES:
        page = site.page(path + ("&" if "?" in path else "?") + "edition=1")
        assert "edition 1" in page.one("p", class_="edition-notice").text
        body = page.one("html")
        for at, query in links(body):
            if at.startswith(("/api/", "/feeds/")):
                continue
            notice = [link for link in page.one("p", class_="edition-notice").all("a") if link["href"].split("?")[0] == at]
            assert query.get("edition") == ["1"] or notice, (path, at, query)
        for form in body.all("form"):
            assert [field["value"] for field in form.all("input") if field["name"] == "edition"] == ["1"]


# --- on one page ------------------------------------------------------------------------------------


def browser():
    return next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)


def pages_of(pdf):
    """How many pages a PDF has. From PDF 1.5 on its objects may be in compressed streams."""
    streams = re.findall(rb"/ObjStm.*?stream\r?\n(.*?)endstream", pdf, re.DOTALL)
    texts = [pdf, *(zlib.decompressobj().decompress(stream) for stream in streams)]
    counts = [int(n) for text in texts for n in re.findall(rb"/Count\s+(\d+)", text)]
    assert pdf.startswith(b"%PDF-") and counts, pdf[:40]
    return max(counts)


def tree(text):
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.at is reader.root
    return reader.root


def sheet(text):
    """The one page, which is a document of its own and so has no frame."""
    page = tree(text)
    for said in ("What moved", "Most need", "Least need", "Nearest neighbours", "Need and spend"):
        assert said in page.text, said
    return page


def test_the_print_view_says_the_essence():
    page = sheet(site.ask(f"/places/{BURNLEY}/print")[0].decode())
    text = page.text
    assert f"rank {rank_of('composite')['rank']} of 307" in text and "E07000117" in text
    assert f"http://127.0.0.1:{site.port()}/places/{BURNLEY}?edition=2" in text
    assert not list(page.all("script")) and not list(page.all("style"))
    assert page.one("nav", class_="screen").one("a")["href"] == f"/places/{BURNLEY}"


def longest_names(n):
    return sorted(command("ranks"), key=lambda row: -len(row["area_name"]))[:n]


def test_the_print_view_is_one_page_of_a4():
    if not browser():
        print("skipped: whether the print view is one page, as there is no chromium")
        return
    most = max(command("changes"), key=lambda row: len(row["why"]))["area_code"]
    with tempfile.TemporaryDirectory() as folder:
        for code in [most, BURNLEY, *(row["area_code"] for row in longest_names(2))]:
            pdf = pathlib.Path(folder) / f"{code}.pdf"
            subprocess.run([browser(), "--headless", "--disable-gpu", "--no-pdf-header-footer", f"--user-data-dir={folder}/p",
                            *(["--no-sandbox"] if os.geteuid() == 0 else []), f"--print-to-pdf={pdf}",
                            f"http://127.0.0.1:{site.port()}/places/{code}/print"], check=True, capture_output=True, timeout=120)
            assert pages_of(pdf.read_bytes()) == 1, code


def test_a_report_is_a_file_that_stands_alone():
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "report.html"
        site.run("report", "Burnley", "--out", out)
        text = out.read_text(encoding="utf-8")
        page = sheet(text)
        assert page.one("style") and not list(page.all("link")) and not list(page.all("a")) and not list(page.all("script"))
        assert f"rank {rank_of('composite')['rank']} of 307" in page.text
        site.run("report", BURNLEY, "--edition", "1", "--format", "html", "--out", out)
        assert "There is no edition before it" in sheet(out.read_text(encoding="utf-8")).text
        assert os.listdir(folder) == ["report.html"]


def report_with(path, *arguments):
    """`mindex report` where PATH is that."""
    return subprocess.run([MINDEX, "report", *map(str, arguments), "--state", str(site.state)], text=True, capture_output=True,
                          check=False, timeout=120, env={**os.environ, "PATH": str(path)})


def test_a_report_is_one_page_of_pdf_by_whichever_program_there_is():
    for program in ("chromium", "rsvg-convert"):
        if not shutil.which(program):
            print(f"skipped: PDF by {program}, which is not installed")
            continue
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as programs:
            out = pathlib.Path(folder) / "report.pdf"
            os.symlink(shutil.which(program), pathlib.Path(programs) / program)
            # What a browser starts is found on the path, too.
            path = programs if program == "rsvg-convert" else f"{programs}:{os.environ['PATH']}"
            done = report_with(path, longest_names(1)[0]["area_code"], "--out", out)
            assert done.returncode == 0, done.stderr
            assert pages_of(out.read_bytes()) == 1
            assert os.listdir(folder) == ["report.pdf"]


def test_a_report_that_cannot_be_made_says_why_and_leaves_nothing():
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "report.pdf"
        for arguments, status, said in (
                (["Burnley"], 2, "--out"), (["Burnley", "--out", out, "--format", "doc"], 2, "html or pdf, found 'doc'"),
                (["Burnley", "--out", pathlib.Path(folder) / "report.txt"], 2, "ends in .html or .pdf"),
                (["Burnly", "--out", out], 4, "did you mean 'Burnley'"), (["Burnley", "--edition", "99", "--out", out], 4, "99"),
                (["Burnley", "--out", pathlib.Path(folder) / "no" / "x.html"], 1, "cannot be written")):
            done = site.run("report", *arguments, check=False)
            assert done.returncode == status and said in done.stderr, (arguments, done)
        done = report_with(folder, "Burnley", "--out", out)
        assert done.returncode == 1 and "apt-get install librsvg2-bin" in done.stderr
        (pathlib.Path(folder) / "rsvg-convert").write_text("#!/bin/sh\nexit 3\n")
        (pathlib.Path(folder) / "rsvg-convert").chmod(0o755)
        done = report_with(folder, "Burnley", "--out", out)
        assert done.returncode == 1 and "rsvg-convert could not make the PDF" in done.stderr
        assert os.listdir(folder) == ["rsvg-convert"]


# --- other packs ------------------------------------------------------------------------------------


def hostile_pack():
    files = small.pack(12, replicates=4)
    quoted = '"' + HOSTILE.replace('"', '""') + '"'
    files["areas.csv"] = files["areas.csv"].replace("Place E00003", quoted).replace("Region R1", '"<b>R1</b>"') \
        .replace(",district,", ",<i>district</i>,")
    text = files["index.yaml"]
    for plain in ("name: Pay", "name: All", "title: A small index", "unit: GBP"):
        text = text.replace(plain, f"{plain.split(':')[0]}: {json.dumps(HOSTILE)}")
    text = text.replace("title: T, publisher: P", f"title: {json.dumps(HOSTILE)}, publisher: {json.dumps(HOSTILE)}")
    return {**files, "index.yaml": text}


def test_nothing_that_a_pack_says_is_believed():
    with tempfile.TemporaryDirectory() as folder, Site() as other:
        other.run("load", small.write(hostile_pack(), pathlib.Path(folder)))
        for path in ("/", "/search?q=alert", "/search?q=Place", "/places/E00003", "/places/E00001"):
            page = other.page(path)
            assert HOSTILE in page.one("html").text, path
            assert not [element for element in page.all() if element.name in ("i", "b")], path
            assert all(script["src"].startswith("/assets/") for script in page.all("script"))
        assert other.page("/places/E00003").one("h1").text == HOSTILE
        printed = tree(other.ask("/places/E00003/print")[0].decode())
        assert printed.one("h1").text == HOSTILE and not list(printed.all("script"))
        out = pathlib.Path(folder) / "out.html"
        other.run("report", "E00003", "--out", out)
        alone = tree(out.read_text(encoding="utf-8"))
        assert alone.one("h1").text == HOSTILE and not list(alone.all("script"))


def other_parts():
    """A pack of one part, which is called otherwise than in England, and of other licences."""
    files = small.pack(6)
    text = files["index.yaml"].replace("  - {id: metric,", """  - {id: category, name: Category, aggregate: arithmetic, coverage: 0.5, normalise: none}
  - {id: metric,""")
    metrics = [line for line in text.splitlines(True) if "direction:" in line]
    text = text.replace("".join(metrics), "    - id: life\n      name: Life\n      children:\n" +
                        "".join("    " + line for line in metrics))
    return {**files, "index.yaml": text.replace("licence: L", "licence: CC BY 4.0", 1)}


def test_an_index_is_told_of_in_its_own_words():
    with tempfile.TemporaryDirectory() as folder, Site() as other:
        other.run("load", small.write(other_parts(), pathlib.Path(folder)))
        for path in ("/", "/places/E00001", "/places/E00001/print", "/method", "/league", "/changes", "/metrics-table"):
            text = tree(other.ask(path)[0].decode()).text
            for word in ("mission", "England", "authorit", "Open Government"):
                assert word.lower() not in text.lower(), (path, word)
            if "print" not in path:
                assert "under the licence “CC BY 4.0”. Contains information under the licence “L”." in text, path
        home = other.page("/").one("main")
        assert "The need of 6 places in 1 category, from 2 published metrics." in home.text
        assert "Categories" in [heading.text for heading in home.all("h2")]
        assert other.page("/places/E00001").one("table", id="heads").one("caption").text == "Rank by category"


def test_a_metric_right_below_the_whole_has_no_interval():
    with tempfile.TemporaryDirectory() as folder, Site() as other:
        other.run("load", small.write(small.pack(20, replicates=4), pathlib.Path(folder)))
        rows = other.page("/places/E00001").one("table", id="heads").rows()
        assert [row[3] == "not known" for row in rows] == [False, True, True], rows


def test_equals_share_what_is_most():
    with tempfile.TemporaryDirectory() as folder, Site() as other:
        other.run("load", small.write(small.pack(3), pathlib.Path(folder)))  # as it happens, all three have one score
        assert "Place E00001 and 2 others have the most need." in other.page("/league").one("main").text
        assert "Place E00003 has the most need." in other.page("/league?node=pay").one("main").text
        home = other.page("/").one("main").text
        assert "Most need in Place E00003." in home and "Everything that changed" not in home


def test_a_place_that_is_new_is_not_said_to_have_stayed():
    with tempfile.TemporaryDirectory() as folder, Site() as other:
        other.run("load", small.write(small.pack(6), pathlib.Path(folder, "six")))
        other.run("load", "--accept-warnings", small.write(small.pack(8), pathlib.Path(folder, "eight")))
        moved = other.page("/places/E00008").one("section", id="changed").text
        assert "edition 2" in moved and "This place had no rank in the edition before" in moved, moved
        heads = other.page("/places/E00008").one("table", id="heads").rows()
        assert {row[-1] for row in heads} == {"no rank"}, heads
        league = list(csv.DictReader(io.StringIO(other.ask("/league.csv")[0].decode())))
        old = {row["area_code"]: row["rank"] for row in command("ranks", "--edition", 1, of=other)}
        assert {row["area_code"]: row["rank_before"] for row in league} == {**old, "E00007": "", "E00008": ""}
        assert all((row["risen"] == "") == (row["rank_before"] == "") for row in league)
        changes = [cell for row in other.page("/league").one("table").rows() for cell in row]
        assert changes.count("new") == 2, changes


def test_missing_figures_and_few_places_are_no_harm():
    for places in (1, 2, 6):
        files = small.pack(places)
        rows = files["data/soot/2025.csv"].splitlines()
        files["data/soot/2025.csv"] = "area_code,period,value,status\n" + rows[1].rsplit(",", 1)[0] + ",,[c]\n" + \
            "".join(row + ",\n" for row in rows[2:])
        with tempfile.TemporaryDirectory() as folder, Site() as other:
            other.run("load", small.write(files, pathlib.Path(folder)))
            page = other.page("/places/E00001")
            why = "confidential" if places > 1 else "no row in the release"  # one without any figure is not taken
            assert why in page.one("section", id="missing").text, page.one("main").text
            figure = page.one("figure", id="metrics-soot")
            assert not [path for path in figure.all("path") if path["class"] == "mark"]
            other.page("/")
            other.ask("/places/E00001/print")


with Site() as site:
    site.run("load", ENGLAND)
    site.run("ingest", ENGLAND / "newer" / "gigabit-broadband" / "2026-05-19.csv")
    run([case for name, case in sorted(globals().items()) if name.startswith("test_")])
