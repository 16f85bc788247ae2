"""The contract in Python, for tests that speak with a service as any other system would, or that play
the hub."""
import atexit
import importlib
import shutil
import subprocess
import sys
import tempfile
import time

import zmq

from suite import ROOT


def contract():
    """The module of proto/bus.proto, compiled once a test program."""
    if "bus_pb2" not in sys.modules:
        home = tempfile.mkdtemp(prefix="mindex-proto-")
        atexit.register(shutil.rmtree, home, True)
        subprocess.run(["protoc", f"--proto_path={ROOT}/proto", f"--python_out={home}",
                        *map(str, (ROOT / "proto").glob("*.proto"))], check=True)
        sys.path.insert(0, home)
    return importlib.import_module("bus_pb2")


def contract_events():
    """The module of proto/events.proto."""
    contract()
    return importlib.import_module("events_pb2")


class Peer:
    """A client of a hub, or of the replay endpoint."""

    def __init__(self, endpoint):
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.connect(endpoint)
        self.request = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, **body):
        """Asks, and does not wait: the request's number."""
        self.request += 1
        self.socket.send(self.message(body))
        return self.request

    def message(self, body):
        return contract().Message(version=1, request=self.request, **body).SerializeToString()

    def receive(self, seconds):
        """The next message, or None."""
        if not self.socket.poll(seconds * 1000):
            return None
        return contract().Message.FromString(self.socket.recv())

    def ask(self, seconds=30, again=None, **body):
        """The answer; asked again, under the same number, each `again` seconds."""
        end = time.monotonic() + seconds
        self.request += 1
        while True:
            self.socket.send(self.message(body))
            answer = self.receive(again or seconds)
            while answer and answer.request != self.request:
                answer = self.receive(again or seconds)
            if answer:
                return answer
            assert time.monotonic() < end, f"no answer within {seconds} s"


class FakeHub:
    """Takes the hub's place on an endpoint, and hears what comes."""

    def __init__(self, endpoint):
        self.socket = zmq.Context.instance().socket(zmq.ROUTER)
        self.socket.linger = 0
        self.socket.bind(endpoint)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def hear(self, kind, seconds=10):
        """Waits for a message of this kind: who sent it, and the message."""
        end = time.monotonic() + seconds
        while self.socket.poll(max(0, end - time.monotonic()) * 1000):
            sender, body = self.socket.recv_multipart()
            message = contract().Message.FromString(body)
            if message.WhichOneof("body") == kind:
                return sender, message
        raise AssertionError(f"no {kind} came within {seconds} s")

    @staticmethod
    def read(message):
        return contract().Message.FromString(message)

    def say(self, to, **body):
        self.socket.send_multipart([to, contract().Message(version=1, **body).SerializeToString()])
