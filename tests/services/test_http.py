"""The HTTP server of the publishing role: requests of all kinds, what is kept and for how long, who is
slow, who asks by a wrong name, and the stream of events across the death of those who make it."""
import concurrent.futures
import gzip
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import small
from suite import MINDEX, Service, free_port, run

BUSY = 60  # seconds that a machine with much else to do may need for what takes it little
NEWEST = "/api/v1/editions/latest/ranks"
FIRST = "/api/v1/editions/1/ranks"


class Site(Service):
    """A service with the small index, served by HTTP."""

    def __init__(self, *options, load=True):
        self.port = free_port()
        self.load = load
        super().__init__("--http", f"http://127.0.0.1:{self.port}", *options)

    def __enter__(self):
        super().__enter__()
        if self.load:
            self.run("load", small.write(small.pack(), self.state.parent / "pack"))
        self.until_ready(200 if self.load else 503)
        return self

    def until_ready(self, status=200):
        until(lambda: self.status("/readyz") == status)

    def ask(self, path, method="GET", body=None, **headers):
        """Status, headers, body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=BUSY)
        connection.request(method, path, body=body,
                           headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, answer.headers, body

    def status(self, path):
        try:
            return self.ask(path)[0]
        except OSError:
            return None  # it is not there just now

    def ingest(self, seed, dataset="pay"):
        path = self.state.parent / f"{dataset}-{seed}.csv"
        path.write_text(small.release(20, seed))
        self.run("ingest", path)

    def pid(self, role):
        """Of the process that the supervisor has started."""
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "cmdline").read_bytes().split(b"\0")
                parent = re.search(r"PPid:\s+([0-9]+)", (process / "status").read_text())[1]
            except OSError:
                continue
            if int(parent) == self.up.pid and words[1:2] == [role.encode()]:
                return int(process.name)
        raise AssertionError(f"no {role} runs")

    def kill(self, role):
        """With SIGKILL; the supervisor starts it again."""
        os.kill(self.pid(role), signal.SIGKILL)

    def figure(self, name):
        """A figure of /metrics."""
        text = self.ask("/metrics")[2].decode()
        return float(re.search(rf"^{re.escape(name)} (\S+)$", text, re.M)[1])


def until(holds, seconds=BUSY):
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.02)
    return found


def raw(port, text):
    """What comes back for these bytes until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=BUSY) as connection:
        got = b""
        try:
            connection.sendall(text)
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it has closed before it was told all
        try:
            while more := connection.recv(65536):
                got += more
        except OSError:
            pass
        return got


# --- one request ---------------------------------------------------------------------------------

def test_who_has_it_already_is_told_so():
    with Site() as site:
        for path, control in ((FIRST, "public, max-age=3600"), ("/league?edition=1", "public, max-age=3600"), (NEWEST, "no-cache"), ("/", "no-cache")):
            status, headers, body = site.ask(path)
            etag = headers["ETag"]
            assert status == 200 and body and re.fullmatch(r'"[0-9]+-[0-9a-f]{16}"', etag), (path, etag)
            assert headers["Cache-Control"] == control, (path, headers["Cache-Control"])
            for wish in (etag, f"W/{etag}", "*", f'"other", {etag}', f'"a,b" , W/"c",{etag}'):
                status, again, body = site.ask(path, If_None_Match=wish)
                assert status == 304 and not body and again["ETag"] == etag, wish
                assert again["Cache-Control"] == control and "Vary" in again
            for wish in ('"other"', etag[:-1], etag.strip('"'), "W/", ""):
                assert site.ask(path, If_None_Match=wish)[0] == 200, wish
        assert site.ask(FIRST)[1]["ETag"].startswith('"1-')


def test_head_is_get_without_the_body():
    with Site() as site:
        for path in (FIRST, "/", "/metrics", "/assets/site.css", "/nothing"):
            _, get, body = site.ask(path)
            status, head, nothing = site.ask(path, "HEAD")
            assert nothing == b"" and head["Content-Type"] == get["Content-Type"]
            if path != "/metrics":
                assert int(head["Content-Length"]) == len(body) and head["ETag"] == get["ETag"]


def test_gzip_is_the_same_in_fewer_bytes():
    with Site() as site:
        _, plain_headers, plain = site.ask("/assets/site.css")
        for wish in ("gzip", "br, gzip;q=0.5", "*", "GZIP"):
            _, headers, small_body = site.ask("/assets/site.css", Accept_Encoding=wish)
            assert headers["Content-Encoding"] == "gzip" and gzip.decompress(small_body) == plain, wish
            assert len(small_body) < len(plain) / 2 and headers["ETag"] != plain_headers["ETag"]
            assert "Accept-Encoding" in headers["Vary"]
            status, again, _ = site.ask("/assets/site.css", Accept_Encoding=wish, If_None_Match=headers["ETag"])
            assert status == 304 and again["ETag"] == headers["ETag"]
        for wish in ("identity", "gzip;q=0", "*;q=0", "gzip;q=0, *", "br", ""):
            _, headers, body = site.ask("/assets/site.css", Accept_Encoding=wish)
            assert body == plain and "Content-Encoding" not in headers, wish


def test_every_answer_says_what_it_may_do():
    with Site() as site:
        for path in ("/", FIRST, "/nothing", "/metrics", "/assets/site.css", "/api/v1/nothing"):
            headers = site.ask(path)[1]
            policy = headers["Content-Security-Policy"]
            assert "default-src 'self'" in policy and "unsafe" not in policy and "base-uri 'none'" in policy
            assert headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] == "same-origin"
            # Nobody gave the server a name, so that a page from elsewhere must not read it through
            # the browser of someone on this machine.
            assert "Access-Control-Allow-Origin" not in headers


def test_assets_are_kept_for_ever_by_their_hash_alone():
    with Site() as site:
        page = site.ask("/")[2].decode()
        found = re.findall(r'"(/assets/[a-z.-]+\?v=[0-9a-f]{12})"', page)
        assert any("site.css" in path for path in found), page
        for path in found:
            status, headers, body = site.ask(path)
            assert status == 200 and "immutable" in headers["Cache-Control"], path
            bare = path.split("?")[0]
            for other in (bare, bare + "?v=0123456789ab"):
                assert site.ask(other)[1]["Cache-Control"] == "no-cache" and site.ask(other)[2] == body
        for path in ("/assets/", "/assets/none.css", "/assets/../site.css", "/assets/site.css/x"):
            assert site.ask(path)[0] in (404, 308), path


def test_it_is_asked_by_its_own_names_alone():
    with Site("--http-name", "index.example.org,Other.Example.org", load=False) as site:
        port = site.port
        for host in (f"127.0.0.1:{port}", "127.0.0.1", f"localhost:{port}", "LOCALHOST", "127.0.0.9", "[::1]",
                     "index.example.org", "INDEX.example.ORG:80", "other.example.org"):
            assert site.ask("/api/v1", Host=host)[0] == 200, host
        for host in ("evil.example.org", "index.example.org.evil.org", "10.0.0.1", "localhost.evil.org", "127.0.0.1.evil.org",
                     "[::2]", "evil.org:5605", "127.0.0.1@evil.org"):
            status, headers, body = site.ask("/api/v1", Host=host)
            assert status == 421 and json.loads(body)["status"] == 421, host
            assert "Access-Control-Allow-Origin" not in headers
        for host in ("", ":80", "localhost:x", "localhost:1234567", "[::1", "a" * 300):
            assert site.ask("/api/v1", Host=host)[0] in (400, 421), host
        assert b" 421 " in raw(port, b"GET http://evil.org/api/v1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b" 200 " in raw(port, b"GET http://localhost/api/v1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b" 200 " in raw(port, b"GET /api/v1 HTTP/1.0\r\n\r\n")
        # Under a name that was given, it is meant to be read by others.
        named = site.ask("/api/v1", Host="index.example.org")[1]
        assert named["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Origin" not in site.ask("/api/v1", Host=f"127.0.0.1:{port}")[1]
        assert "Access-Control-Allow-Origin" not in site.ask("/search", Host="index.example.org")[1]


def test_names_that_are_none_are_refused():
    for wrong in ("a b/c", "http://index.example.org", ",".join(f"n{i}.example.org" for i in range(17)), "x" * 2000):
        refused = subprocess.run([MINDEX, "publishing", "--http", "http://127.0.0.1:*", "--http-name", wrong],
                                 capture_output=True, text=True, timeout=BUSY)
        assert refused.returncode == 2, (wrong, refused)


def test_bad_requests_are_said_to_be_so_and_do_no_harm():
    with Site() as site:
        port = site.port
        # What http.client would not send.
        for target, status in (("/%", 400), ("/%4", 400), ("/%zz", 400), ("/%00", 400), ("/a%00b", 400),
                               ("/%ff", 400), ("/%c0%af", 400), ("/%ed%a0%80", 400), ("/%0a", 400), ("/a%2fb", 400),
                               ("/search?q=%ff", 400), ("/search?q=%00", 400), ("/search?q=%e2%80%ae", 400),
                               ("/search?q", 200), ("/search?&&q=a&", 200), ("/?" + "&".join(f"a{i}=1" for i in range(33)), 400),
                               ("/" + "a" * 2100, 414), ("/?q=" + "a" * 2100, 414),
                               ("//", 308), ("/..", 404), ("/a/../b", 404), ("/a//b", 404), ("/./", 404), ("/a\\b", 404),
                               ("/\\evil.org/", 404), ("//evil.org/", 404), ("/%5cevil.org/", 404), ("*", 400), ("evil", 400)):
            got = raw(port, f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            assert re.match(rb"HTTP/1\.1 %d " % status, got), (target[:60], got[:300])
            if status >= 400:
                problem = json.loads(got.split(b"\r\n\r\n", 1)[1])
                assert problem["status"] == status and problem["detail"] and problem["title"], target
                assert b"application/problem+json" in got and b"no-store" in got
        status, headers, _ = site.ask("/search/")
        assert status == 308 and headers["Location"] == "/search"
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"):
            status, headers, _ = site.ask("/", method, body=b"x" * 100000)
            assert status == 405 and headers["Allow"] == "GET, HEAD", method
        assert b" 431 " in raw(port, b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 20000 + b"\r\n")
        assert b" 414 " in raw(port, b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
        # What a proxy may read otherwise than we do; what follows is no request then.
        for twice in (b"Host: evil\r\n\r\n", b"Content-Length: 0\r\nContent-Length: 3\r\n\r\nabc",
                      b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                      b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"):
            got = raw(port, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + twice + b"GET /healthz HTTP/1.1\r\n"
                      b"Host: localhost\r\nConnection: close\r\n\r\n")
            assert re.findall(rb"HTTP/1\.1 ([0-9]+)", got) == [b"400"], (twice, got)
        for bad in (b"", b"\r\n\r\n", b"GET\r\n\r\n", b"\0" * 1000, b"GET / HTTP/9.9\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n",
                    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
                    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n"):
            assert b" 200 " not in raw(port, bad), bad[:40]
        assert site.status("/readyz") == 200


def test_a_browser_reads_a_page_where_a_program_reads_json():
    with Site(load=False) as site:
        browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
        status, headers, body = site.ask("/<script>alert(1)</script>".replace("<", "%3C").replace(">", "%3E"), Accept=browser)
        assert status == 404 and headers["Content-Type"].startswith("text/html")
        assert b"<script>alert" not in body and b"&lt;script&gt;alert(1)" in body
        for accept in ("*/*", "application/json", "application/problem+json", "text/csv"):
            assert site.ask("/nothing", Accept=accept)[1]["Content-Type"] == "application/problem+json", accept


# --- what is kept --------------------------------------------------------------------------------

def hits(site):
    return site.figure('mindex_http_cache_requests_total{result="hit"}')


def test_equal_questions_are_answered_from_what_is_kept():
    with Site() as site:
        site.ask("/api/v1/areas?region=R1&type=district")
        before = hits(site)
        for path in ("/api/v1/areas?region=R1&type=district", "/api/v1/areas?type=district&region=R1",
                     "/api/v1/areas?&type=%64istrict&&region=R%31&",
                     "/api/v1/%61reas?region=R1&type=district"):
            assert site.ask(path)[0] == 200
        assert hits(site) == before + 4
        site.ask("/api/v1/areas?region=R2&type=district")
        assert hits(site) == before + 4


def test_what_is_kept_holds_until_something_happens():
    with Site() as site:
        _, first, body = site.ask(NEWEST)
        _, numbered, _ = site.ask(FIRST)
        site.ingest(3)
        _, after, new_body = until(lambda: (found := site.ask(NEWEST))[1]["ETag"] != first["ETag"] and found)
        assert new_body != body and after["ETag"].startswith('"2-')
        assert site.ask(NEWEST, If_None_Match=first["ETag"])[0] == 200
        assert site.ask(FIRST, If_None_Match=numbered["ETag"])[0] == 304


def test_while_the_hub_is_away_what_is_kept_is_served_and_the_rest_is_put_off():
    with Site() as site:
        kept = {path: site.ask(path)[2] for path in (NEWEST, FIRST, "/")}
        hub = site.pid("hub")
        os.kill(hub, signal.SIGSTOP)  # it is there, and does not answer
        try:
            # Nobody but the hub changes anything, so that what was true still is.
            status, headers, body = until(lambda: (found := site.ask("/api/v1/areas?q=unkept"))[0] == 503 and found)
            assert int(headers["Retry-After"]) > 0 and headers["Cache-Control"] == "no-store"
            assert json.loads(body)["status"] == 503
            for path, was in kept.items():
                assert site.ask(path)[2] == was, path
            until(lambda: site.status("/readyz") == 503)
            assert site.status("/healthz") == 503 and site.figure("mindex_up") == 0
        finally:
            os.kill(hub, signal.SIGCONT)
        site.until_ready()
        assert site.ask("/api/v1/areas?q=unkept")[0] == 200
        site.kill("hub")
        site.until_ready()
        site.ingest(4)
        until(lambda: site.ask(NEWEST)[1]["ETag"].startswith('"2-'))


def test_readiness_is_an_edition_that_can_be_read():
    with Site(load=False) as site:
        status, _, body = site.ask("/readyz")
        assert status == 503 and body.strip()
        assert site.ask("/healthz")[0] == 200
        site.run("load", small.write(small.pack(), site.state.parent / "pack"))
        site.until_ready()
        assert b"edition 1" in site.ask("/readyz")[2]


# --- many, and slow ------------------------------------------------------------------------------

def test_many_at_once_are_all_answered():
    with Site() as site:
        paths = [f"/api/v1/areas?q=E0000{i % 7}" for i in range(300)] + ["/metrics", "/", FIRST, NEWEST] * 20
        with concurrent.futures.ThreadPoolExecutor(60) as pool:
            answers = list(pool.map(site.ask, paths))
        assert {status for status, _, _ in answers} <= {200, 503}, {status for status, _, _ in answers}
        assert sum(status == 200 for status, _, _ in answers) > len(paths) - 100
        bodies = {}
        for path, (status, _, body) in zip(paths, answers):
            if path != "/metrics" and status == 200:
                assert bodies.setdefault(path, body) == body


def test_who_says_nothing_keeps_nobody_out():
    with Site() as site:
        idle = [socket.create_connection(("127.0.0.1", site.port)) for _ in range(300)]
        for connection in idle[::2]:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        began = time.monotonic()
        slow = idle[0]
        assert site.status("/") == 200 and site.status("/metrics") == 200
        # One that says a byte now and then is never idle, and has its time all the same.
        slow.settimeout(0.5)
        cut = False
        while not cut and time.monotonic() < began + BUSY:
            try:
                slow.sendall(b"y")
                cut = slow.recv(1) == b""
            except TimeoutError:
                pass
            except OSError:
                cut = True
            assert site.status("/") == 200
        assert cut, "it went on for ever"
        until(lambda: site.figure("mindex_http_connections") < 20)
        for connection in idle:
            connection.close()


def test_who_does_not_read_keeps_nobody_waiting():
    with Site() as site:
        readers = [socket.create_connection(("127.0.0.1", site.port)) for _ in range(50)]
        for connection in readers:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 100)
        for _ in range(20):
            assert site.status(NEWEST) == 200
        for connection in readers:
            connection.close()


# --- the stream of events ------------------------------------------------------------------------

class Stream:
    """Follows the events as a browser does: comes back with the last id when it is cut."""

    def __init__(self, site, path="/api/v1/events/stream?after=0"):
        self.site, self.path = site, path
        self.last, self.events, self.problems, self.breaks = None, [], [], 0
        self.done = False
        self.changed = threading.Condition()
        self.thread = threading.Thread(target=self.follow)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.done = True
        self.thread.join()

    def follow(self):
        while not self.done:
            try:
                self.read()
            except (OSError, http.client.HTTPException):
                pass
            self.breaks += 1
            time.sleep(0.05)

    def read(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.site.port, timeout=0.5)
        try:
            connection.request("GET", self.path, headers={"Last-Event-ID": self.last} if self.last else {})
            answer = connection.getresponse()
            if answer.status != 200:
                return
            assert answer.headers["Content-Type"] == "text/event-stream"
            self.parse(answer)
        finally:
            connection.close()

    def parse(self, answer):
        block, rest = {}, b""
        while not self.done:
            try:
                more = answer.read1(65536)
            except TimeoutError:
                continue
            if not more:
                return
            *lines, rest = (rest + more).split(b"\n")
            for line in lines:
                if line:
                    name, _, value = line.decode().partition(":")
                    block[name] = value.removeprefix(" ")
                    continue
                with self.changed:
                    if "id" in block:
                        self.last = block["id"]
                    if "data" in block:
                        (self.problems if block.get("event") == "problem" else self.events).append(block["data"])
                    self.changed.notify_all()
                block = {}

    def wait(self, holds):
        with self.changed:
            assert self.changed.wait_for(lambda: holds(self), BUSY), (len(self.events), self.problems)

    def numbers(self):
        return [json.loads(event)["data"]["seq"] for event in self.events]


def newest_event(site):
    return int(json.loads(site.run("status", "--json").stdout)["newest_event"])


def test_the_stream_goes_on_without_a_gap_whoever_dies():
    with Site() as site, Stream(site) as stream:
        for seed in range(3, 9):
            site.ingest(seed)
            site.kill("publishing" if seed % 2 else "hub")
            site.until_ready()
        last = newest_event(site)
        stream.wait(lambda s: s.events and s.numbers()[-1] >= last)
        assert stream.numbers() == list(range(1, len(stream.events) + 1)), stream.numbers()
        assert stream.breaks >= 3 and not stream.problems
        event = json.loads(stream.events[-1])
        assert event["specversion"] == "1.0" and event["id"] == stream.last and event["type"].startswith("mindex.")


def test_a_stream_hears_what_it_wants_from_where_it_wants():
    with Site() as site:
        with Stream(site, "/api/v1/events/stream?after=0&type=edition.scored") as scored, \
                Stream(site, "/api/v1/events/stream") as live, \
                Stream(site, "/api/v1/events/stream?after=0&digest=1") as digests:
            live.wait(lambda s: s.last)
            # Also before anything has happened an id says of which log it is.
            start = int(re.fullmatch("([0-9]+)-[0-9]{13}", live.last)[1])
            site.ingest(3)
            site.ingest(4)
            scored.wait(lambda s: len(s.events) == 3)
            assert [json.loads(event)["data"]["edition"] for event in scored.events] == [1, 2, 3]
            last = newest_event(site)
            live.wait(lambda s: s.events and s.numbers()[-1] >= last)
            assert live.numbers() == list(range(start + 1, len(live.events) + start + 1))
            digests.wait(lambda s: sum('"mindex.edition.digest"' in event for event in s.events) >= 2)
            assert not any('"mindex.rank.changed"' in event for event in digests.events)
        for query, word in (("after=x", "expected its number"), ("after=-1", "expected"), ("colour=red", "colour"),
                            ("digest=2", "expected 1 or 0"), ("at-least=many", "at-least")):
            status, _, body = site.ask(f"/api/v1/events/stream?{query}")
            assert status == 400 and word in json.loads(body)["detail"], (query, body)


def test_an_edition_that_is_not_compared_yet_is_to_be_asked_for_again():
    paths = ("/spend", "/spend.csv", "/spend?edition=2", "/api/v1/editions/latest/spend", "/api/v1/editions/2/spend.csv")
    with Site() as site:
        until(lambda: site.ask("/spend")[0] == 200)  # the first edition is compared
        comparison = site.pid("comparison")
        os.kill(comparison, signal.SIGSTOP)
        try:
            (site.state.parent / "pay-7.csv").write_text(small.release(20, 7))
            site.run("ingest", "--no-wait", site.state.parent / "pay-7.csv")
            until(lambda: site.ask("/api/v1/editions/2")[0] == 200)
            for path in paths:
                status, headers, body = site.ask(path)
                assert status == 503 and headers["Retry-After"] and headers["Cache-Control"] == "no-store", (path, status)
                assert b"not compared with spend yet" in body, path
            assert site.ask("/spend?edition=1")[0] == 200
        finally:
            os.kill(comparison, signal.SIGCONT)
        for path in paths:
            until(lambda: site.ask(path)[0] == 200)


def test_a_filter_is_held_against_the_pack_and_may_say_names():
    with Site() as site:
        for query, word in (("area=Plaec+E00003", "Place E00003"), ("mission=wrok", "no mission 'wrok'"), ("node=soott", "'soot'"),
                            ("region=Regino+R1", "'Region R1'"), ("area-type=distrct", "'district'"),
                            ("area=E00003&band=hihg", "'high'"), ("area=E00003&after=x", "expected its number")):
            for path in ("/api/v1/events/stream", "/api/v1/events"):
                status, _, body = site.ask(f"{path}?{query}")
                assert status == 400 and ("after=" in query or word in json.loads(body)["detail"]), (path, query, body)
        site.ingest(3)
        for area in ("E00003", "Place+E00003"):
            events = json.loads(site.ask(f"/api/v1/events?limit=1000&after=0&area={area}")[2])["events"]
            assert events and {event["subject"] for event in events} == {"E00003"}, area
            # The second time what the filter means is kept.
            for _ in range(2):
                with Stream(site, f"/api/v1/events/stream?after=0&area={area}") as stream:
                    stream.wait(lambda s: len(s.events) >= len(events))
                assert [json.loads(event) for event in stream.events] == events


def test_an_id_of_another_log_is_said_to_be_one():
    with Site() as site:
        for after in ("1-12345", "99999"):
            with Stream(site, f"/api/v1/events/stream?after={after}") as stream:
                stream.wait(lambda s: s.problems)
                assert stream.last == "" and not stream.events


def test_streams_have_a_bound_and_slow_readers_get_all_from_the_log():
    with Site() as site:
        slow = socket.create_connection(("127.0.0.1", site.port))
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.sendall(b"GET /api/v1/events/stream?after=0 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        for seed in range(3, 8):
            site.ingest(seed)
        last = newest_event(site)
        got = b""
        slow.settimeout(BUSY)
        while f'"seq":{last},'.encode() not in got:
            got += slow.recv(4096)
        seen = [int(number) for number in re.findall(rb'"data":\{"seq":([0-9]+),', re.sub(rb"\r\n[0-9a-fA-F]+\r\n", b"", got))]
        assert seen[-1] >= last and seen == list(range(1, len(seen) + 1))
        slow.close()
        request = b"GET /api/v1/events/stream HTTP/1.1\r\nHost: localhost\r\n\r\n"
        many = []
        for _ in range(110):
            connection = socket.create_connection(("127.0.0.1", site.port), timeout=BUSY)
            connection.sendall(request)
            many.append((connection, connection.recv(12)))
        assert {head for _, head in many} == {b"HTTP/1.1 200", b"HTTP/1.1 503"}
        assert 98 <= sum(head.endswith(b"200") for _, head in many) <= 100
        assert site.status("/") == 200
        for connection, _ in many:
            connection.close()


def test_a_stream_of_a_place_comes_back_when_the_hub_does():
    with Site() as site:
        hub = site.pid("hub")
        os.kill(hub, signal.SIGSTOP)
        try:
            site.kill("publishing")  # the next one has not heard the hub yet
            until(lambda: site.status("/assets/site.css") == 200)
            status, headers, body = site.ask("/api/v1/events/stream?area=E00001&after=0")
        finally:
            os.kill(hub, signal.SIGCONT)
        # A browser would not come back after another status, nor to its place after an `id`.
        assert status == 200 and headers["Content-Type"] == "text/event-stream", (status, body)
        assert b"event: problem\n" in body and b"id" not in body.splitlines(), body
        with Stream(site, "/api/v1/events/stream?area=E00001&after=0") as stream:
            site.ingest(3)
            stream.wait(lambda s: s.events)


def test_streams_end_when_the_service_does():
    with Site() as site:
        connection = socket.create_connection(("127.0.0.1", site.port), timeout=BUSY)
        connection.sendall(b"GET /api/v1/events/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        until(lambda: site.figure("mindex_sse_streams") == 1)
    got = b""
    while more := connection.recv(4096):
        got += more
    assert got.endswith(b"0\r\n\r\n"), got[-100:]
    connection.close()


run([case for name, case in list(globals().items()) if name.startswith("test_")])
