"""What a service manager hears of each role: READY, RELOADING, STOPPING, STATUS, and pings that end when
its loop hangs."""
import contextlib
import os
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import bus
from suite import MINDEX, run, until

WORKERS = ("ingestion", "scoring", "comparison", "publishing")
SECONDS = 30  # after which it will not come any more
PERIOD = 0.2  # within which a ping is wanted


class Manager:
    """The socket that processes speak to, and the processes, each ended by its id."""

    def __enter__(self):
        self.home = tempfile.TemporaryDirectory(prefix="mindex-notify-")
        self.state = pathlib.Path(self.home.name) / "state"
        self.state.mkdir()
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.socket.bind(f"{self.home.name}/notify")
        self.processes = []
        return self

    def __exit__(self, *_):
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
            process.terminate()
            process.wait(SECONDS)
        self.socket.close()
        self.home.cleanup()

    def start(self, role, *options):
        env = dict(os.environ, NOTIFY_SOCKET=f"{self.home.name}/notify",
                   WATCHDOG_USEC=str(int(PERIOD * 1e6)))
        env.pop("WATCHDOG_PID", None)
        process = subprocess.Popen([MINDEX, role, "--state", self.state, *options], env=env,
                                   stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        self.processes.append(process)
        return process

    def next(self, seconds=SECONDS):
        """Who said what, as (pid, lines); None: nobody said anything."""
        self.socket.settimeout(seconds)
        try:
            text, control, _, _ = self.socket.recvmsg(4096, socket.CMSG_SPACE(12))
        except (TimeoutError, BlockingIOError):
            return None
        pid, _, _ = struct.unpack("3i", control[0][2])
        return pid, text.decode().split("\n")

    def await_line(self, process, line):
        """What the process has said until it says the line, pings left out."""
        said = []
        while True:
            heard = self.next()
            assert heard, (line, said)
            if heard[0] == process.pid:
                said += [text for text in heard[1] if text != "WATCHDOG=1"]
            if line in heard[1] and heard[0] == process.pid:
                return said


def test_the_hub_is_ready_when_it_can_be_asked():
    with Manager() as manager:
        hub = manager.start("hub")
        said = manager.await_line(hub, "READY=1")
        assert f"STATUS=heard at ipc://{manager.state}/hub" in said, said
        with bus.Peer(f"ipc://{manager.state}/hub") as peer:
            assert peer.ask(status_wanted={}).status.build
        hub.terminate()
        manager.await_line(hub, "STOPPING=1")
        assert hub.wait(SECONDS) == 0


def test_a_worker_is_ready_without_a_hub_and_says_what_it_waits_for():
    with Manager() as manager:
        endpoint = f"ipc://{manager.state}/hub"
        for role in WORKERS:
            worker = manager.start(role)
            said = manager.await_line(worker, "READY=1")
            worker.terminate()
            assert worker.wait(SECONDS) == 0, role
            manager.processes.remove(worker)
            said += manager.await_line(worker, "STATUS=stopping")
            assert said == [f"STATUS=waits for the hub at {endpoint}", "READY=1", "STOPPING=1",
                            "STATUS=stopping"], (role, said)


def test_a_worker_says_when_the_hub_is_there():
    with Manager() as manager:
        worker = manager.start("scoring")
        manager.await_line(worker, "READY=1")
        manager.start("hub")
        manager.await_line(worker, f"STATUS=at work for the hub at ipc://{manager.state}/hub")


def test_settings_are_read_again_between_reloading_and_ready():
    with Manager() as manager:
        for role in ("hub", "scoring"):
            process = manager.start(role)
            manager.await_line(process, "READY=1")
            process.send_signal(signal.SIGHUP)
            said = manager.await_line(process, "RELOADING=1")
            assert any(line.startswith("MONOTONIC_USEC=") for line in said), said
            manager.await_line(process, "READY=1")


def test_who_cannot_start_is_not_ready():
    with Manager() as manager:
        (manager.state / "mindex.db").write_text("this is no database " * 100)
        hub = manager.start("hub")
        assert hub.wait(SECONDS) != 0
        manager.processes.remove(hub)
        assert manager.next(0) is None


def test_pings_come_at_most_twice_in_a_period_however_busy_the_loop_is():
    with Manager() as manager:
        began = time.monotonic()
        hub = manager.start("hub")
        manager.await_line(hub, "READY=1")
        pings = 0
        with bus.Peer(f"ipc://{manager.state}/hub") as peer:
            while pings < 4:
                assert peer.ask(status_wanted={}).status.build
                while heard := manager.next(0):
                    pings += heard[1].count("WATCHDOG=1")
                assert time.monotonic() - began < SECONDS
        assert pings <= 1 + (time.monotonic() - began) / (PERIOD / 2), pings


def test_pings_end_when_the_loop_hangs():
    with Manager() as manager:
        for role in ("hub", "scoring"):
            process = manager.start(role)
            manager.await_line(process, "READY=1")
            manager.await_line(process, "WATCHDOG=1")
            process.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, process.pid, os.WSTOPPED)
            while manager.next(0):
                continue
            assert manager.next(2 * PERIOD) is None, role
            process.send_signal(signal.SIGCONT)
            manager.await_line(process, "WATCHDOG=1")
            manager.processes.remove(process)
            process.terminate()
            manager.await_line(process, "STOPPING=1")
            assert process.wait(SECONDS) == 0


def test_up_speaks_for_its_children():
    with Manager() as manager:
        up = manager.start("up", "--scoring", "1")
        manager.await_line(up, "READY=1")
        with bus.Peer(f"ipc://{manager.state}/hub") as peer:
            while len(peer.ask(again=0.1, status_wanted={}).status.workers) < 4:
                assert manager.next()[0] == up.pid
        up.terminate()
        assert up.wait(SECONDS) == 0
        manager.processes.remove(up)
        senders = set()
        while heard := manager.next(0):
            senders.add(heard[0])
        assert senders == {up.pid}, senders


def test_who_reads_its_settings_again_is_ready_again():
    with Manager() as manager:
        for role in ("up", "hub", *WORKERS):  # a mistake does not keep one from being ready, either
            (manager.state / "mindex.conf").write_text("")
            process = manager.start(role)
            manager.await_line(process, "READY=1")
            for text in ("hub.retry_ms = 5\n", "hub.retry_ms = 0\n"):
                (manager.state / "mindex.conf").write_text(text)
                process.send_signal(signal.SIGHUP)
                said = manager.await_line(process, "RELOADING=1")
                assert "READY=1" not in said and any(line.startswith("MONOTONIC_USEC=") for line in said), (role, said)
                manager.await_line(process, "READY=1")
            process.terminate()
            assert process.wait(SECONDS) == 0, role
            manager.processes.remove(process)


def pends(pid, wanted):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    pending = next(line for line in status.splitlines() if line.startswith("ShdPnd:"))
    return int(pending.split()[1], 16) >> (wanted - 1) & 1


def test_where_nobody_listens_a_process_whose_loop_hangs_ends_itself():
    """As the first process of a container, which the kernel spares signals that it does not take."""
    patience = 2  # much longer than a busy machine keeps a process from running
    with tempfile.TemporaryDirectory(prefix="mindex-notify-") as home:
        env = {name: value for name, value in os.environ.items() if not name.startswith(("NOTIFY_", "WATCHDOG_"))}
        first = ["unshare", "--pid", "--fork", "--kill-child"] if os.geteuid() == 0 else []
        started = subprocess.Popen([*first, MINDEX, "hub", "--state", home], env=dict(env, WATCHDOG_USEC=str(int(patience * 1e6))),
                                   stderr=subprocess.PIPE, text=True)
        try:
            with bus.Peer(f"ipc://{home}/hub") as peer:
                began = time.monotonic()
                while time.monotonic() - began < 1.2 * patience:  # the loop turns, and the time begins again
                    assert peer.ask(status_wanted={}).status.build
            children = pathlib.Path(f"/proc/{started.pid}/task/{started.pid}/children").read_text().split()
            hub = int(children[0]) if first else started.pid
            os.kill(hub, signal.SIGSTOP)
            until(lambda: pends(hub, signal.SIGALRM), "the alarm")
            os.kill(hub, signal.SIGCONT)
            _, log = started.communicate(timeout=SECONDS)
            assert started.returncode == 142, (started.returncode, log)
            assert "the loop has hung" in log, log
        finally:
            started.kill()
            started.wait()


run([case for name, case in sorted(globals().items()) if name.startswith("test_")])
