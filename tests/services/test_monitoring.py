"""Alert rules and dashboard of deploy/monitoring: by promtool, against the metrics of a service that runs, and
against the runbook."""
import http.client
import http.server
import json
import pathlib
import re
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import promtool
import small
from bus import Peer
from promtool import MONITORING
from suite import ROOT, Service, run

OTHERS = {"up", "node_systemd_unit_state", "node_systemd_service_restart_total"}  # Prometheus', node_exporter's
# What may have no sample in a service that is well: nothing to be said is not zero there.
MAY_BE_SILENT = ("mindex_subscriber_lag_events{", "mindex_workers_refused")


def rules():
    """Of alerts.yaml: the text of each alert by its name."""
    parts = re.split(r"\n      - alert: (\w+)\n", (MONITORING / "alerts.yaml").read_text())
    return dict(zip(parts[1::2], parts[2::2]))


def panels():
    return json.loads((MONITORING / "dashboard.json").read_text())["panels"]


def expressions():
    """Those of the dashboard, with what Grafana puts in."""
    found = [target["expr"] for panel in panels() for target in panel.get("targets", ())]
    found += [each["expr"] for each in json.loads((MONITORING / "dashboard.json").read_text())["annotations"]["list"]]
    return [text.replace("$__rate_interval", "5m").replace("$__interval", "5m").replace("$instance", ".*") for text in found]


def families(text):
    """Names of metrics in an expression, a histogram's by its own."""
    return {re.sub("_(bucket|sum|count)$", "", name) for name in re.findall(r"\b(?:mindex|process|node)_\w+|\bup\b", re.sub(r'"[^"]*"', "", text))}


class Refusing(http.server.BaseHTTPRequestHandler):
    """A receiver of webhooks that takes nothing."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(500)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def get(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path)
    body = connection.getresponse().read().decode()
    connection.close()
    return body


def scrape_until(port, *wanted):
    """The first scrape that has all of these."""
    end = time.monotonic() + 60
    while missing := [words for words in wanted if words not in (text := get(port, "/metrics"))]:
        assert time.monotonic() < end, missing
        time.sleep(0.1)
    return text


def port_of(service):
    log = pathlib.Path(service.log.name)
    end = time.monotonic() + 30
    while not (match := re.search(r'msg="http open" .*port=([0-9]+)', log.read_text())):
        assert time.monotonic() < end, log.read_text()
        time.sleep(0.02)
    return int(match[1])


def allow_here(state):
    (state / "webhooks.allow").write_text("127.0.0.1\n")
    (state / "webhooks.allow").chmod(0o600)


def test_rules_and_example_are_right_and_each_alert_fires_and_is_silent():
    promtool.run("check", "rules", MONITORING / "alerts.yaml")
    promtool.run("check", "config", MONITORING / "prometheus.yaml")
    promtool.run("test", "rules", MONITORING / "alerts_test.yaml")
    cases = (MONITORING / "alerts_test.yaml").read_text()
    well = cases.split("  - name: ")[1]
    for name, text in rules().items():
        case = next((case for case in cases.split("  - name: ") if case.startswith(f'"{name}: ')), "")
        assert f'alertname="{name}"' in case and "exp_samples: []" in case, f"{name} has no case that fires and one that does not"
        for family in families(text.split("labels:")[0]) - {"up"}:
            assert family in well, f"{family} of {name} is not among what is well"


def test_each_alert_has_its_section_in_the_runbook_and_each_section_its_alert():
    runbook = (ROOT / "deploy" / "RUNBOOK.md").read_text()
    sections = dict(re.findall(r"^### (Mindex\w+)\n(.*?)(?=^##)", runbook, re.M | re.S))
    assert list(sections) == list(rules()), set(sections) ^ set(rules())
    for name, text in rules().items():
        assert f'runbook: "RUNBOOK.md#{name.lower()}"' in text and re.search("severity: (critical|warning|info)}", text), name
        assert "summary: " in text and "description: " in text, name
        assert "**Means.**" in sections[name] and "**Do.**" in sections[name], name
    heads = {re.sub("[^a-z0-9 -]", "", head.lower()).replace(" ", "-") for head in re.findall("^#+ (.*)", runbook, re.M)}
    for target in re.findall(r"\]\(#([^)]*)\)", runbook):
        assert target in heads, target


def test_panels_lie_beside_each_other_and_name_alerts_that_there_are():
    taken, named = set(), set()
    for panel in panels():
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken and at["x"] + at["w"] <= 24, panel["title"]
        taken |= cells
        named |= set(re.findall(r"Mindex\w+", panel.get("description", "")))
        assert panel["type"] == "row" or panel["description"] and panel["datasource"]["uid"] == "${datasource}", panel["title"]
    assert len({panel["id"] for panel in panels()}) == len(panels())
    assert named <= set(rules()), named - set(rules())


def test_what_rules_and_dashboard_ask_for_is_there():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with Service("--http", "http://127.0.0.1:*", prepare=allow_here) as service:
        port = port_of(service)
        service.run("load", small.write(small.pack(), service.state.parent / "pack"))
        scrape = scrape_until(port, "mindex_published_edition 1\n")
        assert promtool.firing(scrape) == set(), promtool.firing(scrape)
        assert promtool.firing("", up=0) == {"MindexUnreachable"}
        service.run("subscribe", "new", "desk", "--after", "0", "--url", f"http://127.0.0.1:{server.server_port}/")
        (service.state / "inbox" / "pay-2026.csv").write_text("nonsense\n")
        with Peer(f"ipc://{service.state}/hub") as stranger:
            stranger.send(hello={"role": "scoring", "name": "of-the-future", "build": "9.0.0", "protocol_least": 99, "protocol": 99})
            scrape = scrape_until(port, 'mindex_inbox_files{state="rejected"} 1\n', "mindex_webhook_failures{",
                                  "mindex_last_error_timestamp_seconds{")
        linted = promtool.run("check", "metrics", input=scrape, check=False)
        assert linted.returncode == 0 and linted.stdout + linted.stderr == "", linted
        there = set(re.findall(r"^# TYPE (\w+)", scrape, re.M))
        asked = {name for text in (*expressions(), *(text.split("labels:")[0] for text in rules().values())) for name in families(text)}
        assert asked - OTHERS <= there, asked - OTHERS - there
        assert len(expressions()) > 40
        for text, answer in promtool.answers(sorted(set(expressions())), scrape).items():
            assert answer or any(name in text for name in MAY_BE_SILENT) or "changes(" in text or "histogram_quantile" in text, text
    server.shutdown()
    server.server_close()


if promtool.found():
    run([case for name, case in list(globals().items()) if name.startswith("test_")])
else:
    print("skipped: what promtool checks, which is in Debian's package prometheus; 'make test-monitoring' fetches it")
    run([test_each_alert_has_its_section_in_the_runbook_and_each_section_its_alert, test_panels_lie_beside_each_other_and_name_alerts_that_there_are])
