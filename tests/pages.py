"""Pages as a reader's program sees them: asked for by HTTP, read by html.parser into a tree, and held
to what every page of ours promises."""
import html.parser
import http.client
import re
import time
import urllib.parse

from suite import Service

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
PATIENCE = 60


class Site(Service):
    """A service with its pages, on a port that was free."""

    def __init__(self, *options, **how):
        super().__init__("--http", "http://127.0.0.1:*", *options, **how)

    def port(self):
        end = time.monotonic() + PATIENCE
        log = self.log.name
        while time.monotonic() < end:
            if found := re.search(r'msg="http open" .*port=(\d+)', open(log, encoding="utf-8").read()):
                return int(found[1])
            time.sleep(0.02)
        raise AssertionError("no port was told")

    def ask(self, path, accept="text/html", status=200):
        """The bytes of an answer, and its headers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port(), timeout=PATIENCE)
        try:
            connection.request("GET", path, headers={"Accept": accept})
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        assert answer.status == status, (path, answer.status, body[:600])
        return body, answer.headers

    def page(self, path, status=200):
        body, headers = self.ask(path, status=status)
        assert headers["Content-Type"] == "text/html; charset=utf-8", headers
        return read(body.decode("utf-8"))


class Element:
    def __init__(self, name, attributes, parent):
        self.name, self.attributes, self.parent = name, attributes, parent
        self.parts = []  # elements and text

    def __getitem__(self, name):
        return self.attributes.get(name)

    def all(self, name=None, **wanted):
        """Every element below, in order, with that name and those attributes (class_ is class)."""
        for part in self.parts:
            if isinstance(part, Element):
                if (name is None or part.name == name) and all(
                        value in (part[key.rstrip("_")] or "").split() for key, value in wanted.items()):
                    yield part
                yield from part.all(name, **wanted)

    def one(self, name=None, **wanted):
        found = list(self.all(name, **wanted))
        assert len(found) == 1, f"{len(found)} of {name} {wanted}"
        return found[0]

    @property
    def text(self):
        return " ".join("".join(part.text if isinstance(part, Element) else part for part in self.parts).split())

    def rows(self):
        """The body of a table: the texts of its cells."""
        return [[cell.text for cell in row.parts if isinstance(cell, Element)]
                for row in self.one("tbody").all("tr")]


class Reader(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.root = self.at = Element("", {}, None)

    def handle_starttag(self, name, attributes):
        names = [key for key, _ in attributes]
        assert len(names) == len(set(names)), f"an attribute twice: {attributes}"
        element = Element(name, {key: value or "" for key, value in attributes}, self.at)
        self.at.parts.append(element)
        if name not in VOID:
            self.at = element

    def handle_startendtag(self, name, attributes):
        self.handle_starttag(name, attributes)
        if name not in VOID:
            self.handle_endtag(name)

    def handle_endtag(self, name):
        assert self.at.name == name, f"</{name}> ends <{self.at.name}> at {self.getpos()}"
        self.at = self.at.parent

    def handle_data(self, text):
        self.at.parts.append(text)


def read(text):
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.at is reader.root, f"<{reader.at.name}> never ends"
    promises(reader.root)
    return reader.root


def promises(page):
    """What every page holds to."""
    ids = [element["id"] for element in page.all() if element["id"] is not None]
    assert len(ids) == len(set(ids)), f"ids twice: {sorted(i for i in set(ids) if ids.count(i) > 1)}"
    assert page.one("html")["lang"] == "en-GB" and page.one("head").one("title").text and page.one("main") and page.one("h1").text
    for element in page.all():
        assert element["style"] is None and not any(key.startswith("on") for key in element.attributes), element.attributes
    for script in page.all("script"):
        assert script["src"] and not script.text, "a script within the page"
    assert not list(page.all("style"))
    for element in page.all():
        for key in ("src", "href", "action"):
            value = element[key]
            if value is not None and element["rel"] != "external":
                assert value.startswith(("/", "#", "?")) and not value.startswith("//"), (element.name, value)
            assert not (value or "").lower().startswith("javascript:"), value
    labelled = {label["for"] for label in page.all("label")}
    for field in [*page.all("select"), *page.all("input")]:
        assert field["type"] == "hidden" or field["id"] in labelled, field.attributes
    for table in page.all("table"):
        assert len(list(table.all("caption"))) == 1 and table.one("caption").text
        assert all(th["scope"] in ("col", "row", "colgroup", "rowgroup") for th in table.all("th"))
        head = sum(int(cell["colspan"] or 1) for cell in next(table.one("thead").all("tr")).parts
                   if isinstance(cell, Element))
        for row in table.rows():
            assert len(row) == head, (table.one("caption").text, head, row)
    for figure in page.all("figure", class_="chart"):
        assert figure.one("figcaption").text and list(figure.one("details").all("table"))


def links(page):
    """Where the page leads to within the site: path and query."""
    for link in page.all("a"):
        url = urllib.parse.urlsplit(link["href"])
        if not url.netloc and url.path:
            yield url.path, urllib.parse.parse_qs(url.query, keep_blank_values=True)
