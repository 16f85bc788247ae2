"""The live flow: how long after a file lies in the inbox a subscriber hears of it, and how many releases a
hub takes in a second.

Beside the first stand its floor (tests/bench/floor.c: the writes that must be on disk and the messages from
process to process, of the sizes that this run had, and nothing between them) and a worker in Python that
does the same job (tests/bench/rival_flow.py). Beside the second, SQLite inserting the same rows in the same
number of commits. FLOW_RELEASES (500) says how many releases come; each moves every figure of England's
gigabit coverage a little. All are timed from the rename that puts the file there.
"""
import csv
import json
import os
import pathlib
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

import yaml
import zmq

from bus import contract
from suite import ROOT

ENGLAND = ROOT / "deploy" / "england"
NEWER = ENGLAND / "newer" / "gigabit-broadband" / "2026-05-19.csv"
RELEASES = int(os.environ.get("FLOW_RELEASES", "500"))
OF_PYTHON, REPLICATES = min(100, RELEASES), 200
# For the rate: releases, how many are under way at once, and how many follow each other before it is SQLite's turn.
TAKEN, WINDOW, PORTION = 2000, 16, 100


def share(values, q):
    return sorted(values)[min(len(values) - 1, int(q * len(values)))]


def variant(number, newer=NEWER):
    """The release with every figure another one; no two numbers give the same file."""
    chance, lines = random.Random(number), []
    for line in newer.read_text().splitlines():
        cells = line.split(",")
        if cells[0].startswith("E0"):
            cells[2] = f"{min(99.9, max(0.1, float(cells[2]) + chance.uniform(-1, 1))):.4f}"
        lines.append(",".join(cells))
    return "\n".join(lines) + "\n"


class Service:
    """A service with England's pack, and a subscriber that follows its log."""

    def __init__(self, build, home):
        self.bus, self.state = contract(), pathlib.Path(home) / "s"
        self.mindex = build / "mindex"
        self.up = subprocess.Popen([self.mindex, "up", "--state", self.state], stderr=subprocess.DEVNULL)
        subprocess.run([self.mindex, "load", ENGLAND], check=True, stdout=subprocess.DEVNULL,
                       env=dict(os.environ, MINDEX_STATE=str(self.state)))
        self.subscriber = self.connect("replay")
        self.after, self.number = 0, 0
        while not any(event.type == "edition.published" for event in self.hear()):
            pass

    def connect(self, endpoint):
        socket = zmq.Context.instance().socket(zmq.DEALER)
        socket.linger = 0
        socket.connect(f"ipc://{self.state}/{endpoint}")
        return socket

    def ask(self, socket, **body):
        socket.send(self.bus.Message(version=1, **body).SerializeToString())
        if not socket.poll(30000):
            sys.exit("no answer from the service")
        return socket.recv()

    def hear(self):
        """The next events; self.heard is when they came, self.size how many bytes they were."""
        answer = self.ask(self.subscriber, events_wanted={"after": self.after, "wait_ms": 20000, "limit": 5000})
        self.heard, self.size = time.monotonic(), len(answer)
        events = self.bus.Message.FromString(answer).events
        self.after = events.through
        return events.events

    def drop(self, text):
        coming = self.state / "coming"
        coming.write_text(text)
        began = time.monotonic()
        coming.rename(self.state / "inbox" / f"gigabit-broadband-{self.number}.csv")
        self.number += 1
        return began

    def processes(self):
        """{pid: role} of the supervisor and all under it."""
        below = subprocess.run(["pgrep", "-P", str(self.up.pid)], text=True, capture_output=True, check=True).stdout
        return {pid: pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[1].decode()
                for pid in [self.up.pid, *map(int, below.split())]}

    def written(self):
        """Bytes and calls that the hub has written to files: a socket's are others."""
        hub = next(pid for pid, role in self.processes().items() if role == "hub")
        fields = dict(line.split(": ") for line in pathlib.Path(f"/proc/{hub}/io").read_text().splitlines())
        return int(fields["wchar"])

    def stop(self):
        self.up.terminate()
        self.up.wait(20)


def processor_seconds(pids):
    """{role: seconds of processor} so far, threads that have ended among them."""
    out = {}
    for pid, role in pids.items():
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
        out[role] = out.get(role, 0) + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return out


def proportional_kilobytes(pids):
    out = {}
    for pid, role in pids.items():
        lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
        out[role] = out.get(role, 0) + int(dict(line.split(":") for line in lines)["Pss"].split()[0])
    return out


# --- ours ------------------------------------------------------------------------------------------


def time_release(service, text):
    """Seconds to each moment, and what the floor wants to know of it."""
    before = service.written()
    began = service.drop(text)
    moments, told, writes, size, changes = {}, None, [], 0, []
    while "published" not in moments:
        events = service.hear()
        for event in events:
            if event.type == "release.accepted":
                moments.setdefault("accepted", service.heard - began)
            elif event.type == "edition.scored":
                told = event.edition_scored.changes
            elif event.type == "rank.changed":
                moments.setdefault("first", service.heard - began)
                changes.append(event)
                if len(changes) == told:
                    moments["all"] = service.heard - began
            elif event.type == "edition.published":
                moments["published"] = service.heard - began
        if "accepted" in moments and len(writes) < 1 or "all" in moments and len(writes) < 2:
            writes.append(service.written() - before)
        if changes and "all" not in moments or events and events[-1].type == "rank.changed":
            size += service.size
    return moments, {"writes": writes, "events": size, "changes": changes}


def sizes_of(service, kept):
    """What floor wants: bytes of the hand-in, the order to read, what was read, the first commit, the order to
    score, the scores, the second commit, and the answer with the events."""
    bus, changes = service.bus, kept[-1]["changes"]
    database = sqlite3.connect(f"file:{service.state}/mindex.db?mode=ro", uri=True)
    inputs = [bus.index__pb2.Input(dataset=row[0], observations=row[1]) if hasattr(bus, "index__pb2") else
              {"dataset": row[0], "observations": row[1]}
              for row in database.execute("SELECT dataset, observations_hash FROM in_force ORDER BY dataset")]
    pack, scores = database.execute("SELECT pack, length(content) FROM edition JOIN blob ON hash = scores "
                                    "ORDER BY number DESC LIMIT 1").fetchone()
    observations = database.execute("SELECT length(content) FROM release JOIN blob ON hash = observations_hash "
                                    "ORDER BY id DESC LIMIT 1").fetchone()[0]
    database.close()
    file = {"name": "gigabit-broadband-0.csv", "content": variant(0).encode()}
    told = 0
    for event in changes:
        change = event.rank_changed
        said = bus.Told(causes=change.causes, why=change.why)
        told += said.ByteSize() + (30 if change.HasField("rank_low") else 10)
    order = {"pack": pack, "inputs": inputs, "before": inputs, "before_pack": pack, "releases": [1000] * len(inputs)}
    messages = [bus.Message(version=1, hand_in={"files": [file]}),
                bus.Message(version=1, task={"task": 1, "read": {"pack": pack, "hand_in": {"files": [file]}, "in_force": inputs}}),
                bus.Message(version=1, task={"task": 1, "score": order})]
    hand_in, read, score = (message.ByteSize() for message in messages)
    first = min(k["writes"][0] for k in kept)
    second = statistics.median(k["writes"][1] - k["writes"][0] for k in kept)
    events = statistics.median(k["events"] for k in kept)
    return [hand_in, read, observations + 300, first, score, scores + told, int(second), int(events)]


def time_ours(build, home):
    service = Service(build, home)
    try:
        for number in range(5):
            time_release(service, variant(number))
        pids = service.processes()
        spent, rows, kept = processor_seconds(pids), [], []
        for number in range(5, 5 + RELEASES):
            moments, known = time_release(service, variant(number))
            rows.append(moments)
            kept.append(dict(known, changes=known["changes"] if number == 4 + RELEASES else len(known["changes"])))
        spent = {role: after - spent[role] for role, after in processor_seconds(pids).items()}
        return rows, sizes_of(service, kept), spent, proportional_kilobytes(pids), edition(service)
    finally:
        service.stop()


def edition(service):
    """The newest edition's scores."""
    hub = service.connect("hub")
    info = service.bus.Message.FromString(service.ask(hub, edition_wanted={})).edition.info
    blob = service.bus.Message.FromString(service.ask(hub, blob_wanted={"hash": info.scores})).blob
    import index_pb2
    return index_pb2.EditionScores.FromString(blob.content)


# --- the floor -------------------------------------------------------------------------------------


def time_floor(build, home, sizes):
    folder = pathlib.Path(home) / "f"
    folder.mkdir(exist_ok=True)
    done = subprocess.run([build / "tests/bench/floor", folder, str(RELEASES), *map(str, sizes)], check=True,
                          capture_output=True, text=True, timeout=300)
    return [int(line) / 1e9 for line in done.stdout.split()]


# --- Python ----------------------------------------------------------------------------------------


def index_for_python(scores):
    """The index as numbers: figures of the metrics, and for each level the weights of its children."""
    made = yaml.safe_load((ENGLAND / "index.yaml").read_text())
    nodes = {node.node: node for node in scores.nodes}
    levels, level = [[made["tree"]]], [made["tree"]]
    while any("children" in node for node in level):
        level = [child for node in level for child in node["children"]]
        levels.insert(0, level)
    weights = []
    for below, above in zip(levels, levels[1:]):
        place = {id(child): i for i, child in enumerate(below)}
        matrix = [[0.0] * len(above) for _ in below]
        for k, parent in enumerate(above):
            for child in parent["children"]:
                matrix[place[id(child)]][k] = child.get("weight", 1)
        weights.append(matrix)
    of_level = {level["id"]: level for level in made["levels"]}
    figures = []
    for metric in levels[0]:
        numbers = iter(nodes[metric["id"]].raw)
        figures.append([None if status else next(numbers) for status in nodes[metric["id"]].raw_status])
    return {"areas": list(scores.areas), "codes": codes_now(scores.areas), "metrics": [m["id"] for m in levels[0]], "released": "gigabit-broadband",
            "signs": [-1 if m["direction"] == "lower-is-need" else 1 for m in levels[0]],
            "figures": [list(row) for row in zip(*figures)], "weights": weights,
            "coverage": [of_level[i]["coverage"] for i in ("objective", "mission", "index")],
            "min_max": [of_level[i]["normalise"] == "min-max" for i in ("objective", "mission", "index")],
            "nodes": [node["id"] for level in levels for node in level]}


def codes_now(areas):
    """The code under which the release has each area's figure: its own, or that of what it became part of."""
    published = {line.split(",")[0] for line in NEWER.read_text().splitlines()}
    became = {change["old_code"]: change["new_code"] for change in csv.DictReader(open(ENGLAND / "changes.csv"))}
    codes = []
    for code in areas:
        while code not in published and code in became:
            code = became[code]
        codes.append(code)
    return codes


def time_python(home, scores, replicates):
    folder = pathlib.Path(home) / f"p{replicates}"
    (folder / "inbox").mkdir(parents=True)
    (folder / "index.json").write_text(json.dumps(index_for_python(scores)))
    endpoint = f"ipc://{folder}/events"
    worker = subprocess.Popen(["/usr/bin/python3", pathlib.Path(__file__).with_name("rival_flow.py"), folder / "inbox",
                               folder / "index.json", endpoint, folder / "db", *([str(replicates)] if replicates else [])],
                              stdout=subprocess.PIPE, text=True, env=dict(os.environ, OMP_NUM_THREADS="1"))
    try:
        same_ranks(scores, json.loads(worker.stdout.readline()))
        subscriber = zmq.Context.instance().socket(zmq.SUB)
        subscriber.linger, subscriber.rcvhwm = 0, 0
        subscriber.connect(endpoint)
        subscriber.subscribe(b"")
        time.sleep(0.5)  # until the subscription is there, of which a PUB socket says nothing
        took = []
        # The last is the one that ours was scored from, so that both must come to the same ranks.
        for number in [*range(1000, 1003 + OF_PYTHON), 4 + RELEASES]:
            (folder / "coming").write_text(variant(number))
            began, first = time.monotonic(), None
            (folder / "coming").rename(folder / "inbox" / f"{number}.csv")
            topic = b""
            while topic != b"done":
                if not subscriber.poll(30000):
                    sys.exit("no word from the worker in Python")
                topic, body = subscriber.recv_multipart()
                if topic.startswith(b"rank.") and first is None:
                    first = time.monotonic() - began
            took.append(first)
        same_ranks(scores, json.loads(body))
        return took[3:-1], kilobytes_of(worker.pid)
    finally:
        worker.terminate()
        worker.wait(20)


def kilobytes_of(pid):
    lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return int(dict(line.split(":") for line in lines)["Pss"].split()[0])


def same_ranks(scores, of_python):
    ours = list(scores.nodes[0].rank)
    if ours != of_python:
        sys.exit(f"Python has other ranks: {[(a, b) for a, b in zip(ours, of_python) if a != b][:5]}")


# --- how many a second -----------------------------------------------------------------------------


def hand_ins(service):
    """Releases of all datasets in turn, each another file."""
    files = []
    for path in sorted((ENGLAND / "data").glob("*/*.csv")) if (ENGLAND / "data").exists() else []:
        lines = path.read_text().splitlines()
        if lines and lines[0] == "area_code,period,value,status":
            files.append((path.parent.name, lines))
    for number in range(TAKEN):
        dataset, lines = files[number % len(files)]
        at = next(i for i, line in enumerate(lines) if i and line.split(",")[2])
        cells = lines[at].split(",")
        cells[2] = f"{float(cells[2]):.3f}{number:05d}"
        text = "\n".join([*lines[:at], ",".join(cells), *lines[at + 1:]]) + "\n"
        yield service.bus.Message(version=1, request=number + 1, hand_in={
            "dataset": dataset, "label": str(number), "accept_warnings": True,
            "files": [{"name": f"{number}.csv", "content": text.encode()}]})


class Roles(Service):
    """A hub and ingestion workers alone: what is accepted is not scored meanwhile."""

    def __init__(self, build, home, workers):
        self.bus, self.state, self.mindex = contract(), pathlib.Path(home) / f"r{workers}", build / "mindex"
        self.state.mkdir()
        environment = dict(os.environ, MINDEX_STATE=str(self.state))
        self.running = [subprocess.Popen([self.mindex, role], stderr=subprocess.DEVNULL, env=environment)
                        for role in ("hub", *["ingestion"] * workers)]
        subprocess.run([self.mindex, "load", ENGLAND, "--no-wait"], check=False, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, env=environment, timeout=60)

    def stop(self):
        for process in self.running:
            process.terminate()
        for process in self.running:
            process.wait(20)


class Rival:
    """SQLite alone, from a copy of the service's database on: the same rows by the same inserts, into the same
    tables with their indexes and foreign keys, by the hub's settings, in as many commits."""

    SETTINGS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "journal_size_limit=67108864",
                "wal_autocheckpoint=500")
    KEYS = {"release": "id", "event": "seq", "task": "id"}

    def __init__(self, source, path):
        self.source = sqlite3.connect(f"file:{source}?mode=ro", uri=True)
        self.own = sqlite3.connect(path, isolation_level=None)
        self.source.backup(self.own)  # pages of the same size, too
        for setting in self.SETTINGS:
            self.own.execute(f"PRAGMA {setting}")
        self.names, self.insert = {}, {}
        for table in ("blob", *self.KEYS):
            self.names[table] = names = [row[1] for row in self.source.execute(f"PRAGMA table_info({table})")]
            self.insert[table] = (f"INSERT OR IGNORE INTO {table} ({', '.join(names)}) "
                                  f"VALUES ({', '.join('?' * len(names))})")

    def steps(self):
        """What the service has stored since it was last asked: the rows of each commit."""
        new = {}
        for table, key in self.KEYS.items():
            last = self.own.execute(f"SELECT coalesce(max({key}), 0) FROM {table}").fetchone()[0]
            new[table] = self.source.execute(f"SELECT * FROM {table} WHERE {key} > ? ORDER BY {key}", (last,)).fetchall()
        if len({len(rows) for rows in new.values()}) != 1:
            sys.exit("a release is not one row of each table")
        for release, event, task in zip(*new.values()):
            of = dict(zip(self.names["release"], release))
            blobs = [self.source.execute("SELECT * FROM blob WHERE hash = ?", (of[key],)).fetchone()
                     for key in ("observations_hash", "difference") if of[key]]
            yield blobs, release, event, task

    def take(self, steps):
        """Seconds that they took."""
        began = time.monotonic()
        for blobs, release, event, task in steps:
            self.own.execute("BEGIN IMMEDIATE")
            self.own.executemany(self.insert["blob"], blobs)
            self.own.execute(self.insert["release"], release)
            self.own.execute(self.insert["event"], event)
            self.own.execute(self.insert["task"], task)
            self.own.execute("COMMIT")
        return time.monotonic() - began

    def close(self):
        self.source.close()
        self.own.close()


def take_some(service, hub, waiting):
    """Hands all in, WINDOW of them at once. Returns the seconds to the last receipt."""
    under_way, waiting, began = 0, waiting[::-1], time.monotonic()
    while waiting or under_way:
        while waiting and under_way < WINDOW:
            hub.send(waiting.pop())
            under_way += 1
        if not hub.poll(30000):
            sys.exit("the hub does not answer")
        answer = service.bus.Message.FromString(hub.recv())
        if not answer.HasField("receipt") or answer.receipt.releases[0].duplicate:
            sys.exit(f"not accepted: {answer}")
        under_way -= 1
    return time.monotonic() - began


def rates(build, home, workers):
    """Releases a second, ours and SQLite's, in turn by PORTION, so that both meet the same disk."""
    service = Roles(build, home, workers)
    try:
        hub = service.connect("hub")
        rival = Rival(service.state / "mindex.db", service.state / "rival.db")
        waiting = [message.SerializeToString() for message in hand_ins(service)]
        ours = theirs = 0
        for at in range(0, TAKEN, PORTION):
            ours += take_some(service, hub, waiting[at:at + PORTION])
            steps = list(rival.steps())
            if len(steps) != len(waiting[at:at + PORTION]):
                sys.exit("the database has other releases than were accepted")
            theirs += rival.take(steps)
        rival.close()
        return TAKEN / ours, TAKEN / theirs
    finally:
        service.stop()


# --- the table -------------------------------------------------------------------------------------


def row(what, beside, ours, theirs, aim, how, unit="ms", larger_is_better=False):
    ratio = None if theirs is None else ours / theirs if larger_is_better else theirs / ours
    return {"what": what, "beside": beside, "ours": ours, "theirs": theirs, "unit": unit, "ratio": ratio,
            "aim": f">= {aim}" if aim else "", "met": ratio >= aim if aim else None, "how": how}


def rows(build):
    build = pathlib.Path(build).resolve()
    with tempfile.TemporaryDirectory(prefix="flow-") as home:
        ours, sizes, spent, memory, scores = time_ours(build, home)
        floor = time_floor(build, home, sizes)
        python, python_kilobytes = time_python(home, scores, 0)
        spans, _ = time_python(home, scores, REPLICATES)
        how = f"{len(ours)} releases with every figure changed, from the rename in the inbox to the subscriber's receive"
        bare = f"the floor: 7 messages and 2 synced writes of {'+'.join(map(str, sizes))} bytes"
        for q, name in ((0.5, "p50"), (0.99, "p99")):
            first = 1000 * share([moments["first"] for moments in ours], q)
            yield row(f"inbox to rank.changed, {name}", bare, first, 1000 * share(floor, q), 0.5 if q == 0.5 else None, how)
            yield row(f"inbox to rank.changed, {name}", f"Python without reasons and rank intervals, {len(python)}", first,
                      1000 * share(python, q), 20 if q == 0.5 else None, how)
            yield row(f"inbox to rank.changed, {name}", f"Python with rank intervals, {len(spans)}", first,
                      1000 * share(spans, q), None, how)
            for moment, words in (("accepted", "release.accepted"), ("all", "the last rank.changed"), ("published", "edition.published")):
                yield row(f"inbox to {words}, {name}", None, 1000 * share([m[moment] for m in ours], q), None, None, how)
        for role, seconds in spent.items():
            yield row(f"processor of {role}, a release", None, 1000 * seconds / len(ours), None, None, "of all its processes and threads, in hundredths of a second together")
        for role, kilobytes in memory.items():
            yield row(f"memory of {role} after them", "the worker in Python" if role == "scoring" else None, kilobytes / 1024,
                      python_kilobytes / 1024 if role == "scoring" else None, None, "proportional set size", unit="MB")
        for workers in (1, 2):
            rate, theirs = rates(build, home, workers)
            yield row(f"releases accepted a second, ingestion workers: {workers}",
                      "SQLite, same rows, settings and commits", rate, theirs, 0.7,
                      f"{TAKEN} over all datasets in turn, {WINDOW} under way at once, one hub, a commit each; in turn with "
                      f"it, by {PORTION}, Python's sqlite3 inserts the rows that they gave (blobs, release, event, task) "
                      f"into a copy of the database: same tables, indexes, foreign keys, page size; "
                      f"{', '.join(Rival.SETTINGS)}", unit="/s", larger_is_better=True)
