"""Prometheus' promtool, and what it makes of a scrape: which alerts fire while all stays as it is, and which
expressions have an answer."""
import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

from suite import BUILD, ROOT

MONITORING = ROOT / "deploy" / "monitoring"
MINUTES = 130  # for which all stays as it is: longer than any `for` of the rules
SAMPLE = re.compile(r"(\w+)(\{.*\})? (\S+)")
TARGET = 'job="mindex", instance="here"'


def found():
    """Its path: Debian's (package prometheus), or what `make test-monitoring` fetched; None: there is none."""
    fetched = BUILD / "promtool" / "usr" / "bin" / "promtool"
    return shutil.which("promtool") or (str(fetched) if fetched.exists() else None)


def run(*arguments, check=True, **options):
    done = subprocess.run([found(), *map(str, arguments)], text=True, capture_output=True, timeout=120, **options)
    assert not check or done.returncode == 0, (arguments, done.stdout, done.stderr)
    return done


def series(scrape):
    """A scrape as the input of promtool's tests, with the labels that Prometheus adds, for MINUTES in which
    nothing changes. Times of day become times before the end of them."""
    found = []
    for line in scrape.splitlines():
        match = SAMPLE.fullmatch(line)
        if not match:
            continue
        name, labels, value = match.groups()
        labels = f'{{{TARGET}, {labels[1:-1]}}}' if labels else f"{{{TARGET}}}"
        if name.endswith("_timestamp_seconds") or name == "process_start_time_seconds":
            value = float(value) - time.time() + 60 * MINUTES
        found.append({"series": name + labels, "values": f"{float(value)!r}x{MINUTES}"})
    return found


def answers(expressions, scrape, rules=(), up=1):
    """What each expression says of it at the end, as promtool writes it; '' for nothing."""
    with tempfile.TemporaryDirectory(prefix="mindex-test-") as home:
        given = [{"series": f"up{{{TARGET}}}", "values": f"{up}x{MINUTES}"}, *series(scrape)]
        # Nothing is as it is expected here, so that all is told.
        asked = [{"expr": text, "eval_time": f"{MINUTES}m", "exp_samples": [{"labels": '{no="such"}', "value": 0}]} for text in expressions]
        test = pathlib.Path(home) / "test.yaml"
        test.write_text(json.dumps({"rule_files": list(map(str, rules)), "evaluation_interval": "1m",
                                    "tests": [{"interval": "1m", "input_series": given, "promql_expr_test": asked}]}))
        said = run("test", "rules", test, check=False)
        said = said.stdout + said.stderr
    got = re.findall(r'expr: ("(?:[^"\\]|\\.)*"), time.*\n\s*exp:.*\n\s*got:(.*(?:\n {8,}\S.*)*)', said)
    assert len(got) == len(expressions), said
    return {json.loads(text): "" if answer.strip() == "nil" else answer.strip() for text, answer in got}


def firing(scrape, up=1):
    """The names of the alerts that fire when all stays as the scrape has it."""
    expression = 'sum by (alertname) (ALERTS{alertstate="firing"})'
    return set(re.findall(r'alertname="(\w+)"', answers([expression], scrape, [MONITORING / "alerts.yaml"], up)[expression]))
