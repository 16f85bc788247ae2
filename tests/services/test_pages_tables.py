"""League table, map, metric table, method and editions: what they show is what the command line and
the downloads say, their state is in the address, and nothing that a pack calls itself is believed."""
import csv
import io
import json
import pathlib
import re
import sys
import tempfile
import urllib.parse

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import small
from pages import Element, Site, links
from suite import ENGLAND, run

MISSIONS = ["growth", "green", "crime", "opportunity", "health"]
PAGES = ["/league", "/league?node=crime", "/league?node=gigabit-broadband&region=London", "/map",
         "/map?kind=boundaries&node=crime&beside=growth&pattern=yes", "/metrics-table", "/method", "/editions"]
HOSTILE = "<script>alert(1)</script>\"'&=1+1"
site = None


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def command(*arguments):
    return rows_of(site.run(*arguments, "--csv").stdout)


def download(path):
    return rows_of(site.ask(path, accept="*/*")[0].decode("utf-8"))


def league(path):
    """The rows of the table under the words of its head, without what only the screen needs."""
    table = site.page(path).one("table", id="league")
    head = [cell.text for cell in table.one("thead").all("th")]
    return [dict(zip(head, row)) for row in table.rows()]


# --- league -----------------------------------------------------------------------------------------


def test_the_league_is_the_one_of_the_command_line():
    shown, said = league("/league"), command("ranks")
    assert len(shown) == 307
    for row, other in zip(shown, said, strict=True):
        assert (row["Rank"], row["Place"], row["Need"], row["Region"], row["Type of place"]) == \
            (other["rank"], other["area_name"], other["band"], other["region"], other["type"])
        assert row["Score"] == f"{float(other['score']):.1f}"


def test_the_league_has_the_ranks_of_the_missions():
    page = league("/league")
    for mission in MISSIONS:
        ranks = {row["area_name"]: row["rank"] for row in command("ranks", "--node", mission)}
        name = site.page(f"/league?node={mission}").one("h1").text.removeprefix("League table: ")
        for row in page:
            assert row[name] == ranks[row["Place"]], (mission, row)


def test_the_league_says_what_changed():
    moved = {row["area_code"]: int(row["old_rank"]) - int(row["new_rank"])
             for row in command("changes", "--node", "composite")}
    assert moved
    names = {row["area_name"]: row["area_code"] for row in command("ranks")}
    for row in league("/league"):
        rise = moved.get(names[row["Place"]], 0)
        expected = f"up {rise}" if rise > 0 else f"down {-rise}" if rise else "no change"
        assert row["Since edition 1"] == expected, row
    assert "Since edition 0" not in league("/league?edition=1")[0]


def test_the_league_has_the_intervals_of_the_command_line():
    said = {row["area_name"]: row for row in command("uncertainty", "--node", "composite")}
    for row in league("/league"):
        low, high = row["Interval of the rank"].split(" to ")
        other = said[row["Place"]]
        assert abs(float(low) - float(other["rank_low"])) <= 0.5 and abs(float(high) - float(other["rank_high"])) <= 0.5, (row, other)
    assert "Interval of the rank" not in league("/league?node=gigabit-broadband")[0]


def test_sorting_is_by_links_and_says_so():
    names = [row["Place"] for row in league("/league")]
    assert [row["Place"] for row in league("/league?sort=name")] == sorted(names)
    assert [row["Place"] for row in league("/league?sort=name&order=desc")] == sorted(names, reverse=True)
    assert [row["Place"] for row in league("/league?sort=score")] == names
    by_crime = {row["area_name"]: int(row["rank"]) for row in command("ranks", "--node", "crime")}
    ranks = [by_crime[row["Place"]] for row in league("/league?sort=crime")]
    assert ranks == sorted(ranks) and ranks != [by_crime[name] for name in names]
    rises = [row["Since edition 1"] for row in league("/league?sort=change")]
    assert rises[0].startswith("up ") and rises[-1].startswith("down ")
    page = site.page("/league?sort=name")
    head = {th.text: th for th in page.one("table", id="league").one("thead").all("th")}
    assert head["Place"]["aria-sort"] == "ascending" and not head["Rank"]["aria-sort"]
    assert "order=desc" in head["Place"].one("a")["href"]
    assert page.one("a", id=head["Rank"].one("a")["id"])["href"] == "/league"


def test_filters_rank_among_the_chosen():
    everything = command("ranks")
    chosen = [row for row in everything if row["region"] == "London"]
    shown = league("/league?region=London&type=&band=")
    assert [(row["Rank"], row["Place"]) for row in shown] == [(row["rank"], row["area_name"]) for row in chosen]
    assert [int(row["Among these"]) for row in shown] == list(range(1, len(chosen) + 1))
    both = league("/league?region=South+East&type=shire+district&band=very+low&sort=name")
    assert both == league("/league?region=E12000008&type=shire+district&band=5&sort=name")
    expected = sorted(row["area_name"] for row in everything if row["region"] == "South East"
                      and row["type"] == "shire district" and row["band"] == "very low")
    assert expected and [row["Place"] for row in both] == expected
    form = site.page("/league?region=London&band=5").one("form", class_="filters")
    assert [option.text for option in form.all("option") if option["selected"] is not None] == \
        ["Composite need", "London", "All types", "very low"]
    assert "There is no place" in site.page("/league?region=North+East&band=5&type=London+borough").one("p", class_="lead").text


def test_the_way_to_the_newest_edition_keeps_what_is_chosen():
    notice = site.page("/league?node=growth&edition=1&region=East+of+England&sort=name").one("p", class_="edition-notice")
    assert notice.one("a")["href"] == "/league?node=growth&region=East%20of%20England&sort=name"
    assert site.page("/method?edition=1").one("p", class_="edition-notice").one("a")["href"] == "/method"


def test_downloads_are_what_is_shown():
    query = "node=crime&region=London&sort=name&order=desc&limit=7"
    shown = league("/league?" + query)
    page = site.page("/league?" + query)
    files = [link["href"] for link in page.one("ul", class_="downloads").all("a")]
    assert [urllib.parse.urlsplit(file).path for file in files] == \
        ["/league.csv", "/league.xlsx", "/league.json", "/league.geojson"]
    rows = download(files[0])
    assert len(rows) == 7 and [row["area_name"] for row in rows] == [row["Place"] for row in shown]
    for row, other in zip(rows, shown):
        assert row["rank"] == other["Rank"] and row["rank_among_chosen"] == other["Among these"]
        assert f"{float(row['score']):.1f}" == other["Score"] and row["band"] == other["Need"]
    data = json.loads(site.ask(files[2], accept="*/*")[0])["items"]
    assert [row["area_name"] for row in data] == [row["area_name"] for row in rows]
    pages, path = [], "/league.json?region=London&limit=20"
    while path:  # the next page has the rest, and not the rest of what the first one was cut to
        told = json.loads(site.ask(path, accept="*/*")[0])
        pages, path = pages + [[row["area_code"] for row in told["items"]]], told["next"]
    assert [len(page) for page in pages] == [20, 12] and len(set(sum(pages, []))) == 32, pages
    for file in (files[2], files[3], "/metrics-table.json"):  # whoever passes it on must say whose the figures are
        told = json.loads(site.ask(file, accept="*/*")[0])
        assert "Ofcom" in told["source"] and "Open Government Licence" in told["licence"], file
        assert told["title"].endswith(" — Missions Index, England"), file
    land = json.loads(site.ask(files[3], accept="*/*")[0])
    assert [feature["properties"]["area_name"] for feature in land["features"]] == [row["area_name"] for row in rows]
    assert {feature["geometry"]["type"] for feature in land["features"]} <= {"Polygon", "MultiPolygon"}
    book, headers = site.ask(files[1], accept="*/*")
    assert book[:2] == b"PK" and "league-crime" in headers["Content-Disposition"]


def test_a_metric_shows_its_figures_and_how_they_came():
    rows = league("/league?node=homicide")
    assert all("cascaded" in row["Figure"] or "not available" in row["Figure"] or row["Figure"] for row in rows)
    assert any("cascaded" in row["Figure"] for row in rows)
    assert "higher figure is more need" in site.page("/league?node=homicide").one("main").text


def test_what_is_not_there_is_a_problem_with_a_suggestion():
    for path, status, said in (
            ("/league?node=crimes", 404, "did you mean \"crime\""), ("/league?region=Lundon", 404, "did you mean \"London\""),
            ("/league?type=x", 404, "type is \"x\""), ("/league?band=9", 404, "band is \"9\""),
            ("/league?band=very+hihg", 404, "did you mean \"very high\""), ("/league?sort=ranks", 404, "sort is \"ranks\""),
            ("/league?order=up", 400, "order is \"up\""), ("/league?limit=0", 400, "limit is \"0\""),
            ("/league?edition=99", 404, "99"), ("/league?edition=x", 400, "edition is \"x\""),
            ("/map?kind=globe", 400, "kind is \"globe\""), ("/map?beside=crimes", 404, "did you mean \"crime\""),
            ("/editions?before=x", 400, "before is \"x\"")):
        assert said in site.page(path, status=status).one("main").text, path
    assert HOSTILE in site.page("/league?region=" + urllib.parse.quote(HOSTILE), status=404).one("main").text


# --- map --------------------------------------------------------------------------------------------


def shapes(svg):
    return {urllib.parse.urlsplit(link["href"]).path.removeprefix("/places/"): link for link in svg.all("a")}


def test_each_place_is_a_shape_that_leads_to_it():
    said = {row["area_code"]: row for row in command("ranks")}
    for kind in ("cartogram", "boundaries"):
        page = site.page(f"/map?kind={kind}")
        found = shapes(page.one("svg", class_="map"))
        assert found.keys() == said.keys()
        for code, link in found.items():
            row = said[code]
            title = link.one("title").text
            assert title.startswith(f"{row['area_name']}: rank {row['rank']} of 307, score ") and row["band"] in title
            assert link["tabindex"] == "-1" and link["data-region"] == row["region"]
            bands = ["very high", "high", "medium", "low", "very low"]
            assert link.one("path")["class"] == f"area need-{bands.index(row['band']) + 1}"
        assert ("Contains OS data © Crown copyright and database right" in page.one("main").text) == (kind == "boundaries")


def test_the_map_is_told_in_words_and_as_a_table():
    figure = site.page("/map?node=crime").one("figure", class_="chart")
    said = command("ranks", "--node", "crime")
    caption = figure.one("figcaption").text
    assert f"need is highest in {said[0]['area_name']}, {said[1]['area_name']} and {said[2]['area_name']}" in caption
    first = [row for row in said if row["band"] == "very high"]
    most = max({row["region"] for row in first}, key=lambda region: sum(row["region"] == region for row in first))
    here = sum(row["region"] == most for row in first)
    assert f"; {here} of the {len(first)} places of very high need are in " in caption
    rows = figure.one("details").one("table").rows()
    assert [(row[0], row[1], row[3]) for row in rows] == [(r["rank"], r["area_name"], r["band"]) for r in said]
    legend = [entry.text for entry in figure.one("ul", class_="legend").all("li")]
    assert legend == [f"{band} {sum(row['band'] == band for row in said)}"
                      for band in ("very high", "high", "medium", "low", "very low")]


def test_bands_are_counted_by_region():
    said = command("ranks", "--node", "crime")
    rows = site.page("/map?node=crime").one("table", id="map-a-regions").rows()
    assert {row[0] for row in rows} == {row["region"] for row in said}
    for region, *counts in rows:
        assert counts == [str(sum(r["region"] == region and r["band"] == band for r in said))
                          for band in ("very high", "high", "medium", "low", "very low")]


def test_two_maps_stand_beside_each_other():
    page = site.page("/map?node=crime&beside=health&pattern=yes")
    assert [figure.one("figcaption").text.split(":")[0] for figure in page.all("figure", class_="chart")] == \
        ["Safer streets", "Health"]
    hatched = [path["fill"] for path in page.all("path", class_="area") if path["fill"]]
    assert set(hatched) == {"url(#map-a-most)", "url(#map-b-most)"}
    assert {pattern["id"] for pattern in page.all("pattern")} >= {"map-a-most", "map-b-most"}


# --- metrics, method, editions ----------------------------------------------------------------------


def test_every_metric_is_told_with_its_source():
    page = site.page("/metrics-table")
    rows = [row for table in page.all("table") for row in table.rows()]
    told = download("/metrics-table.csv")
    assert len(rows) == len(told) == 40
    assert abs(sum(float(row["weight"]) for row in told) - 1) < 1e-12
    for mission in MISSIONS:
        assert abs(sum(float(row["weight_in_mission"]) for row in told if row["mission"] == mission) - 1) < 1e-12
    assert all(row["publisher"] and row["source"] and row["licence"] and row["period"] and row["release"] for row in told)
    for row, other in zip(rows, told, strict=True):
        assert row[0].startswith(other["name"]) and ("proxy" in row[0]) == (other["proxy"] == "true")
        assert other["publisher"] in row[6] and other["licence"] in row[6] and row[5].split()[0] == other["missing"]
    broadband, = (row for row in told if row["metric"] == "gigabit-broadband")
    assert broadband["release"] == "2026-05-19" and broadband["direction"] == "lower-is-need"


def test_missing_places_are_those_of_the_edition_s_files():
    with open(site.state / "editions" / "latest" / "metrics.csv", encoding="utf-8") as file:
        figures = list(csv.DictReader(file))
    for row in download("/metrics-table.csv"):
        mine = [figure for figure in figures if figure["metric"] == row["metric"]]
        assert len(mine) == 307 and int(row["missing"]) == sum(not figure["value"] for figure in mine), row["metric"]
        for rule in ("direct", "cascaded"):
            assert int(row[rule]) == sum(figure["rule"] == rule and figure["value"] != "" for figure in mine), row["metric"]


def test_the_method_is_that_of_the_definition():
    text = site.page("/method").one("main").text
    for said in ("307 places", "40 metrics", "1 April 2021", "City of London, Isles of Scilly", "Gaps stay gaps",
                 "percentile rank, from 0 (least need) to 100 (most need)", "less than 85 % of the weight",
                 "less than 75 % of the weight", "weighted arithmetic mean", "computed 200 times",
                 "holds 90 % of the ranks", "each weight up to 25 % more or less", "shire district",
                 "It ranks places, not councils", "very high, high, medium, low and very low need"):
        assert said in text, said


def test_the_editions_are_listed_with_what_made_them():
    rows = site.page("/editions").one("table").rows()
    moved = {row["area_code"] for row in command("changes", "--node", "composite")}
    assert [row[0] for row in rows] == ["Edition 2", "Edition 1"]
    assert rows[0][2].startswith("Release 2026-05-19 of ") and rows[1][2] == "The first scoring"
    assert rows[0][3] == "new figures" and rows[1][3] in ("another method", "not known"), rows
    assert int(rows[0][5]) >= len(moved) and rows[1][5] == "first edition"
    assert [row[0] for row in site.page("/editions?before=2").one("table").rows()] == ["Edition 1"]


# --- all pages --------------------------------------------------------------------------------------


def test_links_keep_the_edition():
    for path in PAGES:
        page = site.page(path + ("&" if "?" in path else "?") + "edition=1")
        assert "edition 1" in page.one("p", class_="edition-notice").text
        body = page.one("main")
        kept = [query for at, query in links(body) if not at.startswith(("/api/", "/feeds/", "/assets/"))]
        if path != "/editions":  # which leads to every edition
            assert kept and all(query.get("edition") == ["1"] for query in kept), (path, [q for q in kept if q.get("edition") != ["1"]][:3])
        for form in body.all("form"):
            assert [field["value"] for field in form.all("input") if field["name"] == "edition"] == ["1"]
        assert all("edition" not in query for _, query in links(site.page(path).one("main"))) or path == "/editions"


def test_an_edition_by_its_number_is_the_edition():
    before = {row["area_name"]: row["rank"] for row in command("ranks", "--edition", "1")}
    assert {row["Place"]: row["Rank"] for row in league("/league?edition=1")} == before
    assert before != {row["Place"]: row["Rank"] for row in league("/league")}


def hostile_pack():
    files = small.pack(12, replicates=4)
    files["areas.csv"] = files["areas.csv"].replace("Place E00003", '"' + HOSTILE.replace('"', '""') + '"') \
        .replace("Region R1", '"<b>""R1</b>"').replace(",district,", ",<i>district</i>,")
    text = files["index.yaml"]
    quoted = json.dumps(HOSTILE)
    for plain in ("name: Pay", "name: All", "title: A small index", "unit: GBP"):
        text = text.replace(plain, f"{plain.split(':')[0]}: {quoted}")
    text = text.replace("title: T, publisher: P, licence: L", f"title: {quoted}, publisher: {quoted}, licence: {quoted}, "
                        f"note: {quoted}, url: \"javascript:alert(1)\"")
    return {**files, "index.yaml": text}


def test_nothing_that_a_pack_says_is_believed():
    with tempfile.TemporaryDirectory() as folder, Site() as other:
        other.run("load", small.write(hostile_pack(), pathlib.Path(folder)))
        for path in ("/league", "/league?node=pay&sort=name", "/map", "/map?node=pay&pattern=yes", "/metrics-table",
                     "/method", "/editions", "/league?region=" + urllib.parse.quote("<b>\"R1</b>")):
            page = other.page(path)
            assert HOSTILE in page.one("html").text or HOSTILE.replace('"', "") in page.one("html").text, path
            assert not [element for element in page.all() if element.name in ("i", "b")], path
            assert all(script["src"].startswith("/assets/") for script in page.all("script"))
        titles = [link.one("title").text for link in other.page("/map").one("svg", class_="map").all("a")]
        assert any(title.startswith(HOSTILE + ": rank ") for title in titles)
        assert "has no boundaries: these are hexagons" in other.page("/map?kind=boundaries").one("p", class_="notice").text
        text = other.page("/method").one("main").text
        assert "becomes its way from the place of least need to the place of most need, from 0" in text
        assert "computed 4 times" in text and "percentile" not in text


with Site() as site:
    site.run("load", ENGLAND)
    site.run("ingest", ENGLAND / "newer" / "gigabit-broadband" / "2026-05-19.csv")
    run([case for name, case in sorted(globals().items()) if name.startswith("test_")])
