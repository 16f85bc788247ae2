"""A soak: thousands of releases through the whole service, by the hub's socket and by the inbox, with
subscribers; memory and open descriptors of every role are sampled, and must not grow once all is warm.

    /usr/bin/python3 tests/bench/soak.py BUILD RELEASES
"""
import pathlib
import shutil
import sys
import time

import zmq

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import bus
import small
from suite import Service

PLACES = 20
SAMPLES = 20
INBOX_EACH = 10        # every tenth release comes by the inbox
COMMAND_EACH = 50      # ... and every fiftieth by a command, a client that comes and goes
IN_FLIGHT = 40         # editions that may be on their way
EDITION_FOLDERS = 100  # that are left on disk, so that the test does not fill it

# What may grow. At first: a worker keeps the releases that it used last (LIBRARY_KEPT, 256, of at least
# 64 KB each), a few packs and editions, and SQLite 2 MB of pages. So growth counts from the sample at
# which all is WARM; of two scoring workers one does most of the work, and the other is warm late. From
# there on nothing should grow: BYTES_A_RELEASE would be a leak, and one descriptor more is one. malloc's
# own unevenness, which does not follow the number of releases, is KEEP_KB.
SCORING = 2
WARM = {1: 320, 2: 3000}
KEEP_KB, BYTES_A_RELEASE = 1024, 64


def roles(up):
    """Process ids by role of the service's processes: `up` and its children, twice the same numbered."""
    children = pathlib.Path(f"/proc/{up}/task/{up}/children").read_text().split()
    found = {"up": up}
    for pid in map(int, children):
        role = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[1].decode()
        found[role if role not in found else f"{role} 2"] = pid
    return found


def sample(pids):
    """Private memory in KB and open descriptors of each."""
    out = {}
    for role, pid in pids.items():
        status = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())
        out[role] = (int(status["RssAnon"].split()[0]), len(list(pathlib.Path(f"/proc/{pid}/fd").iterdir())))
    return out


class Live:
    """A subscriber of the live stream that counts the distinct events that it hears."""

    def __init__(self, endpoint):
        self.socket = zmq.Context.instance().socket(zmq.SUB)
        self.socket.linger = 0
        self.socket.rcvhwm = 0
        self.socket.subscribe(b"published")
        self.socket.connect(endpoint)
        self.editions = set()

    def read(self):
        while self.socket.poll(0):
            _, body = self.socket.recv_multipart()
            self.editions.add(bus.contract_events().Event.FromString(body).edition)


def hand_in(service, peer, number):
    dataset = "pay" if number % 2 else "soot"
    name, text = f"{dataset}-{number:06}.csv", small.release(PLACES, number + 10)
    if number % COMMAND_EACH == 0:
        file = service.state / name
        file.write_text(text)
        service.run("ingest", "--no-wait", file)
        file.unlink()
    elif number % INBOX_EACH == 0:
        (service.state / "inbox" / f".{name}").write_text(text)
        (service.state / "inbox" / f".{name}").rename(service.state / "inbox" / name)
    else:
        answer = peer.ask(60, **small.hand_in({name: text}))
        assert answer.receipt.task, answer


def forget_folders(editions):
    """What an operator would do whose disk is small."""
    for folder in sorted(editions.glob("[0-9]" * 6))[:-EDITION_FOLDERS]:
        shutil.rmtree(folder)


def await_published(peer, wanted, seconds=120):
    """Waits until all but so many editions are out."""
    end, status = time.monotonic() + seconds, None
    while time.monotonic() < end:
        status = peer.ask(status_wanted={}).status
        assert not status.tasks_failed, status
        if status.published >= wanted:
            return
        time.sleep(0.02)
    raise AssertionError(f"{wanted} editions were wanted: {status}")


def follow(replay, after, seen):
    """Reads the log on, in pages; counts editions."""
    while True:
        events = replay.ask(events_wanted={"after": after, "limit": 5000}).events
        assert [event.seq for event in events.events] == list(range(after + 1, after + 1 + len(events.events)))
        seen.update(event.edition for event in events.events if event.type == "edition.published")
        if events.through == after:
            return after
        after = events.through


def soak(releases, scoring=SCORING, say=print):
    """Runs it; returns the samples as (releases handed in, {role: (KB, descriptors)})."""
    samples = []
    with Service("--scoring", str(scoring)) as service, bus.Peer(f"ipc://{service.state}/hub") as peer, \
            bus.Peer(f"ipc://{service.state}/replay") as replay:
        peer.ask(again=0.2, status_wanted={})
        live = Live(f"ipc://{service.state}/events")
        assert peer.ask(60, **small.hand_in(small.pack(PLACES), pack=True)).receipt.task
        await_published(peer, 1)
        after, seen, began = 0, set(), time.monotonic()
        pids = roles(service.up.pid)
        for number in range(1, releases + 1):
            hand_in(service, peer, number)
            if number % IN_FLIGHT == 0:
                await_published(peer, 1 + number - IN_FLIGHT)
                live.read()
            if number % (releases // SAMPLES) == 0:
                await_published(peer, 1 + number)
                after = follow(replay, after, seen)
                forget_folders(service.state / "editions")
                assert roles(service.up.pid) == pids, "a role ended and was started again"
                samples.append((number, sample(pids)))
        seconds = time.monotonic() - began
        live.read()
        status = peer.ask(status_wanted={}).status
        assert status.releases == releases + 3 and status.editions == releases + 1, status
        assert seen == set(range(1, releases + 2)), "the log has not every edition"
        assert len(live.editions) >= releases, (len(live.editions), releases)
        live.socket.close()
    say(f"{releases} releases, {status.newest_event} events in {seconds:.0f} s: {releases / seconds:.0f} a second")
    return samples


def table(samples):
    names = list(samples[0][1])
    lines = ["private memory in KB, and open descriptors", "releases " + "".join(f"{name:>18}" for name in names)]
    for number, found in samples:
        lines.append(f"{number:8} " + "".join(f"{found[name][0]:>13} {found[name][1]:>4}" for name in names))
    return "\n".join(lines)


def growth(samples):
    """What grew beyond the bound since all was warm, as lines; none: nothing. Memory goes up and down with
    what a role is at, so that the least of the later half is held against the least of the earlier."""
    warm = WARM[sum(role.startswith("scoring") for role in samples[0][1])]
    samples = [(number, found) for number, found in samples if number >= warm]
    assert len(samples) >= 4, "too few releases: nothing is warm yet"
    earlier, later = samples[:len(samples) // 2], samples[len(samples) // 2:]
    releases = later[0][0] - earlier[0][0]
    bound = KEEP_KB + releases * BYTES_A_RELEASE // 1024
    found = []
    for role in later[0][1]:
        least = [[min(at[role][what] for _, at in half) for half in (earlier, later)] for what in (0, 1)]
        kb, descriptors = (after - before for before, after in least)
        if kb > bound:
            found.append(f"{role}: {kb} KB more after {releases} releases; bound {bound} KB")
        if descriptors > 0:
            found.append(f"{role}: {descriptors} descriptors more after {releases} releases")
    return found


if __name__ == "__main__":
    result = soak(int(sys.argv[2]))
    print(table(result))
    grew = growth(result)
    print("\n".join(grew) if grew else "nothing grew")
    sys.exit(1 if grew else 0)
