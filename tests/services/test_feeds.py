"""Atom feeds: well-formed whatever places are called, by the rules of RFC 4287, and with what moved."""
import pathlib
import re
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as xml

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import bus
import small
from suite import Service, run

PLACES = 20
HOSTILE = "<script>alert(1)</script> & \"O'Brien\" ]]>"
ATOM = "{http://www.w3.org/2005/Atom}"
XHTML = "{http://www.w3.org/1999/xhtml}"
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


class Index(Service):
    def __init__(self):
        super().__init__("--scoring", "1", "--http", "http://127.0.0.1:*")

    def __enter__(self):
        super().__enter__()
        files = small.pack(PLACES)
        quoted = '"' + HOSTILE.replace('"', '""') + '"'
        files["areas.csv"] = files["areas.csv"].replace("Place E00003", quoted)
        files["index.yaml"] = files["index.yaml"].replace("name: Pay", "name: 'Pay <b>&amp; more'")
        with tempfile.TemporaryDirectory() as folder:
            self.run("load", small.write(files, pathlib.Path(folder)))
        self.hub = bus.Peer(f"ipc://{self.state}/hub")
        self.port = self.find_port()
        return self

    def __exit__(self, *error):
        self.hub.socket.close()
        super().__exit__(*error)

    def find_port(self):
        text = (pathlib.Path(self.home.name) / "log").read_text()
        return re.search(r"http open.*port=(\d+)", text).group(1)

    def release(self, seed, label):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "2025.csv"
            path.write_text(small.release(PLACES, seed))
            self.run("ingest", path, "--dataset", "pay", "--label", label, "--accept-warnings")

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
            assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
            return answer.read().decode()

    def feed(self, path):
        return check(xml.fromstring(self.get(path)), f"http://127.0.0.1:{self.port}", path)

    def events(self, type_):
        told = self.hub.ask(events_wanted={"after": 0, "limit": 5000}).events
        assert told.through == told.newest
        return [event for event in told.events if event.type == type_]

    def refused(self, path):
        try:
            self.get(path)
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        raise AssertionError(f"{path} was answered")


def one(element, name):
    found = element.findall(ATOM + name)
    assert len(found) == 1, (name, len(found))
    return found[0]


def check_common(element):
    """What RFC 4287 wants of feeds and entries alike: section 4.1.1 and 4.1.2."""
    assert urllib.parse.urlparse(one(element, "id").text).scheme == "urn"
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
                        one(element, "id").text)
    assert one(element, "title").text.strip()
    assert INSTANT.fullmatch(one(element, "updated").text)


def check(feed, base, path):
    assert feed.tag == ATOM + "feed"
    check_common(feed)
    assert one(one(feed, "author"), "name").text
    links = {link.get("rel"): link.get("href") for link in feed.findall(ATOM + "link")}
    assert links["self"] == base + path, links
    assert links["alternate"].startswith(base + "/")
    entries = feed.findall(ATOM + "entry")
    ids = [one(entry, "id").text for entry in entries] + [one(feed, "id").text]
    assert len(set(ids)) == len(ids)
    for entry in entries:
        check_common(entry)
        content = one(entry, "content")  # xhtml is one div, section 4.1.3.3
        assert content.get("type") == "xhtml" and [child.tag for child in content] == [XHTML + "div"]
        assert not content.findall(f".//{XHTML}script")
        assert entry.find(ATOM + "link").get("href").startswith(base + "/")
        assert one(feed, "updated").text >= one(entry, "updated").text
    dates = [one(entry, "updated").text for entry in entries]
    assert dates == sorted(dates, reverse=True)
    return feed


def entries(feed):
    return feed.findall(ATOM + "entry")


def text(element):
    return "".join(element.itertext())


def test_a_place_has_an_entry_for_each_edition_in_which_it_moved():
    with Index() as index:
        assert not entries(index.feed("/feeds/places/E00003.atom"))  # the first edition moved nothing
        index.release(3, "A")
        index.release(4, "B")
        moves = [event for event in index.events("rank.changed") if event.rank_changed.area == "E00003"]
        feed = index.feed("/feeds/places/E00003.atom")
        again = index.get("/feeds/places/E00003.atom")
        newest = max(event.seq for event in index.events("edition.scored"))
        since = index.feed(f"/feeds/places/E00003.atom?since={newest}")
        none = index.feed(f"/feeds/places/E00003.atom?since={10 ** 9}")
        assert index.refused("/feeds/places/E99999.atom")[0] == 404
        assert index.refused("/feeds/places/E00003.atom?since=x")[0] == 400
    editions = sorted({event.edition for event in moves}, reverse=True)
    assert len(editions) == 2 == len(entries(feed)), editions
    assert one(feed, "title").text == HOSTILE + " in the index of need"
    for entry, edition in zip(entries(feed), editions):
        here = {event.rank_changed.node: event.rank_changed for event in moves if event.edition == edition}
        root = here.get("all")
        title = one(entry, "title").text
        assert title.startswith("<script>alert(1)</script> & \"O'Brien\""), title
        assert f"edition={edition}" in entry.find(ATOM + "link").get("href")
        for move in here.values():
            assert f"rank {move.new_rank}, was {move.old_rank}" in text(entry)
            assert move.why in text(entry)
        if root:
            rise = root.old_rank - root.new_rank
            way = f"up {rise}" if rise > 0 else f"down {-rise}"
            assert f"overall rank {root.new_rank} of {PLACES}, was {root.old_rank} ({way})" in title, title
    assert [one(entry, "id").text for entry in entries(xml.fromstring(again))] == \
        [one(entry, "id").text for entry in entries(feed)]
    assert [one(entry, "id").text for entry in entries(since)] == [one(entries(feed)[0], "id").text]
    assert not entries(none)


def test_a_mission_tells_how_many_moved_and_the_furthest():
    with Index() as index:
        index.release(3, "A")
        feed = index.feed("/feeds/missions/all.atom")
        moves = [event.rank_changed for event in index.events("rank.changed")]
        code, reason = index.refused("/feeds/missions/pya.atom")
        quiet = index.feed("/feeds/missions/pay.atom")  # a metric's own ranks make no events
    entry, = entries(feed)
    furthest = max(abs(move.new_rank - move.old_rank) for move in moves)
    title = one(entry, "title").text
    assert title.startswith(f"All: {len(moves)} ranks changed; "), title
    now, was = map(int, re.search(r"rank (\d+), was (\d+) \((?:up|down) \d+\)", title).groups())
    assert abs(now - was) == furthest
    assert len(entry.findall(f".//{XHTML}li")) == min(len(moves), 15)
    assert code == 404 and "did you mean 'pay'" in reason, reason
    assert not entries(quiet) and one(quiet, "title").text.startswith("Pay <b>&amp; more")


def test_releases_have_an_entry_each():
    with Index() as index:
        index.release(3, "A")
        index.release(4, "A")  # a revision
        index.release(5, "<i>B</i>")
        feed = index.feed("/feeds/releases.atom")
        pay = index.feed("/feeds/releases.atom?dataset=pay")
        accepted = index.events("release.accepted")
        since = index.feed(f"/feeds/releases.atom?since={accepted[-1].seq - 1}")
        number = accepted[-1].release_accepted.release
        index.run("withdraw", number, "--reason", "wrong <figures>")
        withdrawn = index.feed("/feeds/releases.atom?dataset=pay")
        code, reason = index.refused("/feeds/releases.atom?dataset=pya")
    assert len(entries(feed)) == 6 and len(entries(pay)) == 4
    titles = [one(entry, "title").text for entry in entries(pay)]
    assert titles[:3] == ["T: <i>B</i>", "T: A (a revision)", "T: A"], titles
    assert len(entries(since)) == 1
    newest = entries(withdrawn)[0]
    assert one(newest, "id").text == one(entries(pay)[0], "id").text  # it is the same thing
    assert one(newest, "updated").text > one(newest, "published").text
    assert one(newest, "title").text == "T: <i>B</i> (withdrawn)"
    assert "wrong <figures>" in text(newest)
    assert code == 404 and "did you mean 'pay'" in reason, reason


run([value for name, value in list(globals().items()) if name.startswith("test_")])
