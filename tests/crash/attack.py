"""Crash tests: attacks an installation while releases, revisions and withdrawals are handed in, then proves
by the checker that nothing was lost and nothing done twice.

    attack.py BUILD KILLS [SEED]    as many random kills, in runs of RUN_KILLS, each from a seed of its own
"""
import collections
import pathlib
import random
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import types

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import zmq

import checker
from clients import Always, Late, Reconnects
from hooks import Keeper
from installation import Broken, Installation
from publisher import Notes, Publisher

ROOT = HERE.parents[1]
RUN_KILLS = 200
CALM_S = 30  # in which something more must be done when nobody attacks any more, until all is
PATIENCE_S = 10  # after which a role that has not died at its point begins anew
BATCH_AGAIN = 5
LOOK_S = 0.005  # between two looks at who has died and what the points' file says
FOR_EVER = 10**9  # tasks that fail


def points():
    """Every named point, from the table that points.c has too."""
    names = re.findall(r'^"(.*)",$', (HERE / "points.inc").read_text(), re.M)
    return [f"{name}.{when}" for name in names for when in ("before", "after")]


def make_protos(folder):
    subprocess.run(["protoc", f"--proto_path={ROOT}/proto", f"--python_out={folder}",
                    *map(str, (ROOT / "proto").glob("*.proto"))], check=True)
    sys.path.insert(0, str(folder))
    import bus_pb2
    import events_pb2
    return types.SimpleNamespace(bus=bus_pb2, events=events_pb2, folder=folder)


class Run:
    """One installation with its publishers and subscribers, from the first start to the checker."""

    def __init__(self, build, protos, home, seed, proxied, scoring=1):
        self.build, self.protos, self.seed = pathlib.Path(build), protos, seed
        self.of = Installation(self.build / "tests" / "crash" / "mindex-points", home, proxied, scoring)
        self.context = zmq.Context()
        self.random = random.Random(seed)
        self.notes = Notes(self.of.evidence)
        self.kills = collections.Counter()
        replay = self.of.replay_proxy.endpoint
        self.always = Always("always", self.context, protos, replay, self.of.events_proxy.endpoint)
        self.reconnects = Reconnects("reconnects", self.context, protos, replay, seed)
        self.late = Late("late", self.context, protos, replay)
        self.keeper = Keeper(self.of, self.context, protos, self.notes, seed * 10 + 9)
        self.notes.delivered = lambda: self.keeper.receiver.newest
        self.publishers = [Publisher(self.of, self.context, protos, self.notes, seed * 10 + i, i == 0)
                           for i in range(3)]

    def begin(self):
        for thread in (self.always, self.reconnects, self.keeper):
            thread.start()

    def threads_fine(self):
        for thread in (*self.publishers, self.keeper, self.always, self.reconnects):
            if thread.fault:
                raise thread.fault

    def blamed(self):
        """No task may fail because others were attacked: a few such failures would set it aside. But a worker
        may miss the pieces of a batch job that was cancelled; that the hub does not hear."""
        failures = [line for line in (self.of.evidence / "log").read_text(errors="replace").splitlines()
                    if 'msg="task failed"' in line and checker.ON_PURPOSE not in line
                    and "the definition has no 'uncertainty'" not in line
                    and not ("role=scoring" in line and "the hub has no blob" in line)]
        if failures:
            raise Broken("\n".join(["tasks failed that nobody made fail:", *failures[:5]]))

    # --- from the attack to the verdict ------------------------------------------------------------

    def settled(self):
        """Whether nothing is left to do, by the database."""
        self.threads_fine()
        for role in self.of.roles:
            role.died()
        self.left = "files in the inbox"
        if not self.publishers[0].inbox_is_empty():
            return False
        db = sqlite3.connect(f"file:{self.of.state}/mindex.db?mode=ro", uri=True)
        try:
            left, = db.execute("SELECT (SELECT count(*) FROM task WHERE NOT failed) + (SELECT count(*) FROM "
                               "release WHERE turn IS NULL AND withdrawn_ms IS NULL) + (SELECT count(*) FROM "
                               "job WHERE state = 'open')").fetchone()
            self.newest, = db.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()
            behind, to_go = db.execute(
                "SELECT (SELECT count(*) FROM subscription WHERE state = 'active' AND position < ?1)"
                " + (SELECT count(*) FROM resend), (SELECT sum(?1 - position) FROM subscription)",
                (self.newest,)).fetchone()
        finally:
            db.close()
        self.left = f"{left} tasks, held releases and jobs, {behind} subscriptions and resends, {to_go} events " \
            f"for them; of {self.newest} events subscribers have {self.always.after} and {self.reconnects.after}"
        return left == 0 and behind == 0 and self.always.after >= self.newest and self.reconnects.after >= self.newest

    def calm(self):
        """Lets everybody finish; nobody may do nothing for CALM_S."""
        for proxy in (self.of.hub_proxy, self.of.events_proxy, self.of.replay_proxy):
            proxy.delay(0)
        for role in self.of.roles:
            if role.died():
                role.start()
            elif role.point:  # it would still die there
                role.kill()
                role.start()
            elif role.stopped:
                role.signal(signal.SIGCONT)
        for publisher in self.publishers:
            publisher.end()
        self.keeper.end()
        began = time.monotonic()
        moved, left = began, None
        while not self.settled():
            if self.left != left:
                moved, left = time.monotonic(), self.left
            if time.monotonic() > moved + CALM_S:
                raise Broken(f"nothing was done for {CALM_S} s; left were {left}")
            time.sleep(0.01)
        return time.monotonic() - began

    def recompute(self):
        """Every edition again, by the program itself, from a hub that has only just started."""
        hub = self.of.role("hub")
        hub.end()
        hub.start()
        command = [self.build / "mindex", "recompute", "--all", "--csv", "--state", self.of.state]
        told = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        if told.returncode:
            raise Broken(f"mindex recompute: {told.stderr}\n{told.stdout}")

    def batch_again(self):
        """Some of the batch jobs' results, computed here: the same bytes."""
        for edition, steps, out in self.notes.batch[:BATCH_AGAIN] + self.notes.batch[-BATCH_AGAIN:]:
            local = self.of.evidence / "batch-local"
            command = [self.build / "mindex", "batch", "weights", "--level", "metric", "--steps", str(steps),
                       "--edition", str(edition), "--local", "--out", local, "--state", self.of.state]
            told = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
            if told.returncode:
                raise Broken(f"mindex batch --local: {told.stderr}")
            if local.read_bytes() != out.read_bytes():
                raise Broken(f"the batch job of {steps} steps over edition {edition} has another result")

    def verdict(self):
        """Ends everything and has it checked. Complaints are a Broken; else what was checked, in words."""
        self.late.catch_up(self.newest)
        self.recompute()
        self.batch_again()
        self.always.end()
        self.reconnects.end()
        self.of.end()
        self.of.read_points()
        for subscriber in (self.always, self.reconnects, self.late, self.keeper):
            subscriber.keep(self.of.evidence)
        self.notes.close()
        self.context.destroy(0)
        self.blamed()
        complaints, seen = checker.check(self.of.state, self.of.evidence, self.protos.folder)
        if complaints:
            raise Broken("\n".join(complaints[:20]))
        return seen

    def abandon(self):
        """After a Broken: nothing that was started stays."""
        for thread in (*self.publishers, self.keeper, self.always, self.reconnects):
            thread.ended.set()
        for role in self.of.roles:
            if role.process and role.process.poll() is None:
                role.kill()


# --- every point ------------------------------------------------------------------------------------


class Tour:
    """Has each role die at each of its points in turn; a list of points for each role."""

    def __init__(self, run, wanted):
        self.run, self.of = run, run.of
        self.left = collections.defaultdict(list)
        for point in wanted:
            self.left[point.split(".")[0]].append(point)
        # What a hub does first, then what takes long; last what it says to those who knew another
        # hub, which must have lived long enough for that.
        first = ("schema", "pack", "failure", "aside")

        def turn(point):
            early = (i for i, name in enumerate(first) if f".{name}." in point)
            return next(early, len(first) + ("hello_wanted" in point))

        self.left["hub"].sort(key=turn)
        self.armed_since = {}

    def failing(self, role):
        """How many tasks of the role must fail, so that its point, or one of the hub's, is reached."""
        hub = self.of.role("hub").point or ""
        if role.name == "comparison" and hub.split(".")[-2:-1] and hub.split(".")[-2] in ("failure", "aside"):
            return FOR_EVER
        return 1 if self.left[role.name] and "task_failed" in self.left[role.name][0] else 0

    def arm(self, role):
        point = self.left[role.name][0] if self.left[role.name] else None
        role.start(point, fail=self.failing(role))
        self.armed_since[role] = time.monotonic()

    def strike_off(self, lines):
        for line in lines:
            point = line.lstrip("!")
            if line[0] == "!" and point in self.left[point.split(".")[0]]:
                self.left[point.split(".")[0]].remove(point)
                self.run.kills["at a point"] += 1

    def step(self):
        lines = self.of.read_points()
        self.strike_off(lines)
        for role in self.of.roles:
            if role.died():
                self.arm(role)
            elif role.name == "comparison" and bool(role.fails) != bool(self.failing(role)):
                role.kill()
                self.run.kills["of a role that fails"] += 1
                self.arm(role)
            elif role.point and "goodbye" in role.point and f"{role.name}.send.credit.after" in lines:
                role.signal(signal.SIGTERM)
                role.ending = False
            elif role.point and time.monotonic() > self.armed_since[role] + PATIENCE_S:
                role.kill()
                self.run.kills["of a role that its point did not reach"] += 1
                self.arm(role)

    def whole(self, seconds):
        end = time.monotonic() + seconds
        publishers = self.run.publishers
        self.run.notes.delivered = lambda: FOR_EVER  # nobody waits for a role that dies all the time
        for role in self.of.roles:
            self.arm(role)
        publishers[1].loads = True
        for publisher in publishers:
            publisher.start()
        while any(self.left.values()):
            self.step()
            self.run.threads_fine()
            if time.monotonic() > end:
                left = [point for points in self.left.values() for point in points]
                raise Broken(f"after {seconds} s nobody had died at {left}")
            time.sleep(LOOK_S)


# --- at random --------------------------------------------------------------------------------------


class Chaos:
    """Kills, stops, cuts and delays by a seed, until there were so many kills."""

    def __init__(self, run):
        self.run, self.of, self.random = run, run.of, run.random
        self.again = {}  # role -> when it is started or continued again
        self.points = collections.defaultdict(list)
        for point in points():
            self.points[point.split(".")[0]].append(point)
        self.deaths = 0

    def start(self, role):
        point = self.random.choice(self.points[role.name]) if self.random.random() < 0.4 else None
        role.start(point, visit=self.random.randint(1, 6))

    def later(self, role, short, long, share_long):
        seconds = self.random.uniform(*long) if self.random.random() < share_long \
            else self.random.uniform(*short)
        self.again[role] = time.monotonic() + seconds

    def buried(self, role):
        """Counts a death and plans the next life."""
        self.run.kills[f"{role.name} at a point" if not role.ending else f"{role.name} at random"] += 1
        self.deaths += 1
        self.later(role, (0.0, 0.2), (0.8, 3.0), 0.05)

    def look_after(self, role):
        now = time.monotonic()
        if role in self.again:
            if now < self.again[role]:
                return
            del self.again[role]
            if role.stopped:
                role.signal(signal.SIGCONT)
            else:
                self.start(role)
        elif role.died():
            self.buried(role)

    def strike(self):
        role = self.random.choice([*self.of.roles, self.of.role("hub")])
        free = role not in self.again and not role.died()
        dice = self.random.random()
        if dice < 0.5 and free:
            role.kill()
            self.buried(role)
        elif dice < 0.65 and free:
            role.signal(signal.SIGSTOP)
            self.run.kills["stops"] += 1
            self.later(role, (0.05, 0.5), (2.6, 4.0), 0.08)
        elif dice < 0.8:
            self.random.choice([self.of.hub_proxy, self.of.events_proxy, self.of.replay_proxy]).cut()
            self.run.kills["cuts"] += 1
        elif dice < 0.9:
            proxy = self.random.choice([self.of.hub_proxy, self.of.events_proxy, self.of.replay_proxy])
            proxy.delay(self.random.uniform(0.05, 0.8))
            self.run.kills["delays"] += 1

    def whole(self, deaths):
        for role in self.of.roles:
            role.start()
        self.run.publishers[1].loads = True
        for publisher in self.run.publishers:
            publisher.start()
        while self.deaths < deaths:
            next_strike = time.monotonic() + self.random.choice([self.random.uniform(0.0, 0.2), 0.01, 0.4])
            while time.monotonic() < next_strike:
                for role in self.of.roles:
                    self.look_after(role)
                self.of.read_points()
                self.run.threads_fine()
                time.sleep(LOOK_S)
            self.strike()


def one_run(build, protos, seed, kills, keep):
    """One run at random; returns its kills by kind and the points that it visited."""
    with tempfile.TemporaryDirectory(prefix="mindex-crash-") as home:
        run = Run(build, protos, home, seed, proxied=True, scoring=2)
        began = time.monotonic()
        try:
            run.begin()
            Chaos(run).whole(kills)
            calm = run.calm()
            seen = run.verdict()
        except Exception:
            run.abandon()
            if keep:
                subprocess.run(["cp", "-a", home, f"{keep}/crash-{seed}"], check=True)
                print(f"what the run of seed {seed} left is in {keep}/crash-{seed}", flush=True)
            raise
        print(f"seed {seed}: {seen}; {sum(run.kills.values())} attacks in {time.monotonic() - began:.0f} s, "
              f"then all was done within {calm:.1f} s", flush=True)
        return run.kills, run.of.visited


def main(build, kills, seed):
    print(f"seed {seed} (make test-crash CRASH_KILLS={kills} CRASH_SEED={seed})", flush=True)
    total, visited, deaths = collections.Counter(), set(), 0
    with tempfile.TemporaryDirectory(prefix="mindex-crash-") as folder:
        protos = make_protos(folder)
        while deaths < kills:
            found, been = one_run(build, protos, seed, min(RUN_KILLS, kills - deaths), build)
            total += found
            visited |= been
            deaths += sum(count for kind, count in found.items() if " at " in kind)
            seed += 1
    for kind, count in sorted(total.items()):
        print(f"  {count:6} {kind}")
    known = points()
    print(f"{deaths} kills, {total['stops']} stops, {total['cuts']} cuts, {total['delays']} delays; "
          f"{len(visited & set(known))} of {len(known)} points visited")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), int(sys.argv[2]),
         int(sys.argv[3]) if len(sys.argv) > 3 and sys.argv[3] else random.SystemRandom().randrange(10**6))
