"""A service that others can reach, and foreign clients of it: pyzmq and protobuf from Debian's
packages, nothing of mindex."""
import importlib
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading

import zmq
from zmq.utils.monitor import recv_monitor_message

from suite import MINDEX, ROOT

PATIENCE_MS = 30000
TURNED_AWAY = (zmq.EVENT_HANDSHAKE_FAILED_AUTH, zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL,
               zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL)


def messages():
    """The module of the messages in proto/, made by protoc."""
    with tempfile.TemporaryDirectory(prefix="mindex-test-") as home:
        subprocess.run(["protoc", f"--proto_path={ROOT}/proto", f"--python_out={home}",
                        *map(str, (ROOT / "proto").glob("*.proto"))], check=True)
        sys.path.insert(0, home)
        return importlib.import_module("bus_pb2")


bus = messages()


def read_key(path):
    """A key file as a dictionary."""
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    return dict(line.split(" = ", 1) for line in lines)


def ended(process):
    """Its status; one that does not end when it is told to is ended, and has failed."""
    try:
        return process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


class Keyed:
    """Processes of one installation with --listen, in a folder of their own, and what they say."""

    def __init__(self, *commands):
        self.commands = commands

    def __enter__(self):
        self.home = tempfile.TemporaryDirectory(prefix="mindex-test-")
        self.state = pathlib.Path(self.home.name) / "state"
        self.context = zmq.Context()
        self.context.linger = 0
        self.said, self.changed = [], threading.Condition()
        self.processes, self.threads, self.monitors = [], [], []
        for command in self.commands:
            self.start(*command)
        self.doors = {door: self.wait_for(f'door={door} endpoint="([^"]+)"')[1]
                      for door in ("hub", "replay", "events")}
        return self

    def __exit__(self, *_):
        self.context.destroy(linger=0)
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        statuses = [ended(process) for process in self.processes]
        for thread in self.threads:
            thread.join()
        self.home.cleanup()
        assert not any(statuses), f"processes ended with {statuses}"

    def start(self, *arguments, state=None):
        """`mindex ARGUMENTS` until the end."""
        process = subprocess.Popen(self.command(MINDEX, *arguments, "--state", state or self.state),
                                   text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        thread = threading.Thread(target=self.listen, args=(process.stderr,))
        thread.start()
        self.processes.append(process)
        self.threads.append(thread)
        return process

    def command(self, *words):
        """The command as a process of the service is started with."""
        return [str(word) for word in words]

    def listen(self, pipe):
        for line in pipe:
            with self.changed:
                self.said.append(line)
                self.changed.notify_all()
        pipe.close()

    def wait_for(self, pattern):
        """The match of the first line that has it, said already or yet to come."""
        def found():
            return next((match for line in self.said if (match := re.search(pattern, line))), None)
        with self.changed:
            assert self.changed.wait_for(found, PATIENCE_MS / 1000), f"nothing said '{pattern}'"
            return found()

    def run(self, *arguments, check=True, **options):
        return subprocess.run([MINDEX, *map(str, arguments), "--state", str(self.state)], text=True,
                              capture_output=True, check=check, timeout=120, **options)

    def new_key(self, name, roles):
        """The path of a new key's file."""
        self.run("key", "new", name, "--role", roles)
        return self.state / "keys" / f"{name}.key"

    def speak(self, door, key, kind=zmq.DEALER):
        """A socket connected with the key in the file, or the dictionary."""
        pair = key if isinstance(key, dict) else read_key(key)
        socket = self.context.socket(kind)
        socket.curve_serverkey = pair["service"].encode()
        socket.curve_publickey = pair["public"].encode()
        socket.curve_secretkey = pair["secret"].encode()
        return self.connect(socket, door)

    def connect(self, socket, door):
        socket.rcvtimeo = socket.sndtimeo = PATIENCE_MS
        # Kept until all is closed: libzmq's thread waits for ever to tell an event of a socket whose
        # monitor nobody holds any more, and no other socket of the context is served meanwhile.
        socket.monitor = socket.get_monitor_socket(addr=f"inproc://monitor-{len(self.monitors)}")
        self.monitors.append(socket.monitor)
        if socket.type == zmq.SUB:
            socket.subscribe(b"")
        socket.connect(self.doors[door])
        return socket


def ask(socket, request=1, **body):
    """The answer to the question."""
    socket.send(bus.Message(version=1, request=request, **body).SerializeToString())
    while True:
        answer = bus.Message.FromString(socket.recv())
        if answer.request == request or answer.WhichOneof("body") == "error":
            return answer


def await_event(socket, kinds):
    """Waits until the socket's monitor tells one of these; which."""
    while socket.monitor.poll(PATIENCE_MS):
        event = recv_monitor_message(socket.monitor)["event"]
        if event in kinds:
            return event
    raise AssertionError(f"none of {kinds} was told")
