"""Need and spend, and what changed: the pages say what the command line, the files of the edition and a
reckoning of our own say; what is left out is the reader's choice."""
import csv
import io
import json
import pathlib
import re
import statistics
import sys
import tempfile
import urllib.parse

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import small
from pages import Site, links
from suite import ENGLAND, run

PAGES = ["/spend", "/spend?view=share", "/spend?measure=per-head&leave-out=none&region=London",
         "/changes", "/changes?node=growth&region=London&at-least=3"]
HOSTILE = "<script>alert(1)</script>\"'&=1+1"
site = None


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def command(*arguments):
    return rows_of(site.run(*arguments, "--csv").stdout)


def download(path):
    return rows_of(site.ask(path, accept="*/*")[0].decode("utf-8"))


def table(page, name):
    """The rows of a table under the words of its head."""
    found = page.one("table", id=name)
    head = [cell.text for cell in found.one("thead").all("th")]
    return [dict(zip(head, row)) for row in found.rows()]


def people():
    with open(ENGLAND / "areas.csv", encoding="utf-8") as file:
        return {row["code"]: float(row["population"]) for row in csv.DictReader(file)}


# --- quadrants --------------------------------------------------------------------------------------


def test_by_itself_the_page_is_the_definition_s_comparison():
    page = site.page("/spend")
    said = [row for row in command("spend", "--all") if row["quadrant"].startswith(("high", "low"))]
    high = [row for row in said if row["quadrant"] == "high-need-low-spend"]
    shown = table(page, "high-need-low-spend")
    assert [row["Place"] for row in shown] == [row["area_name"] for row in high] and len(high) > 30
    for row, other in zip(shown, high, strict=True):
        assert row["Need (score)"] == f"{float(other['need']):.1f}"
        assert row["Spend, £ million"] == f"{float(other['spend_total_gbp_million']):.1f}"
    finding = page.one("figure", id="scatter").one("figcaption").text
    assert finding.startswith(f"{len(high)} of {len(said)} places compared have high need and low spend")
    text = page.one("main").text
    assert "shire district and Birmingham, as the definition has it" in text and "for regions only" in text


def test_each_place_compared_is_a_shape_of_its_quadrant():
    page = site.page("/spend")
    said = {row["area_code"]: row["quadrant"] for row in command("spend", "--all")
            if row["quadrant"].startswith(("high", "low"))}
    shapes = {urllib.parse.urlsplit(link["href"]).path.removeprefix("/places/"): link
              for link in page.one("svg", class_="points").all("a")}
    assert {code: link["data-quadrant"] for code, link in shapes.items()} == said
    drawn = {}
    for code, link in shapes.items():
        drawn.setdefault(said[code], set()).add(re.sub(r"^M[-\d.]+ [-\d.]+", "", link.one("path")["d"]))
    assert all(len(kinds) == 1 for kinds in drawn.values())  # a shape for each, not only a colour
    assert len(set.union(*drawn.values())) == 4


def test_regions_are_counted():
    page = site.page("/spend?measure=per-head&leave-out=none")
    rows = download("/spend.csv?measure=per-head&leave-out=none")
    shown = table(page, "regions")
    assert len(shown) == 9 and len(rows) == 307
    for row in shown:
        here = [other for other in rows if other["region"] == row["Region"]]
        for words in ("high need, low spend", "high need, high spend", "low need, low spend", "low need, high spend"):
            identity = words.replace(", ", "-").replace(" ", "-")
            assert int(row[words]) == sum(other["quadrant"] == identity for other in here), (row, words)
        assert int(row["Compared"]) == len(here)


def test_what_is_left_out_is_the_reader_s_choice_and_thresholds_follow():
    query = "measure=per-head&leave-out=London+borough&leave-out=E08000003"
    rows = download("/spend.csv?" + query)
    compared = [row for row in rows if row["compared"] == "true"]
    out = {row["status"] for row in rows if row["compared"] == "false"}
    assert out == {"left out by the reader", "areas of its type are left out by the reader"}
    assert all(row["type"] != "London borough" and row["area_code"] != "E08000003" for row in compared)
    need = statistics.fmean(float(row["need"]) for row in compared)
    spend = statistics.fmean(float(row["spend_per_head"]) for row in compared)
    for row in compared:
        high = "high" if float(row["need"]) > need else "low", "high" if float(row["spend_per_head"]) > spend else "low"
        assert row["quadrant"] == f"{high[0]}-need-{high[1]}-spend", row
    text = site.page("/spend?" + query).one("main").text
    assert f"a score of {need:.1f}" in text and f"£{spend:.0f} a head" in text
    assert "London borough and Manchester, as you chose" in text and "Back to the definition" in text


def test_the_form_shows_what_is_chosen_and_keeps_the_rest():
    def ticked(path):
        form = site.page(path).one("form", class_="filters")
        return {box["value"] for box in form.all("input") if box["type"] == "checkbox" and box["checked"] is not None}
    assert ticked("/spend") == {"shire district", "E08000025"}
    assert ticked("/spend?leave-out=none") == set()
    assert ticked("/spend?leave-out=none&leave-out=London+borough") == {"London borough"}
    assert ticked("/spend?leave-out=london+BOROUGH&leave-out=e08000003") == {"London borough", "E08000003"}
    page = site.page("/spend?view=share&ratio=4.5&measure=per-head&region=London")
    form = page.one("form", class_="filters")
    assert [option["value"] for option in form.all("option") if option["selected"] is not None] == \
        ["per-head", "London", "4.5"]
    assert [field["value"] for field in form.all("input") if field["name"] == "view"] == ["share"]
    tabs = {at: query for at, query in links(page.one("nav", class_="tabs"))}
    assert all(query["ratio"] == ["4.5"] and query["measure"] == ["per-head"] for query in tabs.values())


def test_a_region_stands_out():
    page = site.page("/spend?region=London")
    for link in page.one("svg", class_="points").all("a"):
        assert (link["class"] == "faint") == (link["data-region"] != "London")
    assert {row["Region"] for row in table(page, "high-need-low-spend")} <= {"London"}


# --- shares -----------------------------------------------------------------------------------------


def reckon(rows, ratio, total):
    """Shares and gaps by areas compared, from the scores and the spend alone."""
    residents = people()
    compared = [row for row in rows if row["compared"] == "true"]
    scores = {row["area_code"]: float(row["need"]) for row in compared}
    least, most = min(scores.values()), max(scores.values())
    need = {code: (1 + (ratio - 1) * (score - least) / (most - least)) * (residents[code] if total else 1)
            for code, score in scores.items()}
    spend = {row["area_code"]: float(row["spend_total" if total else "spend_per_head"]) for row in compared}
    all_need, all_spend = sum(need.values()), sum(spend.values())
    return {code: (100 * need[code] / all_need, 100 * spend[code] / all_spend,
                   100 * (spend[code] / all_spend / (need[code] / all_need) - 1)) for code in need}


def target_of(gap):
    return "below" if gap < -5 else "above" if gap > 5 else "on-target"


def test_shares_are_those_that_we_reckon_ourselves():
    for query, ratio, total in (("", 2, True), ("?ratio=3.5", 3.5, True), ("?measure=per-head&leave-out=none", 2, False)):
        rows = download("/spend.csv" + query)
        expected = reckon(rows, ratio, total)
        for row in rows:
            if row["compared"] == "false":
                assert not row["gap"] and not row["target"]
                continue
            need, spend, gap = expected[row["area_code"]]
            assert abs(float(row["need_share"]) - need) < 1e-9 and abs(float(row["spend_share"]) - spend) < 1e-9
            assert abs(float(row["gap"]) - gap) < 1e-7 and row["target"] == target_of(gap), row


def test_the_page_says_who_is_below_on_and_above():
    page, rows = site.page("/spend?view=share"), download("/spend.csv")
    rows = sorted((row for row in rows if row["compared"] == "true"), key=lambda row: float(row["gap"]))
    count = {target: sum(row["target"] == target for row in rows) for target in ("below", "on-target", "above")}
    finding = page.one("figcaption").text
    assert finding.startswith(f"{count['on-target']} of {len(rows)} places get a share of spend within 5 %")
    assert f"{count['below']} get less and {count['above']} get more" in finding
    assert [row["Place"] for row in table(page, "below")] == [row["area_name"] for row in rows[:10]]
    assert [row["Place"] for row in table(page, "above")] == [row["area_name"] for row in rows[:-11:-1]]
    assert [row["Place"] for row in table(page, "all")] == [row["area_name"] for row in rows]
    for name, column in (("regions", "region"), ("types", "type")):
        for group in page.one("table", id=name).rows():
            here = [row["target"] for row in rows if row[column] == group[0]]
            assert [int(cell) for cell in group[1:4]] == [here.count(target) for target in ("below", "on-target", "above")]
    assert len(list(page.one("svg", class_="points").all("a"))) == len(rows)
    assert page.one("svg", class_="points").one("polygon")["class"] == "target"


def test_how_far_it_hangs_on_the_ratio_is_said():
    rows = site.page("/spend?view=share").one("table", id="ratios").rows()
    assert [row[0] for row in rows] == ["1 times", "1.5 times", "2 times", "3 times", "5 times"]
    for row in rows:
        ratio = float(row[0].split()[0])
        gaps = [target_of(gap) for _, _, gap in reckon(download("/spend.csv"), ratio, True).values()]
        assert [int(cell) for cell in row[1:]] == [gaps.count(target) for target in ("below", "on-target", "above")]


def test_in_total_and_per_head_the_order_is_the_same():
    def order(measure):
        rows = [row for row in download(f"/spend.csv?measure={measure}") if row["compared"] == "true"]
        return [row["area_code"] for row in sorted(rows, key=lambda row: float(row["gap"]))]
    assert order("total") == order("per-head")


def test_what_cannot_be_chosen_is_a_problem():
    for path, status, said in (
            ("/spend?leave-out=shire+distrikt", 404, 'did you mean "shire district"'),
            ("/spend?measure=pounds", 400, 'measure is "pounds"'), ("/spend?ratio=0.5", 400, "from 1 to 10"),
            ("/spend?ratio=nan", 400, 'ratio is "nan"'), ("/spend?view=shares", 400, 'view is "shares"'),
            ("/spend?region=Lundon", 404, 'did you mean "London"'), ("/spend?edition=99", 404, "99"),
            ("/spend?" + "&".join("leave-out=" + urllib.parse.quote_plus(kind) for kind in
                                  ("shire district", "London borough", "unitary authority", "metropolitan district")),
             400, "nothing is left to compare"),
            ("/changes?at-least=0", 400, 'at-least is "0"'), ("/changes?node=growht", 404, 'did you mean "growth"'),
            ("/changes?beyond-interval=2", 400, "beyond-interval"), ("/changes?edition=3", 404, "3")):
        assert said in site.page(path, status=status).one("main").text, path
    assert HOSTILE in site.page("/spend?leave-out=" + urllib.parse.quote(HOSTILE), status=404).one("main").text


# --- what changed -----------------------------------------------------------------------------------


def moves(node="composite"):
    return [row for row in command("changes", "--node", node)]


def test_the_moves_are_those_of_the_command_line():
    for node in ("composite", "growth"):
        said = moves(node)
        shown = table(site.page(f"/changes?node={node}"), "moves")
        assert {(row["Place"], row["Rank before"], row["Rank now"]) for row in shown} == \
            {(row["area_name"], row["old_rank"], row["new_rank"]) for row in said}
        far = [abs(int(row["Rank before"]) - int(row["Rank now"])) for row in shown]
        assert far == sorted(far, reverse=True) and len(said) > 50


def test_rises_and_falls_come_with_their_reasons():
    page = site.page("/changes")
    risers, fallers = table(page, "risers"), table(page, "fallers")
    assert len(risers) == len(fallers) == 10
    for rows, way in ((risers, "up"), (fallers, "down")):
        for row in rows:
            assert row["Moved"] == f"{way} {abs(int(row['Rank before']) - int(row['Rank now']))}", row
            assert row["Place"].split(",")[0] in row["Why"] and "Premises with gigabit" in row["Why"]
    said = {row["area_name"]: int(row["old_rank"]) - int(row["new_rank"]) for row in moves()}
    assert [int(row["Moved"].split()[1]) for row in risers] == sorted(said.values(), reverse=True)[:10]
    lead = page.one("p", class_="lead").text
    assert "The release “2026-05-19” of “Connected Nations” came" in lead
    assert f"the rank of {len(said)} of 307 places changed" in lead


def test_moves_beyond_their_interval_are_marked_and_can_be_chosen():
    events = json.loads(site.ask("/api/v1/editions/2/changes.json?node=composite&limit=1000", accept="*/*")[0])
    marked = [row for row in table(site.page("/changes"), "moves") if row["Why"].startswith("beyond its interval")]
    only = table(site.page("/changes?beyond-interval=1"), "moves")
    assert only == marked and 0 < len(marked) < len(moves())
    beyond = [row for row in next(value for value in events.values() if isinstance(value, list))
              if row.get("beyond_interval")]
    assert {row["area_name"] for row in beyond} == {row["Place"] for row in marked}


def test_moves_are_chosen_by_region_type_band_and_distance():
    areas = {row["area_name"]: row for row in command("ranks")}
    shown = table(site.page("/changes?region=London&at-least=2&type=London+borough"), "moves")
    expected = {row["area_name"] for row in moves() if areas[row["area_name"]]["region"] == "London"
                and abs(int(row["old_rank"]) - int(row["new_rank"])) >= 2}
    assert {row["Place"] for row in shown} == expected and expected
    assert "No move fits" in site.page("/changes?at-least=300").one("main").text


def test_who_entered_and_left_high_need_and_low_spend_is_told():
    def high(edition):
        return {row["area_name"] for row in command("spend", "--edition", edition)}
    entered, left = high("2") - high("1"), high("1") - high("2")
    assert entered or left
    told = [paragraph.text for paragraph in site.page("/changes").all("p")]
    for words, names in (("Entered:", entered), ("Left:", left)):
        line, = (text for text in told if text.startswith(words))
        assert line == f"{words} " + (", ".join(sorted(names, key=line.index)) if names else "none")


def test_the_first_edition_has_nothing_before_it():
    page = site.page("/changes?edition=1")
    assert "There is no edition before it to compare with" in page.one("main").text
    assert not list(page.all("table"))


def test_where_ranks_changed_is_counted_by_mission():
    rows = {row[0]: row for row in site.page("/changes").one("table", id="nodes").rows()}
    events = command("changes", "--node", "growth")
    assert int(rows["Economic growth"][1]) == len(events) and rows["Composite need"][1] == str(len(moves()))
    assert rows["Health"][1] == "0"


# --- both -------------------------------------------------------------------------------------------


def test_links_keep_the_edition():
    for path in PAGES:
        page = site.page(path + ("&" if "?" in path else "?") + "edition=2")
        body = page.one("main")
        kept = [query for at, query in links(body) if not at.startswith(("/api/", "/feeds/", "/assets/", "http"))]
        asked = [query for query in kept if query.get("edition") != ["2"]]
        assert kept and all(query.get("edition") == ["1"] for query in asked) and len(asked) <= 1, (path, asked)
        for form in body.all("form"):
            assert [field["value"] for field in form.all("input") if field["name"] == "edition"] == ["2"]


def hostile_pack():
    files = small.pack(12, replicates=4)
    files["areas.csv"] = files["areas.csv"].replace("Place E00003", '"' + HOSTILE.replace('"', '""') + '"') \
        .replace("Region R1", '"<b>""R1</b>"').replace(",district,", ",<i>district</i>,")
    return files


def test_nothing_that_a_pack_says_is_believed():
    with tempfile.TemporaryDirectory() as folder, Site() as other:
        files = hostile_pack()
        other.run("load", small.write(files, pathlib.Path(folder)))
        for path in ("/changes", "/changes?region=" + urllib.parse.quote("<b>\"R1</b>")):
            page = other.page(path)
            assert not [element for element in page.all() if element.name in ("i", "b")], path
        page = other.page("/spend")
        assert not [element for element in page.all() if element.name in ("i", "b")]


def without_spend():
    files = small.pack(6)
    text = "".join(line for line in files["index.yaml"].splitlines(True) if "spend:" not in line and "id: money" not in line)
    return {**{name: file for name, file in files.items() if "money" not in name}, "index.yaml": text}


def test_no_move_is_within_an_interval_that_is_not_known():
    for replicates in (0, 4):
        with tempfile.TemporaryDirectory() as folder, Site() as other:
            other.run("load", small.write(small.pack(20, replicates), pathlib.Path(folder) / "pack"))
            (pathlib.Path(folder) / "2026.csv").write_text(small.release(20, 3))
            other.run("ingest", "--accept-warnings", "--dataset", "pay", pathlib.Path(folder) / "2026.csv")
            main = other.page("/changes").one("main")
            assert "are up the ranking" in main.text
            assert ("interval" in main.text) == bool(replicates), replicates


def test_an_index_without_spend_says_so():
    with tempfile.TemporaryDirectory() as folder, Site() as other:
        other.run("load", small.write(without_spend(), pathlib.Path(folder)))
        page = other.page("/spend")
        assert "Edition 1 has no comparison with spend" in page.one("main").text
        assert page.one("a", class_="site-name").text == "A small index"
        other.ask("/spend.csv", accept="*/*", status=404)
        other.page("/spend?edition=2", status=404)


with Site() as site:
    site.run("load", ENGLAND)
    site.run("ingest", ENGLAND / "newer" / "gigabit-broadband" / "2026-05-19.csv")
    run([case for name, case in sorted(globals().items()) if name.startswith("test_")])
