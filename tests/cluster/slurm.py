"""Scoring workers placed by Slurm: munged, slurmctld and two slurmd from Debian's packages, on this
machine alone, in a folder of their own, without systemd. `make test-slurm` runs it; CI does not."""
import contextlib
import getpass
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "services"))
import small
from keyed import Keyed
from suite import MINDEX, ROOT, Service, run

WORKERS = ROOT / "deploy" / "slurm" / "workers.sbatch"
NODES = ("n1", "n2")
PLACES, REPLICATES = 300, 20000
ITEMS = 600000  # of the batch run
PATIENCE = 120  # seconds for what takes a few


def until(what, holds, seconds=PATIENCE):
    """The first true answer of `holds`."""
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.1)
    return found


def free_ports(count):
    with contextlib.ExitStack() as open_:
        sockets = [open_.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


class Slurm:
    """A cluster of two nodes that are this machine, and its commands."""

    def __enter__(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="mindex-slurm-"))
        self.home.chmod(0o755)
        self.daemons = []
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def start(self):
        munge, slurm = self.home / "munge", self.home / "slurm"
        for folder in (munge, slurm, slurm / "state"):
            folder.mkdir()
        key = munge / "key"
        key.touch(0o600)
        key.write_bytes(os.urandom(1024))
        self.daemon("munged", "--foreground", "--force", f"--socket={munge}/socket", f"--key-file={key}",
                    f"--pid-file={munge}/pid", f"--log-file={munge}/log", f"--seed-file={munge}/seed")
        until("munged's socket", (munge / "socket").exists)
        host, user = socket.gethostname(), getpass.getuser()
        control, *ports = free_ports(1 + len(NODES))
        nodes = "\n".join(f"NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs=1 RealMemory=1024"
                          for node, port in zip(NODES, ports))
        (slurm / "slurm.conf").write_text(f"""ClusterName=mindex
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={control}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={munge}/socket
CredType=cred/munge
StateSaveLocation={slurm}/state
SlurmdSpoolDir={slurm}/spool.%n
SlurmctldPidFile={slurm}/slurmctld.pid
SlurmdPidFile={slurm}/slurmd.%n.pid
SlurmctldLogFile={slurm}/slurmctld.log
SlurmdLogFile={slurm}/slurmd.%n.log
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ProctrackType=proctrack/pgid
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
KillWait=10
{nodes}
PartitionName=all Nodes={','.join(NODES)} Default=YES MaxTime=INFINITE State=UP
""")
        self.env = dict(os.environ, SLURM_CONF=str(slurm / "slurm.conf"))
        self.daemon("slurmctld", "-D", "-i")
        for node in NODES:
            self.daemon("slurmd", "-D", "-N", node)
        until("both nodes idle", lambda: self.run("sinfo", "-h", "-N", "-o", "%N %t", check=False).stdout.split()
              == [word for node in NODES for word in (node, "idle")])

    def __exit__(self, *_):
        for daemon in reversed(self.daemons):
            daemon.send_signal(signal.SIGTERM)
        for daemon in reversed(self.daemons):
            try:
                daemon.wait(20)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        shutil.rmtree(self.home)

    def daemon(self, *command):
        """A process of ours, ended with this object."""
        with open(self.home / f"{command[0]}.out", "a") as out:
            path = shutil.which(command[0], path=os.environ["PATH"] + ":/usr/sbin")
            self.daemons.append(subprocess.Popen([path, *map(str, command[1:])], stdout=out, stderr=out,
                                                 env=getattr(self, "env", None)))

    def run(self, *command, check=True, **more):
        return subprocess.run([*map(str, command)], text=True, capture_output=True, check=check, timeout=60,
                              env=dict(self.env, **more))

    def tasks(self, job):
        """By number: state and node of the array's tasks that there are."""
        lines = self.run("squeue", "-h", "-r", "-j", job, "-t", "all", "-o", "%K %T %N", check=False).stdout
        return {int(words[0]): words[1:] for words in map(str.split, lines.splitlines())}

    def show(self):
        """What the daemons and the jobs said, for a test that failed."""
        for log in sorted([*self.home.glob("slurm/*.log"), *self.home.glob("*.log"), *self.home.glob("*.out")]):
            print(f"--- {log.name}\n" + "".join(f"{line}\n" for line in log.read_text().splitlines()[-40:]))


class Placed(Keyed):
    """A service without a scoring worker, which keys let in."""

    def __init__(self):
        listen = ("--listen", "tcp://127.0.0.1:*")
        super().__init__(("hub", *listen), ("publishing", *listen), ("ingestion",), ("comparison",))

    def scorers(self):
        """The scoring workers that the hub hears: by process id, the node that each is on."""
        status = json.loads(self.run("status", "--json").stdout)
        found = {}
        for worker in status["workers"]:
            if worker["role"] == "scoring" and worker["silent_ms"] < 2000:
                pid = worker["name"].rsplit("-", 1)[1]
                with contextlib.suppress(FileNotFoundError):
                    environment = pathlib.Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
                    nodes = [word[16:].decode() for word in environment if word.startswith(b"SLURMD_NODENAME=")]
                    found[int(pid)] = nodes[0]
        return found

    def batch(self, job):
        return json.loads(self.run("batch", "show", job, "--json").stdout)

    def editions(self):
        return json.loads(self.run("status", "--json").stdout)["editions"]


def hand_in(service, numbers, folder):
    for number in numbers:
        path = folder / f"pay-{number}.csv"
        path.write_text(small.release(PLACES, number))
        service.run("ingest", "--no-wait", path)


def outcome(service, editions):
    """Every file of every edition, but for the times in them."""
    until("all editions' files", lambda: json.loads(service.run("status", "--json").stdout)["published"] == editions)
    files = {}
    for path in sorted((service.state / "editions").glob("0*/*")):
        if path.is_file():
            files[str(path.relative_to(service.state))] = re.sub(rb"\d{4}-\d\d-\d\dT[0-9:.]+Z", b"TIME", path.read_bytes())
    assert len(files) > editions
    return files


def submit(slurm, service, array, mode=0o600, **more):
    """The number of the job array, after all that deploy/slurm/README.md asks for; the cluster's home is
    the folder of `slurm`."""
    home = slurm.home / ".mindex"
    home.mkdir(0o700)
    slurm.run(MINDEX, "key", "new", "scorer", "--service", service.state / "keys" / "service.pub", "--state", home)
    service.run("key", "allow", "scorer", home / "keys" / "scorer.pub", "--role", "scoring")
    key = home / "keys" / "scorer.key"
    key.chmod(mode)
    (home / "workers.conf").write_text(f"MINDEX_HUB={service.doors['hub']}\nMINDEX_KEY=$HOME/.mindex/keys/scorer.key\n"
                                       f"MINDEX={MINDEX}\n")
    job = slurm.run("sbatch", "--parsable", f"--array={array}", "--mem=100M", "--time=10", f"--chdir={slurm.home}",
                    WORKERS, HOME=str(slurm.home), **more).stdout.strip()
    secret = re.search("secret = (.*)", key.read_text())[1]
    assert secret not in slurm.run("scontrol", "show", "job", "-dd", job).stdout
    return job


def case_workers_on_two_nodes_come_and_go_and_change_no_byte():
    with tempfile.TemporaryDirectory(prefix="mindex-test-") as home, Slurm() as slurm, Placed() as service:
        home = pathlib.Path(home)
        pack = small.write(small.pack(PLACES, REPLICATES), home / "pack")
        try:
            service.run("load", "--no-wait", pack)
            job = submit(slurm, service, "1-2")
            first = until("a worker on each node", lambda: (s := service.scorers()) and
                          sorted(s.values()) == list(NODES) and s)
            for pid in first:
                assert b"key" not in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
            until("something to run", lambda: service.editions() >= 1)
            said = service.run("batch", "uncertainty", "--replicates", ITEMS, "--edition", 1, "--detach").stdout
            batch = re.match("job ([0-9]+)", said)[1]
            hand_in(service, range(3, 11), home)
            until("some editions, and items", lambda: service.editions() >= 3 and service.batch(batch)["done"] > 0)
            # One is put back into Slurm's queue in mid-run, another cancelled.
            slurm.run("scontrol", "requeue", f"{job}_1")
            until("a worker says goodbye", lambda: any("worker gone" in line for line in service.said))
            until("it waits", lambda: slurm.tasks(job)[1][0] == "PENDING")
            slurm.run("scontrol", "update", f"jobid={job}_1", "starttime=now")  # Slurm would wait two minutes
            slurm.run("scancel", f"{job}_2")
            assert service.batch(batch)["state"] == "running", "the run was over before it was disturbed"
            back = until("the requeued one", lambda: (s := service.scorers()) and not set(s) & set(first) and s)
            assert len(back) == 1
            hand_in(service, range(11, 14), home)
            until("all editions", lambda: service.editions() == 12)
            apart = outcome(service, 12)
            until("the batch run", lambda: service.batch(batch)["state"] == "done")
            service.run("batch", "result", batch, "--out", home / "apart", "--csv")
            gone = [line for line in service.said if "worker gone" in line and "worker_role=scoring" in line]
            assert len(gone) == 2 and all('why="says goodbye"' in line for line in gone), gone
            slurm.run("scancel", job)
            until("an empty queue", lambda: all(state[0] not in ("RUNNING", "COMPLETING", "PENDING")
                                                for state in slurm.tasks(job).values()))
            until("no worker", lambda: not service.scorers())
        except BaseException:
            slurm.show()
            print("".join(service.said[-60:]))
            raise
        with Service("--scoring", "1") as alone:
            alone.run("load", pack)
            hand_in(alone, range(3, 14), home)
            until("all editions", lambda: json.loads(alone.run("status", "--json").stdout)["editions"] == 12)
            here = outcome(alone, 12)
            alone.run("batch", "uncertainty", "--replicates", ITEMS, "--edition", 1, "--local", "--out", home / "here", "--csv")
        assert (home / "here").read_bytes() == (home / "apart").read_bytes()
        assert here.keys() == apart.keys()
        assert here == apart, [name for name in here if here[name] != apart[name]]


def case_an_array_is_throttled_and_its_workers_end_when_nothing_is_to_do():
    with Slurm() as slurm, Placed() as service:
        try:
            job = submit(slurm, service, "1-3%1", MINDEX_IDLE="2")
            states = []

            def over():
                states.append(slurm.tasks(job))
                return states[-1] and all(state[0] == "COMPLETED" for state in states[-1].values())
            until("all tasks done", over)
            assert len(states[-1]) == 3
            assert max(sum(state[0] == "RUNNING" for state in each.values()) for each in states) == 1
        except BaseException:
            slurm.show()
            raise


def case_a_key_that_others_can_read_is_not_used():
    with Slurm() as slurm, Placed() as service:
        try:
            job = submit(slurm, service, "1", mode=0o640)
            log = slurm.home / f"mindex-scoring-{job}_1.log"
            until("why not", lambda: log.exists() and "others than its owner may use it" in log.read_text())
            slurm.run("scancel", job)
            until("its end", lambda: slurm.tasks(job)[1][0] == "CANCELLED")
        except BaseException:
            slurm.show()
            raise


run([case for name, case in list(globals().items()) if name.startswith("case_")])
