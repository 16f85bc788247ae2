"""Proves from what a run has left, or says what is not so: no receipt without its release, one edition for
each release set, event numbers without hole or double, the same events for every subscriber, scores that
their inputs give, no task left over, every file of the inbox in one place, every edition's files.

It reads the database, the subscribers' events, the receipts and the folders, and shares nothing with the
service but `proto/`: what an index is it works out for itself, for the pack of pack.py alone.

    checker.py STATE EVIDENCE PROTO_PYTHON    prints complaints; ends with 1 if there are any
"""
import base64
import collections
import csv
import hashlib
import hmac
import json
import pathlib
import re
import sqlite3
import struct
import sys

SUBSCRIBERS = ("always", "reconnects", "late")
METRICS = {"pay": -1.0, "soot": 1.0}  # dataset and metric; -1: less is more need
MISSIONS = {"work": "pay", "air": "soot"}
ON_PURPOSE = "it was to fail, for the test"


class Check:
    def __init__(self, state, evidence, protos):
        sys.path.insert(0, str(protos))
        import bus_pb2, events_pb2, index_pb2  # made by protoc from proto/
        self.bus, self.events_pb, self.index = bus_pb2, events_pb2, index_pb2
        self.state, self.evidence = pathlib.Path(state), pathlib.Path(evidence)
        self.db = sqlite3.connect(self.state / "mindex.db")
        self.complaints = []
        self.blobs = dict(self.db.execute("SELECT hash, content FROM blob"))
        self.releases = self.rows("SELECT * FROM release")
        self.editions = self.rows("SELECT * FROM edition ORDER BY number")
        self.log = [(seq, bytes(body)) for seq, body in
                    self.db.execute("SELECT seq, body FROM event ORDER BY seq")]
        self.events = []
        self.scores = {}

    def rows(self, sql, *values):
        cursor = self.db.execute(sql, values)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row)) for row in cursor]

    def say(self, text):
        self.complaints.append(text)

    def expect(self, fine, text):
        if not fine:
            self.say(text)
        return fine

    def read_json(self, name, otherwise):
        path = self.evidence / name
        return json.loads(path.read_text()) if path.exists() else otherwise

    # --- the database as such ----------------------------------------------------------------------

    def database(self):
        for (text,) in self.db.execute("PRAGMA integrity_check"):
            self.expect(text == "ok", f"the database is damaged: {text}")
        for row in self.db.execute("PRAGMA foreign_key_check"):
            self.say(f"a foreign key leads nowhere: {row}")
        for name, content in self.blobs.items():
            found = hashlib.sha256(content).hexdigest()
            self.expect(found == name, f"blob {name} has the hash {found}")
        for row in self.rows("SELECT id, failed, reason, work FROM task"):
            if not row["failed"]:
                self.say(f"task {row['id']} is left over")
            elif row["reason"] != ON_PURPOSE:
                self.say(f"task {row['id']} was set aside: {row['reason']}")
        for row in self.releases:
            if row["turn"] is None and row["withdrawn_ms"] is None:
                self.say(f"release {row['id']} is still held")

    # --- the log -----------------------------------------------------------------------------------

    def numbers(self):
        for place, (seq, body) in enumerate(self.log, 1):
            if not self.expect(seq == place, f"event {place} is missing: after it comes {seq}"):
                return
            event = self.events_pb.Event.FromString(body)
            self.expect(event.seq == seq, f"event {seq} says that it is {event.seq}")
            self.events.append(event)

    def subscribers(self):
        for name in SUBSCRIBERS:
            lines = (self.evidence / f"{name}.events").read_text().split()
            heard = [bytes.fromhex(line) for line in lines]
            for place, (one, (seq, other)) in enumerate(zip(heard, self.log), 1):
                if one != other:
                    self.say(f"subscriber {name}: as number {place} it heard other than event {seq}")
                    break
            self.expect(len(heard) == len(self.log), f"subscriber {name} heard {len(heard)} events; "
                        f"the log has {len(self.log)}")

    # --- webhooks ----------------------------------------------------------------------------------

    def webhooks(self):
        """Every wanted event arrived, in order, at least once, under the same id and with the same words each
        time; and what is on record as delivered did arrive."""
        arrived = collections.defaultdict(list)
        with open(self.evidence / "webhooks.jsonl", encoding="utf-8") as lines:
            for line in lines:
                one = json.loads(line)
                arrived[one["to"]].append(one)
        moves = [event for event in self.events if event.type == "rank.changed" and
                 event.rank_changed.mission == "air" and self.moved(event.rank_changed) >= 2]
        self.one_webhook("all", self.events, arrived["all"])
        self.one_webhook("air", moves, arrived["air"])
        times = collections.Counter(one["id"].split("-")[0] for one in arrived["all"])
        again = collections.Counter(seq for first, last in self.read_json("again.json", [])
                                    for seq in range(first, last + 1))
        for seq, count in again.items():
            self.expect(times[str(seq)] > count, f"event {seq} was to be sent {count} times again, and came "
                        f"{times[str(seq)]} times")
        self.arrived = len(arrived["all"]) + len(arrived["air"])

    @staticmethod
    def moved(change):
        both = change.HasField("old_rank") and change.HasField("new_rank")
        return abs(change.old_rank - change.new_rank) if both else 10**9

    def one_webhook(self, name, wanted, arrived):
        row = self.rows("SELECT * FROM subscription WHERE name = ?", name)[0]
        secrets = [one["secret"] for one in self.rows("SELECT secret FROM secret WHERE subscription = ?", row["id"])]
        self.expect(row["position"] == len(self.log), f"webhook {name} is at event {row['position']}")
        by_seq = {}
        for one in arrived:
            event = json.loads(one["body"])
            self.expect(self.signed(one, secrets), f"webhook {name}: {one['id']} has another signature")
            self.expect(event["id"] == one["id"], f"webhook {name}: {one['id']} says that it is {event['id']}")
            before = by_seq.setdefault(event["data"]["seq"], one)
            self.expect((before["id"], before["body"]) == (one["id"], one["body"]),
                        f"webhook {name}: event {event['data']['seq']} came in two ways")
        self.expect(list(by_seq) == [event.seq for event in wanted],
                    f"webhook {name} brought {len(by_seq)} events first in the order {list(by_seq)[:10]}..., "
                    f"wanted were {len(wanted)}")
        for event in wanted:
            said = json.loads(by_seq[event.seq]["body"]) if event.seq in by_seq else {"data": {}}
            self.expect(said.get("type") == f"mindex.{event.type}" and
                        said["id"] == f"{event.seq}-{event.time_ms}" and
                        said["data"].get("edition", 0) == event.edition,
                        f"webhook {name}: event {event.seq} is told as {said}")
        ids = {one["id"] for one in arrived}
        for one in self.rows("SELECT message_id FROM delivery WHERE subscription = ? AND error IS NULL", row["id"]):
            self.expect(one["message_id"] in ids, f"webhook {name}: {one['message_id']} is on record and never came")
        self.expect(row["delivered"] <= len(arrived), f"webhook {name}: {row['delivered']} deliveries are "
                    f"counted and {len(arrived)} came")

    @staticmethod
    def signed(one, secrets):
        content = f"{one['id']}.{one['timestamp']}.{one['body']}".encode()
        keys = [base64.b64decode(secret.removeprefix("whsec_")) for secret in secrets]
        wanted = {"v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode() for key in keys}
        return wanted == set(one["signature"].split())

    # --- requests ----------------------------------------------------------------------------------

    def requests(self):
        """All that comes of one hand-in or withdrawal has its id, also what came after a crash."""
        came, gone, of_edition = (collections.defaultdict(list) for _ in range(3))
        for event in self.events:
            self.expect(re.fullmatch("[0-9a-f]{16}", event.request_id), f"event {event.seq} has no request id")
            if event.type == "release.accepted":
                came[event.release_accepted.release].append(event.request_id)
            elif event.type == "release.withdrawn":
                gone[event.release_withdrawn.release].append(event.request_id)
            else:
                of_edition[event.edition].append(event.request_id)
        for row in self.releases:
            if row["turn"] is not None:
                self.expect([row["request_id"]] == came[row["id"]][-1:],
                            f"release {row['id']} and its event have other request ids")
            if row["withdrawn_ms"] is not None and gone[row["id"]]:
                self.expect(row["withdrawn_request_id"] == gone[row["id"]][-1],
                            f"the withdrawal of release {row['id']} and its event have other request ids")
        for row in self.editions:
            found = set(of_edition[row["number"]])
            wanted = gone if row["cause"] == "withdrawal" else came
            self.expect(len(found) == 1 and (row["release"] is None or found <= set(wanted[row["release"]])),
                        f"the events of edition {row['number']} have other request ids than their cause")

    # --- receipts ----------------------------------------------------------------------------------

    def receipts(self):
        rows = {row["id"]: row for row in self.releases}
        accepted = collections.defaultdict(list)
        withdrawn = collections.defaultdict(list)
        for event in self.events:
            if event.type == "release.accepted":
                accepted[event.release_accepted.release].append(event.seq)
            elif event.type == "release.withdrawn":
                withdrawn[event.release_withdrawn.release].append(event.seq)
        for line in (self.evidence / "receipts.jsonl").read_text().splitlines():
            receipt = json.loads(line)
            self.expect(receipt["through"] <= len(self.log), "a receipt names event "
                        f"{receipt['through']}; the log ends at {len(self.log)}")
            if receipt["kind"] == "handed in":
                self.one_receipt(receipt, rows, accepted)
                continue
            told, known = (any(seq <= receipt["through"] for seq in of[receipt["release"]])
                           for of in (withdrawn, accepted))
            # Of one that was held nobody was told; a second withdrawal does not say that it was.
            self.expect(told or receipt["held"] or (receipt["duplicate"] and not known),
                        f"no event says that release {receipt['release']} was withdrawn")

    def one_receipt(self, receipt, rows, accepted):
        for got in receipt["releases"]:
            row = rows.get(got["release"])
            if not row:
                self.say(f"release {got['release']} has a receipt and is not there")
                continue
            content = receipt["files"][got["file_name"]]
            self.expect(row["dataset"] == got["dataset"] and row["file_hash"] == content,
                        f"release {row['id']} is not what the receipt says")
            told = any(seq <= receipt["through"] for seq in accepted[row["id"]])
            self.expect(told or got["duplicate"] or got["held"],
                        f"no event before the receipt says that release {row['id']} was accepted")

    def release_rows(self):
        files = collections.Counter((row["dataset"], row["file_hash"]) for row in self.releases)
        for (dataset, content), count in files.items():
            self.expect(count == 1, f"{dataset} has {count} releases of the file {content}")
        last = {event.release_accepted.release: event.seq for event in self.events
                if event.type == "release.accepted"}
        inside = sorted((row for row in self.releases if row["turn"]), key=lambda row: row["turn"])
        order = [last.get(row["id"], 0) for row in inside]
        self.expect(order == sorted(order), "releases came into force in another order than the log says")

    # --- one edition for each release set ----------------------------------------------------------

    def release_sets(self):
        """The inputs after each transaction that changed them, as the log's releases tell it."""
        together = [set(hashes) for hashes in self.read_json("together.json", [])]
        turns, gone, sets, turn, at = {}, set(), [], 0, 0
        told = [event for event in self.events if event.type.startswith("release.")]

        def in_force():
            best = {}
            for release, (when, dataset) in turns.items():
                if release not in gone and when > best.get(dataset, (0, 0))[0]:
                    best[dataset] = (when, release)
            return {dataset: release for dataset, (_, release) in best.items()}

        while at < len(told):
            event = told[at]
            at += 1
            if event.type == "release.withdrawn":
                release, before = event.release_withdrawn.release, in_force()
                self.expect(release in turns and release not in gone,
                            f"release {release} was withdrawn and was not there, or was so before")
                gone.add(release)
                if release in before.values():
                    sets.append((in_force(), "withdrawal", release))
                continue
            body = event.release_accepted
            group = next((hashes for hashes in together if body.file_hash in hashes and turn == 0), None)
            while True:
                self.expect(body.release not in turns or body.release in gone,
                            f"release {body.release} came into force twice without a withdrawal between")
                turn += 1
                turns[body.release] = (turn, body.dataset)
                gone.discard(body.release)
                if not group or at == len(told) or told[at].type != "release.accepted" or \
                        told[at].release_accepted.file_hash not in group:
                    break
                body = told[at].release_accepted
                at += 1
            sets.append((in_force(), "definition" if group else "release", None if group else body.release))
        found = {row["dataset"]: row["id"] for row in self.rows("SELECT dataset, id FROM in_force")}
        self.expect(found == in_force(), f"in force is {found}; by the log it is {in_force()}")
        return sets

    def edition_for_each_set(self):
        numbers = [row["number"] for row in self.editions]
        self.expect(numbers == list(range(1, len(numbers) + 1)), f"editions are numbered {numbers}")
        sets = self.release_sets()
        self.expect(len(sets) == len(self.editions),
                    f"{len(sets)} release sets and {len(self.editions)} editions")
        hashes = {row["id"]: row["observations_hash"] for row in self.releases}
        seen = {}
        for row, (wanted, cause, release) in zip(self.editions, sets):
            number = row["number"]
            found = {one["dataset"]: one["release"] for one in self.rows(
                "SELECT dataset, release FROM edition_release WHERE edition = ?", number)}
            self.expect(found == wanted, f"edition {number} is made from {found}, not from {wanted}")
            self.expect((row["cause"], row["release"]) == (cause, release), f"edition {number} says that "
                        f"{row['cause']} {row['release']} is its cause; it is {cause} {release}")
            scores = self.index.EditionScores.FromString(self.blobs.get(row["scores"], b""))
            inputs = {one.dataset: one.observations for one in scores.inputs}
            self.expect(inputs == {name: hashes.get(of) for name, of in wanted.items()},
                        f"the scores of edition {number} come from other observations")
            first = seen.setdefault(tuple(sorted(inputs.items())), row)
            self.expect(first["scores"] == row["scores"],
                        f"editions {first['number']} and {number} have the same inputs, not the same bits")
            self.scores[number] = scores

    def events_of_editions(self):
        of = collections.defaultdict(list)
        for event in self.events:
            if event.HasField("edition"):
                of[event.edition].append(event)
        scored = [event.edition for event in self.events if event.type == "edition.scored"]
        self.expect(scored == [row["number"] for row in self.editions], f"edition.scored tells of {scored}")
        for row in self.editions:
            number, kinds = row["number"], collections.Counter(event.type for event in of[row["number"]])
            self.expect(kinds["edition.published"] == 1 and row["published"],
                        f"edition {number} was published {kinds['edition.published']} times")
            self.expect(kinds["spend.compared"] == (row["comparison"] is not None),
                        f"edition {number} has {kinds['spend.compared']} events about spend")
            self.expect(kinds["rank.changed"] == row["changes"], f"edition {number} has {row['changes']} "
                        f"rank changes and {kinds['rank.changed']} events of them")
            own = [event.seq for event in of[number] if event.type in ("edition.scored", "rank.changed")]
            self.expect(own == list(range(row["first_event"], row["last_event"] + 1)),
                        f"the events of edition {number} are not where it says")
            self.rank_changes(number, of[number])
        aside = set()
        for row in self.rows("SELECT work FROM task WHERE failed"):
            task = self.bus.Task.FromString(row["work"])
            self.expect(task.HasField("compare"), "a task was set aside that is no comparison")
            aside.add(task.compare.edition)
        without = {row["number"] for row in self.editions if row["comparison"] is None}
        self.expect(without == aside, f"editions {sorted(without)} have no comparison; set aside were "
                    f"those of {sorted(aside)}")

    def ranks(self, number):
        scores = self.scores.get(number)
        if not scores:
            return {}
        return {(area, node.node): rank for node in scores.nodes for area, rank in
                zip(scores.areas, node.rank) if rank}

    def rank_changes(self, number, events):
        if number not in self.scores:
            return
        old, new = self.ranks(number - 1), self.ranks(number)
        wanted = {(key, old.get(key, 0), new.get(key, 0)) for key in old.keys() | new.keys()
                  if old.get(key) != new.get(key)} if number > 1 else set()
        found = [((body.area, body.node), body.old_rank, body.new_rank) for body in
                 (event.rank_changed for event in events if event.type == "rank.changed")]
        self.expect(len(found) == len(set(found)) and set(found) == wanted,
                    f"the rank changes told of edition {number} are not those between its ranks")

    # --- scores ------------------------------------------------------------------------------------

    def figures(self, hash_of):
        message = self.index.Observations.FromString(self.blobs[hash_of])
        values, out = iter(message.value), {}
        for code, status in zip(message.code, message.status):
            if status == 0:
                out[message.codes[code]] = next(values)
        return out

    @staticmethod
    def scaled(figures, shares):
        """Shares of the way from 0 to 100; the middle where all figures are alike."""
        alike = len(set(figures.values())) == 1
        return {area: 50.0 if alike else 0.0 + shares[area] * 100.0 for area in figures}

    def metric(self, name, hash_of):
        figures = {area: METRICS[name] * value for area, value in self.figures(hash_of).items()}
        order, shares = sorted(figures.values()), {}
        for area, value in figures.items():
            first = order.index(value) + 1
            last = first + order.count(value) - 1
            if len(order) > 1:
                shares[area] = ((first + last) / 2 - 1.0) / (len(order) - 1)
        return self.scaled(figures, shares)

    def mission(self, metric):
        low, high = min(metric.values(), default=0), max(metric.values(), default=0)
        return self.scaled(metric, {area: (value - low) / (high - low) for area, value in metric.items()}
                           if high > low else {})

    def recompute(self):
        for number, scores in self.scores.items():
            inputs = {one.dataset: one.observations for one in scores.inputs}
            wanted = {name: self.metric(name, inputs[name]) if name in inputs else {} for name in METRICS}
            wanted |= {name: self.mission(wanted[metric]) for name, metric in MISSIONS.items()}
            both = wanted["work"].keys() & wanted["air"].keys()
            wanted["all"] = {area: (wanted["work"][area] + wanted["air"][area]) / 2.0 for area in both}
            self.expect({node.node for node in scores.nodes} == wanted.keys(),
                        f"edition {number} has other nodes than its tree")
            for node in scores.nodes:
                self.one_node(number, scores.areas, node, wanted.get(node.node, {}))

    def one_node(self, number, areas, node, wanted):
        values = iter(node.score)
        for place, area in enumerate(areas):
            found = next(values) if node.status[place] == 0 else None
            score = wanted.get(area)
            same = found is score is None or None not in (found, score) and \
                struct.pack("d", found) == struct.pack("d", score)
            self.expect(same, f"edition {number}: {area} scores {found} at {node.node}; it is {score}")
            rank = 0 if score is None else 1 + sum(other > score for other in wanted.values())
            self.expect(node.rank[place] == rank,
                        f"edition {number}: {area} has rank {node.rank[place]} at {node.node}; it is {rank}")

    # --- folders -----------------------------------------------------------------------------------

    def inbox(self):
        places = {name: self.state / name for name in ("inbox", "accepted", "rejected")}
        left = [path.name for path in places["inbox"].rglob("*") if path.is_file()]
        self.expect(not left, f"in the inbox there are still {left}")
        found = collections.defaultdict(list)
        for name in ("accepted", "rejected"):
            for path in places[name].rglob("*"):
                if path.is_file() and not path.name.endswith(".reason.txt"):
                    found[hashlib.sha256(path.read_bytes()).hexdigest()].append(path)
        hashes = {row["file_hash"] for row in self.releases}
        dropped = self.read_json("inbox.json", {})
        for name, one in dropped.items():
            paths = found.pop(one["hash"], [])
            where = [path.parent.name for path in paths]
            if not self.expect(where == [one["expected"]], f"{name} went to {where}, not to "
                               f"{one['expected']}"):
                continue
            if one["expected"] == "accepted":
                self.expect(one["hash"] in hashes, f"{name} was accepted and is no release")
            else:
                reason = paths[0].with_name(paths[0].name + ".reason.txt")
                self.expect(reason.exists() and reason.read_text().endswith("\n"),
                            f"nobody says why {name} was rejected")
        reasons = {path.name[:-len(".reason.txt")] for path in places["rejected"].rglob("*.reason.txt")}
        files = {path.name for path in places["rejected"].rglob("*")} - {
            path.name for path in places["rejected"].rglob("*.reason.txt")}
        self.expect(reasons <= files, f"reasons without a file: {sorted(reasons - files)}")
        self.expect(not found, f"nobody dropped {[str(paths[0]) for paths in found.values()]}")

    def published_files(self):
        editions = self.state / "editions"
        told = {event.edition: event.edition_published for event in self.events
                if event.type == "edition.published"}
        for row in self.editions:
            number = row["number"]
            folder = editions / f"{number:06d}"
            files = {path.name for path in folder.glob("*")}
            least = {"README.txt", "ranks.csv", "rank-changes.csv", "metrics.csv"}
            least |= {"spend.csv"} if row["comparison"] else set()
            self.expect(least <= files, f"edition {number} lacks the files {sorted(least - files)}")
            self.expect(number in told and told[number].files == len(files),
                        f"edition {number} has {len(files)} files; the event says otherwise")
            if "ranks.csv" in files:
                with open(folder / "ranks.csv", encoding="utf-8", newline="") as file:
                    ranks = {(line["area_code"], line["node"]): int(line["rank"])
                             for line in csv.DictReader(file) if line["rank"]}
                self.expect(ranks == self.ranks(number), f"ranks.csv of edition {number} has other ranks")
        partial = [path.name for path in editions.glob("*.partial")]
        self.expect(not partial, f"half-written folders are left: {partial}")
        newest = f"{len(self.editions):06d}"
        latest = editions / "latest"
        self.expect(latest.is_symlink() and latest.readlink() == pathlib.Path(newest),
                    f"editions/latest does not point to {newest}")

    def all(self):
        for part in (self.database, self.numbers, self.subscribers, self.webhooks, self.requests, self.receipts,
                     self.release_rows, self.edition_for_each_set, self.events_of_editions, self.recompute,
                     self.inbox, self.published_files):
            part()
        self.db.close()
        return self.complaints


def check(state, evidence, protos):
    """The complaints, none if all is as it should be; and what was looked at, in words."""
    one = Check(state, evidence, protos)
    complaints = one.all()
    return complaints, f"{len(one.releases)} releases, {len(one.editions)} editions, {len(one.log)} events, " \
        f"{one.arrived} messages by webhooks"


if __name__ == "__main__":
    found, seen = check(*sys.argv[1:4])
    print("\n".join([f"checked: {seen}"] + [f"complaint: {text}" for text in found]))
    sys.exit(1 if found else 0)
