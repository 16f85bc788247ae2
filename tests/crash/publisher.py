"""What publishers and people do to an installation while it is attacked, and what they hold of it: the
receipts, and what they dropped into the inbox."""
import hashlib
import json
import random
import re
import subprocess
import threading
import time

import pack
from clients import Client
from installation import Broken


BACKLOG_MAX = 15  # tasks
UNDELIVERED_MAX = 600  # events, by webhooks


class Notes:
    """What all publishers of one run write down; the checker reads it."""

    def __init__(self, evidence):
        self.evidence, self.lock = evidence, threading.Lock()
        self.number, self.inbox, self.together = 0, {}, []
        self.receipts = open(evidence / "receipts.jsonl", "a", encoding="utf-8")
        self.due, self.loaded = set(), threading.Event()
        self.batch = []  # (edition, steps, file): results of batch jobs
        self.delivered = lambda: 0  # the newest event that a webhook has brought

    def label(self):
        with self.lock:
            self.number += 1
            return f"r{self.number:05d}"

    def due_at(self, seconds):
        """A time that no other release has."""
        with self.lock:
            when = int((time.time() + seconds) * 1000)
            while when in self.due:
                when += 1
            self.due.add(when)
            return when

    def add(self, receipt):
        with self.lock:
            self.receipts.write(json.dumps(receipt) + "\n")

    def close(self):
        self.receipts.close()
        (self.evidence / "inbox.json").write_text(json.dumps(self.inbox))
        (self.evidence / "together.json").write_text(json.dumps(self.together))


def digest(content):
    return hashlib.sha256(content).hexdigest()


class Publisher(threading.Thread):
    """Does one thing after another, as its seed says, until it is told to end."""

    def __init__(self, installation, context, protos, notes, seed, inbox_only=False):
        super().__init__(daemon=True)
        self.of, self.bus, self.notes, self.random = installation, protos.bus, notes, random.Random(seed)
        hub = f"ipc://{installation.state}/hub"
        self.client = Client(context, protos.bus, installation.hub_proxy.endpoint
                             if installation.proxied else hub, seed)
        self.replay = Client(context, protos.bus, installation.replay_proxy.endpoint, seed + 1)
        self.files = []  # (name, content) that were handed in
        self.releases = []  # those that may be withdrawn
        self.loads = False  # it begins with the pack
        self.fault, self.ended = None, threading.Event()
        self.acts = self.inbox_acts() if inbox_only else self.all_acts()

    # --- hand-ins ----------------------------------------------------------------------------------

    def hand_in(self, files, **how):
        message = self.bus.Message(hand_in=how)
        for name, content in files:
            message.hand_in.files.add(name=name, content=content)
        answer, _ = self.client.ask(message)
        if answer.HasField("receipt"):
            self.notes.add({"kind": "handed in", "through": answer.receipt.through,
                            "files": {name.rsplit("/", 1)[-1]: digest(content) for name, content in files},
                            "releases": [{"release": one.release, "dataset": one.dataset,
                                          "file_name": one.file_name.rsplit("/", 1)[-1],
                                          "duplicate": one.duplicate, "held": one.HasField("held_until_ms")}
                                         for one in answer.receipt.releases]})
        return answer

    def receipt(self, files, **how):
        answer = self.hand_in(files, **how)
        if not answer.HasField("receipt"):
            raise Broken(f"no receipt but {answer}")
        return answer.receipt

    def load(self):
        """The pack with its first releases, each under a name of its own."""
        files = list(pack.files(self.random).items())
        self.notes.together.append([digest(content) for name, content in files if "/" in name])
        message = self.bus.Message(hand_in={"pack": True})
        for name, content in files:
            message.hand_in.files.add(name=name, content=content)
        answer, _ = self.client.ask(message)
        if not answer.HasField("receipt"):
            raise Broken(f"no receipt for the pack but {answer}")
        self.notes.loaded.set()

    def fresh(self, label=None):
        dataset = self.random.choice(["pay", "soot", "soot", "money"])
        return f"{dataset}-{label or self.notes.label()}.csv", pack.release(self.random, dataset)

    def new_release(self):
        file = self.fresh()
        self.releases.append(self.receipt([file]).releases[0].release)
        self.files.append(file)

    def revision(self):
        if self.files:
            name = self.random.choice(self.files)[0]
            file = name, pack.release(self.random, name.split("-")[0])
            self.releases.append(self.receipt([file]).releases[0].release)
            self.files.append(file)

    def same_again(self):
        if self.files:
            self.receipt([self.random.choice(self.files)])

    def held(self):
        file = self.fresh()
        self.receipt([file], publish_at_ms=self.notes.due_at(self.random.uniform(0.05, 0.6)))
        self.files.append(file)

    def held_withdrawn_and_held_again(self):
        file = self.fresh()
        release = self.receipt([file], publish_at_ms=self.notes.due_at(3600)).releases[0].release
        self.withdraw(release)
        self.receipt([file], publish_at_ms=self.notes.due_at(0.2))

    def withdraw(self, release):
        order = {"release": release, "reason": "For the test."}
        answer, _ = self.client.ask(self.bus.Message(withdraw=order))
        if not answer.HasField("withdrawn"):
            raise Broken(f"not withdrawn: {answer}")
        self.notes.add({"kind": "withdrawn", "release": release, "held": answer.withdrawn.held,
                        "duplicate": answer.withdrawn.duplicate, "through": answer.withdrawn.through})

    def withdraw_newest(self):
        if self.releases:
            self.withdraw(self.releases[-1])

    def withdraw_and_hand_in_again(self):
        file = self.fresh()
        self.withdraw(self.receipt([file]).releases[0].release)
        self.receipt([file])

    def bad(self):
        answer = self.hand_in([("soot-bad.csv", pack.bad_release(self.random))])
        if not answer.HasField("refusal"):
            raise Broken(f"no refusal but {answer}")

    # --- batch jobs --------------------------------------------------------------------------------

    def newest(self):
        """The newest edition, or None."""
        message = self.bus.Message()
        message.edition_wanted.SetInParent()
        found, _ = self.client.ask(message)
        return found.edition.info if found.HasField("edition") else None

    def batch(self, *arguments):
        """`mindex batch`, again while the hub is away for too long."""
        for _ in range(10):
            done = subprocess.run([self.of.program, "batch", *map(str, arguments), "--state", self.of.state],
                                  capture_output=True, text=True, timeout=60, check=False)
            if done.returncode != 1 or "no answer" not in done.stderr:
                return done
        raise Broken(f"mindex batch {arguments}: {done.stderr}")

    def weights(self, edition, steps, *more):
        return self.batch("weights", "--level", "metric", "--steps", steps, "--edition", edition, *more)

    def batch_job(self):
        edition = self.newest()
        if edition:
            steps = self.random.randrange(300, 1000)
            out = self.of.evidence / f"batch-{self.notes.label()}"
            done = self.weights(edition.number, steps, "--out", out)
            if done.returncode:
                raise Broken(f"a batch job has no result: {done.stderr}")
            self.notes.batch.append((edition.number, steps, out))

    def batch_job_cancelled(self):
        edition = self.newest()
        if edition:
            done = self.weights(edition.number, self.random.randrange(300, 1000), "--detach")
            job = re.search(r"\d+", done.stdout)
            if done.returncode or not job:
                raise Broken(f"a batch job was not taken: {done.stderr}{done.stdout}")
            done = self.batch("cancel", job.group())
            if done.returncode not in (0, 3):
                raise Broken(f"a batch job was not cancelled: {done.stderr}")

    def batch_job_that_fails(self):
        """The definition does not say what would be uncertain; the hub cannot know that."""
        edition = self.newest()
        if edition:
            study = {"kind": "uncertainty", "pack": edition.pack, "nodes": ["all"], "items": 1000,
                     "seed": self.random.randrange(10**9)}
            answer, _ = self.client.ask(self.bus.Message(submit_study={"study": study}))
            if not answer.HasField("jobs"):
                raise Broken(f"a batch job was not taken: {answer}")
            wanted = self.bus.Message(jobs_wanted={"job": answer.jobs.jobs[0].job})
            while answer.jobs.jobs[0].state in ("waiting", "running") and not self.ended.wait(0.05):
                answer, _ = self.client.ask(wanted)

    # --- questions ---------------------------------------------------------------------------------

    def trial(self):
        answer = self.hand_in([self.fresh("trial")], dry_run=True)
        if not answer.HasField("trial"):
            raise Broken(f"no trial but {answer}")

    def questions(self):
        for which, answer in (("editions_wanted", "editions"), ("releases_wanted", "releases"),
                              ("status_wanted", "status")):
            message = self.bus.Message()
            getattr(message, which).SetInParent()
            found, _ = self.client.ask(message)
            if not found.HasField(answer):
                raise Broken(f"asked for {answer}: {found}")
        message = self.bus.Message()
        message.edition_wanted.SetInParent()
        found, _ = self.client.ask(message)
        if not found.HasField("edition") and "no edition yet" not in found.error.reason:
            raise Broken(f"asked for the newest edition: {found}")

    def mistakes(self):
        message = self.bus.Message(withdraw={"release": 10**9, "reason": "There is none."})
        if not self.client.ask(message)[0].HasField("error"):
            raise Broken("a release that is not there was withdrawn")
        message = self.bus.Message()
        message.status_wanted.SetInParent()
        if not self.replay.ask(message)[0].HasField("error"):
            raise Broken("replay answers other questions than for events")

    # --- the inbox ---------------------------------------------------------------------------------

    def drop(self, name, content, expected):
        inbox = self.of.state / "inbox"
        inbox.mkdir(exist_ok=True)
        self.notes.inbox[name] = {"hash": digest(content), "expected": expected}
        part = inbox / (name + ".part")
        part.write_bytes(content)
        part.rename(inbox / name)

    def drop_good(self):
        self.drop(*self.fresh(), "accepted")

    def drop_bad(self):
        self.drop(f"soot-{self.notes.label()}.csv", pack.bad_release(self.random), "rejected")

    def inbox_is_empty(self):
        return not any((self.of.state / "inbox").glob("*.csv"))

    def wait_for_room(self):
        """Editions take longer to publish than releases to hand in, and events to deliver."""
        while not self.ended.is_set():
            message = self.bus.Message()
            message.status_wanted.SetInParent()
            status = self.client.ask(message)[0].status
            undelivered = status.newest_event - self.notes.delivered()
            if (status.tasks_ready + status.tasks_leased < BACKLOG_MAX and undelivered < UNDELIVERED_MAX) \
                    or self.ended.wait(0.05):
                return

    # --- the whole ---------------------------------------------------------------------------------

    def all_acts(self):
        return [self.new_release, self.revision, self.same_again, self.held, self.withdraw_newest,
                self.withdraw_and_hand_in_again, self.held_withdrawn_and_held_again, self.bad, self.trial,
                self.questions, self.mistakes, self.batch_job, self.batch_job_cancelled,
                self.batch_job_that_fails]

    def inbox_acts(self):
        return [self.drop_good, self.drop_bad]

    def run(self):
        try:
            if self.loads:
                self.load()
            while not self.notes.loaded.wait(0.1) and not self.ended.is_set():
                pass
            while not self.ended.is_set():
                acts = list(self.acts)
                self.random.shuffle(acts)
                for act in acts:
                    if self.ended.is_set():
                        break
                    act()
                    self.wait_for_room()
                while self.acts[0] == self.drop_good and not self.inbox_is_empty() \
                        and not self.ended.wait(0.02):
                    pass  # no more is dropped than is taken
        except Exception as fault:  # told by end()
            self.fault = fault
        self.client.close()
        self.replay.close()

    def end(self):
        self.ended.set()
        self.join()
        if self.fault:
            raise self.fault
