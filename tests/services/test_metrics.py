"""/metrics and /healthz of the publishing role: what they say, line by line, with the hub there and
gone, and for many at once. Requests of all kinds are test_http.py's."""
import http.client
import os
import pathlib
import re
import signal
import socket
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import small
import zmq
from bus import FakeHub, Peer
from keyed import Keyed
from suite import MINDEX, run

HTTP = ("--http", "http://127.0.0.1:*")
ROLES = ("ingestion", "scoring", "comparison", "publishing")
# The text format 0.0.4: a comment that names a family, or a sample.
HELP = re.compile(r"# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (\S.*)")
TYPE = re.compile(r"# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)")
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"'
SAMPLE = re.compile(rf"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{{({LABEL}(?:,{LABEL})*)\}})? (-?[0-9]+(?:\.[0-9]+)?)")
PROCESS = {"process_start_time_seconds", "process_resident_memory_bytes"}  # named as Prometheus' clients do
BUSY = 15  # seconds that a machine with much else to do may need for what takes it none


def parse(text):
    """Samples by (name, labels), with everything checked that the format asks for."""
    assert text.endswith("\n")
    samples, types, family = {}, {}, None
    for line in text.splitlines():
        if match := HELP.fullmatch(line):
            family = match[1]
            assert family not in types, f"{family} has two heads"
        elif match := TYPE.fullmatch(line):
            assert match[1] == family and family not in types, line
            types[family] = match[2]
            assert (match[2] == "counter") == family.endswith("_total"), line
        else:
            match = SAMPLE.fullmatch(line)
            assert match, f"no line of the format: {line!r}"
            parts = [family + end for end in ("_bucket", "_sum", "_count")] if types[family] == "histogram" else [family]
            assert match[1] in parts, f"{line} stands under {family}"
            labels = tuple(sorted(re.findall(LABEL, match[2] or "")))
            assert (match[1], labels) not in samples, f"twice: {line}"
            samples[match[1], labels] = float(match[3])
    assert {name for name in types if not name.startswith("mindex_")} == PROCESS
    assert {re.sub("_(bucket|sum|count)$", "", name) for name, _ in samples} == \
        {re.sub("_(bucket|sum|count)$", "", name) for name in types}
    for family in (name for name in types if types[name] == "histogram"):
        check_histogram(family, samples)
    return samples


def check_histogram(family, samples):
    """By each set of other labels: buckets that do not fall, and end at the count."""
    series = {}
    for (name, labels), count in samples.items():
        if name == family + "_bucket":
            bound, = (label for label in labels if label.startswith('le="'))
            rest = tuple(label for label in labels if label != bound)
            series.setdefault(rest, []).append((float(bound[4:-1]), count))
    assert series, family
    for rest, buckets in series.items():
        assert buckets == sorted(buckets) and buckets[-1][0] == float("inf"), family
        assert [count for _, count in buckets] == sorted(count for _, count in buckets), family
        assert buckets[-1][1] == samples[family + "_count", rest] and samples[family + "_sum", rest] >= 0


def value(samples, family, /, **labels):
    return samples[family, tuple(sorted(f'{key}="{text}"' for key, text in labels.items()))]


def get(port, path, method="GET", **more):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path, **more)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer, body


def scrape(port):
    answer, body = get(port, "/metrics")
    assert answer.status == 200, body
    assert answer.getheader("Content-Type") == "text/plain; version=0.0.4; charset=utf-8"
    return parse(body)


def scrape_until(port, holds, seconds=2 * BUSY):
    """The first scrape of which it holds; what one says is up to half a second old."""
    end = time.monotonic() + seconds
    while not holds(samples := scrape(port)):
        assert time.monotonic() < end, samples
        time.sleep(0.05)
    return samples


# What a hub of version 0.2.0 tells beside.
NEWER = {
    "protocol": 2, "protocol_least": 1, "subscriptions_paused": 1, "subscriptions_disabled": 2, "errors": 5,
    "inbox_waiting": 3, "inbox_rejected": 4, "disk_free_bytes": 10**12, "disk_size_bytes": 2 * 10**12,
    "database_bytes": 12345, "last_error": {"time_ms": 1790000000500, "role": "hub", "text": "x"},
    "last_release": {"release": 7, "dataset": "d", "label": "l", "file_name": "f", "file_hash": "h", "time_ms": 1790000000000,
                     "observations": 1, "revision": False, "in_force": True},
    "roles": [{"role": role, "ready": 1, "leased": 0, "held": 0, "failed": 0, "oldest_ms": 61500, "errors": 3, "arrivals": 8}
              for role in ROLES],
    "workers": [{"role": "scoring", "name": f"w{i}", "build": f"0.{i}.0", "leases": 0, "done": 0, "silent_ms": 1, "protocol": 1 + i % 2}
                for i in range(30)] + [
        {"role": "scoring", "name": "w", "build": "0.0.0", "leases": 0, "done": 0, "silent_ms": 1, "protocol": 1},
        {"role": "scoring", "name": "bad", "build": "9", "leases": 0, "done": 0, "silent_ms": 1, "refused": "too new"}],
    "subscribers_total": 300,
    "subscribers": [{"kind": "replay", "name": f"key-{i // 2}", "after": 1, "lag": 1000 - i} for i in range(198)] + [
        {"kind": "webhook", "name": "late", "after": 1, "lag": 20, "state": "active", "attempts": 7},
        {"kind": "webhook", "name": "off", "after": 1, "lag": 700, "state": "disabled"},
        {"kind": "sse", "name": "127.0.0.1:1", "after": 1, "lag": 9}, {"kind": "replay", "name": "local", "after": 1, "lag": 3000}]}


class Served(Keyed):
    """A service with pages by HTTP."""

    def __init__(self, *options):
        super().__init__(("up", "--listen", "tcp://127.0.0.1:*", *HTTP, *options))

    def __enter__(self):
        super().__enter__()
        self.port = int(self.wait_for(r'msg="http open" .*port=([0-9]+)')[1])
        return self


class Publishing:
    """The publishing role alone, on a hub of which the test decides whether it is there."""

    def __enter__(self):
        self.home = tempfile.TemporaryDirectory(prefix="mindex-test-")
        self.state = pathlib.Path(self.home.name)
        self.log = self.state / "log"
        with open(self.log, "w") as log:
            self.pid = os.posix_spawn(MINDEX, [MINDEX, "publishing", "--state", str(self.state), *HTTP],
                                      os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, log.fileno(), 2)])
        end = time.monotonic() + 30
        while not (found := re.search(r'msg="http open" .*port=([0-9]+)', self.log.read_text())):
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.02)
        self.port = int(found[1])
        return self

    def __exit__(self, *_):
        os.kill(self.pid, signal.SIGTERM)
        status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        self.home.cleanup()
        assert status == 0, f"mindex publishing ended with {status}"


def test_what_the_service_is_at_can_be_scraped():
    with Served() as service:
        first = scrape_until(service.port, lambda s: all(
            s.get(("mindex_workers", (f'role="{role}"',))) == (2 if role == "scoring" else 1) for role in ROLES))
        assert value(first, "mindex_up") == 1 and value(first, "mindex_hub_writable") == 1
        version = service.run("--version").stdout.split()[-1]
        for role in ("hub", "publishing"):
            assert value(first, "mindex_build_info", role=role, version=version) == 1
        assert value(first, "mindex_releases_total") == value(first, "mindex_events_total") == 0
        for role in ROLES:
            assert value(first, "mindex_tasks", role=role, state="failed") == 0
        pack = small.write(small.pack(), service.state.parent / "pack")
        service.run("load", pack)
        loaded = scrape_until(service.port, lambda s: value(s, "mindex_published_edition") == 1)
        assert value(loaded, "mindex_releases_total") == 3 and value(loaded, "mindex_editions_total") == 1
        assert value(loaded, "mindex_events_total") > 3
        assert value(loaded, "mindex_hub_uptime_seconds") > value(first, "mindex_hub_uptime_seconds")
        assert get(service.port, "/healthz")[1] == "ok\n"
        for kind, count in (("read", 1), ("score", 1), ("compare", 1), ("publish", 1), ("study", 0)):
            assert value(loaded, "mindex_task_seconds_count", kind=kind) == count, kind
        for name in ("accept", "release_to_edition"):
            assert value(loaded, f"mindex_{name}_seconds_count") == 1 and value(loaded, f"mindex_{name}_seconds_sum") > 0
            assert value(loaded, f"mindex_{name}_seconds_bucket", le="0.001") == 0
        assert value(loaded, "mindex_lease_expiries_total") == value(loaded, "mindex_webhook_subscriptions") == 0
        assert value(loaded, "mindex_zmq_topics") == 0
        with zmq.Context.instance().socket(zmq.SUB) as live:
            live.linger = 0
            live.subscribe(b"edition")
            live.subscribe(b"rank.E00001")
            live.connect(f"ipc://{service.state}/events")
            scrape_until(service.port, lambda s: value(s, "mindex_zmq_topics") == 2)
        scrape_until(service.port, lambda s: value(s, "mindex_zmq_topics") == 0)


def test_tasks_are_counted_by_role_and_state():
    """Publishing has nowhere to write to, so that its task stays where it is."""
    with Keyed(("up", "--listen", "tcp://127.0.0.1:*", *HTTP)) as service:
        port = int(service.wait_for(r'msg="http open" .*port=([0-9]+)')[1])
        editions = service.state / "editions"
        service.run("load", small.write(small.pack(), service.state.parent / "pack"))
        scrape_until(port, lambda s: value(s, "mindex_published_edition") == 1)
        editions.rename(service.state / "away")
        editions.write_text("no folder")  # publishing fails from here on
        with Peer(f"ipc://{service.state}/hub") as peer:
            peer.ask(**small.hand_in({"pay-2026.csv": small.release(20, 3)}))
        waits = scrape_until(port, lambda s: value(s, "mindex_editions_total") == 2 and sum(
            value(s, "mindex_tasks", role="publishing", state=state) for state in ("ready", "leased", "failed")) == 1)
        assert value(waits, "mindex_published_edition") == 1
        assert sum(value(waits, "mindex_tasks", role=role, state="ready") for role in ROLES[:3]) == 0
        editions.unlink()
        (service.state / "away").rename(editions)


def test_a_dead_hub_is_said_and_so_is_one_that_comes():
    with Publishing() as alone:
        began = time.monotonic()
        samples = scrape(alone.port)
        assert value(samples, "mindex_up") == 0
        assert {name for name, _ in samples if not name.startswith(("mindex_http_", "mindex_sse_", "mindex_zmq_"))} == {
            "mindex_up", "mindex_build_info", "mindex_subscribers", "mindex_disk_free_bytes", "mindex_disk_size_bytes", *PROCESS}
        answer, body = get(alone.port, "/healthz")
        assert answer.status == 503 and "no answer from ipc://" in body
        assert time.monotonic() - began < BUSY
        with FakeHub(f"ipc://{alone.state}/hub") as hub:
            stop = threading.Event()
            heard = []
            thread = threading.Thread(target=lambda: heard.append(
                scrape_until(alone.port, lambda s: value(s, "mindex_up") == 1)) or stop.set())
            thread.start()
            while not stop.is_set() and thread.is_alive():
                if hub.socket.poll(50):
                    sender, message = hub.socket.recv_multipart()
                    asked = FakeHub.read(message)
                    if asked.WhichOneof("body") == "status_wanted":
                        hub.say(sender, request=asked.request, status={
                            "build": 'a "build\\ of\n0.0', "uptime_ms": 61005, "tasks_ready": 0, "tasks_leased": 0,
                            "tasks_failed": 0, "releases": 7, "editions": 0, "newest_event": 2**63,
                            "database": "d", "cannot_write": "disk full", "cannot_write_since_ms": 1,
                            "jobs": 2, "jobs_items_left": 760, "jobs_left_ms": 15250, "lease_expiries": 4,
                            "subscriptions": 3, **NEWER, "histograms": [
                                {"name": "score", "bounds_ms": [5, 2500], "counts": [1, 3, 4], "sum_ms": 9000},
                                {"name": 'a"b', "bounds_ms": [5], "counts": [1, 3], "sum_ms": 9},
                                {"name": "broken", "bounds_ms": [5], "counts": [1], "sum_ms": 9},
                                {"name": "accept", "bounds_ms": [5], "counts": [1, 1], "sum_ms": 2.5}]})
            thread.join()
        assert value(heard[0], "mindex_hub_uptime_seconds") == 61.005
        assert value(heard[0], "mindex_batch_jobs") == 2 and value(heard[0], "mindex_batch_items") == 760
        assert value(heard[0], "mindex_batch_left_seconds") == 15.25
        assert value(heard[0], "mindex_lease_expiries_total") == 4 and value(heard[0], "mindex_webhook_subscriptions") == 3
        assert [value(heard[0], "mindex_task_seconds_bucket", kind="score", le=le) for le in ("0.005", "2.5", "+Inf")] == [1, 3, 4]
        assert value(heard[0], "mindex_task_seconds_sum", kind="score") == 9
        assert value(heard[0], "mindex_accept_seconds_sum") == 0.002 or value(heard[0], "mindex_accept_seconds_sum") == 0.003
        check_newer(heard[0])
        assert not any("broken" in label or "a\\" in label for _, labels in heard[0] for label in labels if "kind" in label)
        assert value(heard[0], "mindex_hub_writable") == 0 and value(heard[0], "mindex_events_total") == 2**63


def check_newer(samples):
    """What NEWER says, each where it belongs; names that anybody may choose make no endless series."""
    for role in ROLES:
        assert value(samples, "mindex_workers", role=role) == (31 if role == "scoring" else 0)
        assert value(samples, "mindex_workers_refused", role=role) == (1 if role == "scoring" else 0)
        assert value(samples, "mindex_task_oldest_seconds", role=role) == 61.5
        assert value(samples, "mindex_errors_total", role=role) == 3
        assert value(samples, "mindex_worker_arrivals_total", role=role) == 8
    assert value(samples, "mindex_errors_total", role="hub") == 5
    versions = {labels: count for (name, labels), count in samples.items() if name == "mindex_workers_by_version"}
    assert len(versions) == 21 and sum(versions.values()) == 31
    assert value(samples, "mindex_workers_by_version", role="scoring", version="0.0.0", protocol="1") == 2
    assert value(samples, "mindex_workers_by_version", role="", version="other", protocol="") == 10
    assert value(samples, "mindex_webhook_subscriptions_paused") == 1
    assert value(samples, "mindex_webhook_subscriptions_disabled") == 2
    assert value(samples, "mindex_subscribers", kind="webhook") == 6 and value(samples, "mindex_subscribers", kind="sse") == 0
    for kind, lag in (("replay", 3000), ("webhook", 20), ("sse", 9)):
        assert value(samples, "mindex_subscriber_lag_events_max", kind=kind) == lag
    lags = {labels: lag for (name, labels), lag in samples.items() if name == "mindex_subscriber_lag_events"}
    assert len(lags) == 50 and value(samples, "mindex_subscriber_lag_events", kind="replay", name="key-0") == 1000
    assert not any('name="local"' in labels or 'kind="sse"' in labels for labels in lags)
    assert {labels: count for (name, labels), count in samples.items() if name == "mindex_webhook_failures"} == {('name="late"',): 7}
    assert value(samples, "mindex_last_release_timestamp_seconds") == 1790000000
    assert value(samples, "mindex_last_error_timestamp_seconds", role="hub") == 1790000000.5
    assert value(samples, "mindex_disk_free_bytes", role="hub") == 10**12
    assert value(samples, "mindex_disk_size_bytes", role="publishing") > value(samples, "mindex_disk_free_bytes", role="publishing") > 0
    assert value(samples, "mindex_database_bytes") == 12345 and value(samples, "mindex_inbox_oldest_seconds") == 0
    assert value(samples, "mindex_inbox_files", state="waiting") == 3 and value(samples, "mindex_inbox_files", state="rejected") == 4


def test_a_hub_that_says_no_is_not_asked_over_and_over():
    with Publishing() as alone, FakeHub(f"ipc://{alone.state}/hub") as hub:
        questions, end = 0, time.monotonic() + 1
        while time.monotonic() < end:
            if hub.socket.poll(50):
                sender, message = hub.socket.recv_multipart()
                asked = FakeHub.read(message)
                if asked.WhichOneof("body") == "events_wanted":
                    hub.say(sender, request=asked.request, error={"reason": "no"})
                    questions += 1
        assert 0 < questions < 100, questions


def test_many_scrapes_at_once_are_one_question_to_the_hub():
    with Publishing() as alone, FakeHub(f"ipc://{alone.state}/hub") as hub:
        results = []
        threads = [threading.Thread(target=lambda: results.append(get(alone.port, "/metrics"))) for _ in range(40)]
        for thread in threads:
            thread.start()
        questions = 0
        while any(thread.is_alive() for thread in threads):
            if hub.socket.poll(50):
                message = FakeHub.read(hub.socket.recv_multipart()[1])
                questions += message.WhichOneof("body") == "status_wanted"
        assert len(results) == 40 and all(answer.status == 200 for answer, _ in results)
        assert all(value(parse(body), "mindex_up") == 0 for _, body in results)
        # Each of 40 that were asked for themselves would have waited a second for the one before it.
        assert 1 <= questions <= 10, questions


def raw(port, bytes_):
    """What comes back for these bytes, until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        got = b""
        try:
            connection.sendall(bytes_)
            connection.shutdown(socket.SHUT_WR)
            while more := connection.recv(65536):
                got += more
        except OSError:
            pass  # it has closed before it was told all
        return got


def test_other_requests_are_refused_and_do_no_harm():
    with Publishing() as alone:
        for path in ("/../metrics", "//metrics"):
            answer, body = get(alone.port, path)
            assert answer.status == 404, path
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "BREW"):
            answer, _ = get(alone.port, "/metrics", method, body=b"x" * 100000)
            assert answer.status == 405 and answer.getheader("Allow") == "GET, HEAD", method
        answer, body = get(alone.port, "/metrics", "HEAD")
        assert answer.status == 200 and body == "" and int(answer.getheader("Content-Length")) > 0
        connection = http.client.HTTPConnection("127.0.0.1", alone.port, timeout=30)
        for body in (None, b"x" * 100000):  # which one connection is enough for
            connection.request("GET", "/healthz", body=body)
            answer = connection.getresponse()
            assert answer.status == 503 and answer.read() and not answer.will_close
        connection.close()
        answer, body = get(alone.port, "/metrics?of=all")
        assert answer.status == 200 and value(parse(body), "mindex_up") == 0
        assert b" 200 " in raw(alone.port, b"GET /metrics HTTP/1.0\r\n\r\n")
        for bad in (b"", b"\r\n\r\n", b"GET\r\n\r\n", b"\0" * 1000, b"GET /metrics HTTP/9.9\r\n\r\n",
                    b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
                    b"GET /metrics HTTP/1.1\r\n" + b"X: y\r\n" * 20000 + b"\r\n",
                    b"POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n"):
            assert b" 200 " not in raw(alone.port, bad), bad[:40]
        idle = [socket.create_connection(("127.0.0.1", alone.port)) for _ in range(50)]  # and say nothing
        assert value(scrape(alone.port), "mindex_up") == 0
        for connection in idle:
            connection.close()


def test_it_is_off_unless_it_is_asked_for_and_where_it_is_asked_for():
    with Keyed(("up", "--listen", "tcp://127.0.0.1:*")) as service:
        service.wait_for('role=publishing msg="stream open"')
        service.wait_for('role=publishing msg="started"')
        assert not any("http open" in line for line in service.said)
    with Served() as service:
        assert not any("http is open to others" in line for line in service.said)
        with socket.socket() as other:
            # All of 127.0.0.0/8 is this machine's; where it was not told to listen, it does not.
            assert other.connect_ex(("127.0.0.2", service.port)) != 0
        for wrong in ("127.0.0.1:5605", "http://example.org:5605", "http://127.0.0.1", "http://127.0.0.1:0",
                      "http://127.0.0.1:65536", "http://:5605", "https://127.0.0.1:5605", "http://[::1:5605",
                      "http://127.0.0.1:5605/metrics"):
            for command in ("up", "publishing"):
                refused = service.run(command, "--http", wrong, check=False)
                assert refused.returncode == 2 and "expected http://ADDRESS:PORT" in refused.stderr, (wrong, refused)
        taken = service.run("publishing", "--events", "ipc://e", "--replay", "ipc://r", "--http",
                            f"http://127.0.0.1:{service.port}", check=False, cwd=service.home.name)
        assert taken.returncode == 1, taken


run([case for name, case in list(globals().items()) if name.startswith("test_")])
