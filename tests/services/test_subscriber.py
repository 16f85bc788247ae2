"""The contract's shortest subscriber, as it stands there, with Debian's python3-zmq and python3-protobuf, against
the real service: it must print every rank change of the mission, once, in order."""
import csv
import pathlib
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import small
from suite import ENGLAND, ROOT, Service, run

NEWER = ENGLAND / "newer" / "gigabit-broadband" / "2026-05-19.csv"


def table(service, name):
    path = service.state / "editions" / "latest" / name
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def growth_changes(service):
    """The changes that the edition's own table holds for the nodes of the Growth mission."""
    metrics = {row["metric"] for row in table(service, "metrics.csv") if row["mission"] == "growth"}
    nodes = metrics | {"growth", "growth-infrastructure"}  # broadband is all that is in infrastructure
    return [f'{row["area_name"]} {row["node_name"]} {row["old_rank"]} -> {row["new_rank"]}'
            for row in table(service, "rank-changes.csv") if row["node"] in nodes]


CODE = re.search(r"```python\n(.*?)```", (ROOT / "deploy" / "WIRE.md").read_text(), re.S).group(1)


def prepare(home, service):
    (pathlib.Path(home) / "build").mkdir()
    (pathlib.Path(home) / "build" / "serve").symlink_to(service.state)
    subprocess.run(["protoc", f"--proto_path={ROOT}/proto", f"--python_out={home}/build",
                    *map(str, (ROOT / "proto").glob("*.proto"))], check=True)


def test_the_shortest_subscriber_hears_every_change_once():
    with Service() as service, tempfile.TemporaryDirectory() as home:
        prepare(home, service)
        service.run("load", ENGLAND)
        with subprocess.Popen([sys.executable, "-c", CODE], cwd=home, text=True,
                              stdout=subprocess.PIPE) as subscriber:
            service.run("ingest", NEWER)
            expected = growth_changes(service)
            lines = [subscriber.stdout.readline().rstrip("\n") for _ in expected]
            subscriber.kill()
    numbers = [int(line.split(" ", 1)[0]) for line in lines]
    assert len(expected) > 300, len(expected)
    assert numbers == sorted(set(numbers))
    assert sorted(line.split(" ", 1)[1] for line in lines) == sorted(expected)


def test_the_shortest_subscriber_goes_over_no_gap():
    code = CODE.replace("after = 0 ", "after = 1 ")
    assert code != CODE
    with Service("--scoring", "1") as service, tempfile.TemporaryDirectory() as home:
        prepare(home, service)
        service.run("load", small.write(small.pack(), pathlib.Path(home) / "pack"))
        later = pathlib.Path(home) / "2026.csv"
        later.write_text(small.release(20, 3))
        service.run("ingest", later, "--dataset", "pay", "--accept-warnings")
        service.run("prune", "--keep", "1")
        done = subprocess.run([sys.executable, "-c", code], cwd=home, text=True, capture_output=True, timeout=60)
    assert done.returncode == 1 and "not kept any more" in done.stderr, done


run([test_the_shortest_subscriber_hears_every_change_once, test_the_shortest_subscriber_goes_over_no_gap])
