"""An installation under attack: its roles, each a process of its own started here, and the connections
between them, which can be cut and delayed. All is ended by process id."""
import collections
import ctypes
import os
import pathlib
import select
import signal
import socket
import subprocess
import threading
import time

ROLES = ("hub", "ingestion", "scoring", "comparison", "publishing")
PR_SET_PDEATHSIG = 1


class Broken(Exception):
    """What must never happen, or did not happen in time."""


def die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def wait_for(what, condition, seconds):
    """Waits until the condition holds, looking often: for what no descriptor tells."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise Broken(f"waited {seconds} s for {what}")
        time.sleep(0.01)


class Proxy(threading.Thread):
    """Listens on a port of loopback and passes everything on to a socket in the file system."""

    def __init__(self, target):
        super().__init__(daemon=True)
        self.target = str(target)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"tcp://127.0.0.1:{self.listener.getsockname()[1]}"
        self.other = {}  # socket -> its counterpart
        self.waiting = collections.defaultdict(bytes)  # socket -> bytes that it is to be sent
        self.held_until = 0.0
        self.cut_now = threading.Event()
        self.ended = threading.Event()
        self.start()

    def cut(self):
        self.cut_now.set()

    def delay(self, seconds):
        self.held_until = time.monotonic() + seconds

    def end(self):
        self.ended.set()
        self.join()

    def drop(self, one):
        for end in (one, self.other.pop(one, None)):
            if end:
                self.other.pop(end, None)
                self.waiting.pop(end, None)
                end.close()

    def accept(self):
        near, _ = self.listener.accept()
        far = socket.socket(socket.AF_UNIX)
        try:
            far.connect(self.target)
        except OSError:  # nobody is there now
            near.close()
            far.close()
            return
        self.other.update({near: far, far: near})
        near.setblocking(False)
        far.setblocking(False)

    def read(self, one):
        try:
            data = one.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self.waiting[self.other[one]] += data
        else:
            self.drop(one)

    def write(self, one):
        try:
            sent = one.send(self.waiting[one])
            self.waiting[one] = self.waiting[one][sent:]
        except BlockingIOError:
            pass
        except OSError:
            self.drop(one)

    def run(self):
        while not self.ended.is_set():
            if self.cut_now.is_set():
                self.cut_now.clear()
                for one in list(self.other):
                    self.drop(one)
            held = time.monotonic() < self.held_until
            full = {self.other[one] for one, data in self.waiting.items() if len(data) > 1 << 20}
            readers = [] if held else [one for one in self.other if one not in full]
            writers = [] if held else [one for one, data in self.waiting.items() if data]
            readable, writable, _ = select.select([self.listener, *readers], writers, [], 0.02)
            for one in readable:
                if one is self.listener:
                    self.accept()
                elif one in self.other:
                    self.read(one)
            for one in writable:
                if one in self.other:
                    self.write(one)
        for one in list(self.other):
            self.drop(one)
        self.listener.close()


class Role:
    """One role's process: begun, stopped, continued, killed and begun again."""

    def __init__(self, installation, name):
        self.of, self.name = installation, name
        self.process, self.point, self.fails, self.stopped = None, None, 0, False
        self.ending = False  # it was told to end

    def start(self, point=None, visit=1, fail=0):
        environment = dict(os.environ, MINDEX_POINTS_FILE=str(self.of.points_file), MINDEX_POINT=point or "",
                           MINDEX_POINT_VISIT=str(visit), MINDEX_POINTS_FAIL=str(fail))
        hub = [] if self.name == "hub" or not self.of.proxied else ["--hub", self.of.hub_proxy.endpoint]
        with open(self.of.evidence / "log", "ab") as log:
            self.process = subprocess.Popen([self.of.program, self.name, "--state", self.of.state, *hub],
                                            stdout=log, stderr=log, env=environment,
                                            preexec_fn=die_with_parent)
        self.point, self.fails, self.stopped, self.ending = point, fail, False, False

    def signal(self, what):
        self.process.send_signal(what)
        if what == signal.SIGSTOP:
            self.stopped = True
        elif what == signal.SIGCONT:
            self.stopped = False
        else:
            self.ending = True

    def kill(self):
        self.signal(signal.SIGKILL)
        self.process.wait()

    def died(self):
        """Whether it is dead, as it should be: by our signal or at its point."""
        if self.process is None:
            return True
        status = self.process.poll()
        if status is None:
            return False
        fine = status == -signal.SIGKILL and (self.ending or self.point) or status == 0 and self.ending
        if not fine:
            raise Broken(f"{self.name} ended by itself with {status}; see the log")
        return True

    def end(self):
        if self.process and self.process.poll() is None:
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
                raise Broken(f"{self.name} did not end within 20 s") from None
        self.died()


class Installation:
    def __init__(self, program, home, proxied, scoring=1):
        home = pathlib.Path(home)
        self.program, self.proxied = str(program), proxied
        self.state, self.evidence = home / "state", home / "evidence"
        self.state.mkdir()
        self.evidence.mkdir()
        self.points_file = self.evidence / "points"
        self.points_file.touch()
        self.points_read = 0
        self.visited, self.deadly = set(), collections.Counter()
        self.hub_proxy, self.events_proxy, self.replay_proxy = (
            Proxy(self.state / name) for name in ("hub", "events", "replay"))
        names = list(ROLES) + ["scoring"] * (scoring - 1)
        self.roles = [Role(self, name) for name in names]

    def role(self, name):
        return next(role for role in self.roles if role.name == name)

    def read_points(self):
        """The points visited since the last call, in order."""
        with open(self.points_file, encoding="ascii") as file:
            file.seek(self.points_read)
            text = file.read()
        whole = text[:text.rfind("\n") + 1]
        self.points_read += len(whole)
        new = whole.split()
        for line in new:
            if line[0] == "?":
                raise Broken(f"the point {line[1:]} is not in the table")
            if line[0] == "!":
                self.deadly[line[1:]] += 1
            self.visited.add(line.lstrip("!"))
        return new

    def end(self):
        """Ends every role, the hub last."""
        faults = []
        for role in sorted(self.roles, key=lambda role: role.name == "hub"):
            try:
                role.end()
            except Broken as fault:
                faults.append(str(fault))
        for proxy in (self.hub_proxy, self.events_proxy, self.replay_proxy):
            proxy.end()
        if faults:
            raise Broken("; ".join(faults))
