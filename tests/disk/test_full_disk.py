"""A service whose disk is full, or fails under a running hub: it says so, refuses what would have
to be stored, keeps what it acknowledged, and goes on by itself when there is space."""
import ctypes
import json
import mmap
import os
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import databases  # noqa: E402
import suite  # noqa: E402

FULL, IO, SHORT, READ_ONLY = range(4)
ANYWHERE = 0
FOR_EVER = 2**64 - 1


class Faulty(ctypes.Structure):
    """struct faulty of faulty.h, in a file that the hub maps, too."""
    _fields_ = [("seen", ctypes.c_uint64), ("first", ctypes.c_uint64), ("last", ctypes.c_uint64),
                ("met", ctypes.c_uint64), ("kind", ctypes.c_uint32), ("where", ctypes.c_uint32)]


class FailingService(suite.Service):
    """Its disk fails when `fail` says so."""

    def __enter__(self):
        self.control = tempfile.NamedTemporaryFile(prefix="mindex-faulty-")
        self.control.truncate(ctypes.sizeof(Faulty))
        self.map = mmap.mmap(self.control.fileno(), ctypes.sizeof(Faulty))
        self.disk = Faulty.from_buffer(self.map)
        self.mindex = suite.BUILD / "tests" / "disk" / "mindex-disk"
        self.env = dict(os.environ, MINDEX_FAULTY=self.control.name)
        self.prepare = lambda state: databases.make(state / "mindex.db")
        super().__enter__()
        self.run("watch", "--topic", "published", "--after", "27", "--count", "1")
        return self

    def fail(self, kind, first=1, last=FOR_EVER):
        self.disk.first = 0
        self.disk.seen = self.disk.met = 0
        self.disk.kind, self.disk.where, self.disk.last = kind, ANYWHERE, last
        self.disk.first = first

    def mend(self):
        self.disk.first = 0


def status(service):
    return json.loads(service.run("status", "--json").stdout)


def until(condition, what):
    """Asked again until it is so: the question and its answer are the pause."""
    end = time.monotonic() + 60
    while not (found := condition()):
        assert time.monotonic() < end, f"{what} has not come"
    return found


def hand_in(service, year, check=True, wait=True):
    path = service.state / f"soot-{year}.csv"
    path.write_text(databases.soot(year, year % 5))
    return service.run("ingest", "--accept-warnings", *([] if wait else ["--no-wait"]), path,
                       check=check)


def releases(service):
    return databases.ask(service.state / "mindex.db", "SELECT count(*) FROM release")[0]


def log(service):
    return (pathlib.Path(service.home.name) / "log").read_text()


def test_a_hub_whose_disk_fails_says_so_refuses_at_once_and_goes_on_by_itself():
    for kind, words in ((FULL, "disk is full"), (IO, "I/O error"), (SHORT, "I/O error"),
                        (READ_ONLY, "readonly")):
        with FailingService() as service:
            assert "cannot_write" not in status(service)
            before = releases(service)
            service.fail(kind)
            done = service.run("withdraw", "5", "--reason", "A mistake.", check=False)
            assert done.returncode == 1 and words in done.stderr, done.stderr
            # Now the hub knows, and does not try for each.
            done = hand_in(service, 2031, check=False)
            assert done.returncode == 1 and "takes nothing in until it can" in done.stderr, (
                kind, done.stderr)
            done = service.run("withdraw", "5", "--reason", "A mistake.", check=False)
            assert done.returncode == 1 and "takes nothing in until it can" in done.stderr, (
                kind, done.stderr)
            found = status(service)
            assert words in found["cannot_write"] and found["cannot_write_since"][-1] == "Z"
            shown = service.run("status").stdout
            assert "the database cannot be written since 20" in shown, shown
            # Readers are served meanwhile.
            assert len(service.run("ranks", "--csv").stdout.splitlines()) == 7
            assert 'msg="the database cannot be written"' in log(service)
            service.mend()
            until(lambda: "cannot_write" not in status(service), "the end of it")
            assert 'msg="the database can be written again"' in log(service)
            assert releases(service) == before
            assert "edition 4:" in hand_in(service, 2030).stdout
            assert json.loads(service.run("verify", "--all", "--json").stdout)["sound"]


def test_results_that_come_while_the_disk_is_full_are_stored_when_there_is_space():
    with FailingService() as service:
        for first in range(1, 40, 6):  # the receipt, the scores, the comparison, the publishing
            year = 2030 + first
            service.fail(FULL, first)
            done = hand_in(service, year, check=False, wait=False)
            accepted = done.returncode == 0
            if not accepted:
                assert "takes nothing in until it can" in done.stderr, done.stderr
            if service.disk.met or not accepted:
                until(lambda: "cannot_write" in status(service), "word of it")
            service.mend()
            until(lambda: "cannot_write" not in status(service), "the end of it")
            if not accepted:
                hand_in(service, year)
            database = service.state / "mindex.db"
            until(lambda: databases.ask(database, "SELECT count(*) FROM task")[0] == 1 and
                  databases.ask(database, "SELECT min(published) FROM edition WHERE number > 2")
                  == (1,), "every edition")
            found = databases.ask(database, "SELECT count(*) FROM release WHERE label = '%d'"
                                  % year)
            assert found == (1,), found
        report = json.loads(service.run("verify", "--all", "--json").stdout)
        assert report["sound"] and report["newest_edition"] == 3 + 7
        assert status(service)["tasks_failed"] == 1  # the one that was set aside before


def test_a_file_in_the_inbox_waits_until_there_is_space():
    with FailingService() as service:
        service.fail(FULL)
        assert hand_in(service, 2030, check=False).returncode == 1
        part = service.state / "inbox" / "soot-2026.csv.part"
        part.write_text(databases.HEADER + "E01,2026,5.5,\nE02,2026,1,\nE03,2026,3,\n"
                        "E04,2026,2,\nE05,2026,9,\nE06,2026,0,\n")
        part.rename(service.state / "inbox" / "soot-2026.csv")
        until(lambda: 'msg="file waits in the inbox"' in log(service), "word of it")
        assert (service.state / "inbox" / "soot-2026.csv").exists()
        service.mend()
        until(lambda: list((service.state / "accepted").glob("*soot-2026*")), "the file")
        assert not list((service.state / "rejected").iterdir())


def mounted(folder, size):
    """A small file system of its own; None where that is not allowed."""
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder],
                          capture_output=True)
    return folder if done.returncode == 0 else None


def test_a_disk_that_is_really_full():
    with tempfile.TemporaryDirectory(prefix="mindex-full-") as home:
        folder = pathlib.Path(home) / "small"
        folder.mkdir()
        if os.getuid() != 0 or not mounted(folder, "24m"):
            print("skipped: a file system of its own cannot be mounted here")
            return
        try:
            fill_and_empty(folder)
        finally:
            subprocess.run(["umount", folder], check=True)


def fill(path):
    with open(path, "wb", buffering=0) as out:
        try:
            while True:
                out.write(bytes(65536))
        except OSError:
            pass
        try:
            while True:
                out.write(b"0")
        except OSError:
            pass


def fill_and_empty(folder):
    def in_small(state):
        state.rmdir()
        (folder / "state").mkdir()
        state.symlink_to(folder / "state")
        databases.make(state / "mindex.db")

    with suite.Service(prepare=in_small) as service:
        service.run("watch", "--topic", "published", "--after", "27", "--count", "1")
        hand_in(service, 2030)
        held = releases(service)
        fill(folder / "filler")
        for year in range(2031, 2090):  # what the log has room for is still taken
            path = pathlib.Path(service.home.name) / f"soot-{year}.csv"
            path.write_text(databases.soot(year, year % 5))
            done = service.run("ingest", "--no-wait", "--accept-warnings", path, check=False)
            if done.returncode:
                break
            held += 1
        assert done.returncode == 1 and "disk is full" in done.stderr, done.stderr
        assert "disk is full" in status(service)["cannot_write"]
        assert releases(service) == held
        (folder / "filler").unlink()
        until(lambda: "cannot_write" not in status(service), "the end of it")
        done = service.run("ingest", "--accept-warnings", path)
        assert "6 places ranked" in done.stdout
        report = json.loads(service.run("verify", "--all", "--json").stdout)
        assert report["sound"] and releases(service) == held + 1


def test_a_hub_on_a_read_only_disk_does_not_start_and_says_why():
    with tempfile.TemporaryDirectory(prefix="mindex-full-") as home:
        folder = pathlib.Path(home) / "small"
        folder.mkdir()
        if os.getuid() != 0 or not mounted(folder, "8m"):
            print("skipped: a file system of its own cannot be mounted here")
            return
        try:
            databases.make(folder / "mindex.db")
            subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
            done = subprocess.run([suite.MINDEX, "hub", "--state", folder], text=True,
                                  capture_output=True, timeout=60)
            assert done.returncode == 1 and "Read-only file system" in done.stderr, done.stderr
            done = subprocess.run([suite.MINDEX, "verify", "--state", folder], text=True,
                                  capture_output=True, timeout=60)
            assert done.returncode == 0, done.stderr
            subprocess.run(["mount", "-o", "remount,rw", folder], check=True)
            fill(folder / "filler")
            done = subprocess.run([suite.MINDEX, "hub", "--state", folder], text=True,
                                  capture_output=True, timeout=60)
            assert done.returncode == 1, "started"
            assert "full" in done.stderr or "I/O error" in done.stderr, done.stderr
            (folder / "filler").unlink()
            subprocess.run([suite.MINDEX, "verify", "--state", folder], check=True, timeout=60,
                           capture_output=True)
        finally:
            subprocess.run(["umount", folder], check=True)


suite.run([value for name, value in list(globals().items()) if name.startswith("test_")])
