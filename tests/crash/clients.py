"""Who speaks with the service: a client that asks until it is answered, and three subscribers."""
import random
import threading
import time

import zmq

from installation import Broken

RETRY_S = 0.4
ANSWER_S = 60


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def parts(data, wanted):
    """The bytes of each field `wanted` (of length-delimited type) of a protobuf message, as they came."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        kind = key & 7
        if kind == 0:
            _, at = varint(data, at)
        elif kind in (1, 5):
            at += 8 if kind == 1 else 4
        else:
            length, at = varint(data, at)
            if key >> 3 == wanted:
                yield data[at:at + length]
            at += length


class Client:
    """Asks, and asks again until there is an answer; now and then from another socket."""

    def __init__(self, context, bus, endpoint, seed=0):
        self.context, self.bus, self.endpoint = context, bus, endpoint
        self.random, self.socket, self.number = random.Random(seed), None, 0

    def open(self):
        self.close()
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.RECONNECT_IVL, 20)
        self.socket.connect(self.endpoint)

    def close(self):
        if self.socket:
            self.socket.close()
            self.socket = None

    def ask(self, message, seconds=ANSWER_S):
        self.number += 1
        message.version, message.request = 1, self.number
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not self.socket or self.random.random() < 0.1:
                self.open()
            self.socket.send(message.SerializeToString())
            retry = time.monotonic() + RETRY_S
            while (left := retry - time.monotonic()) > 0:
                if not self.socket.poll(int(left * 1000) + 1):
                    break
                frame = self.socket.recv()
                answer = self.bus.Message.FromString(frame)
                if answer.request == self.number:
                    return answer, frame
        raise Broken(f"no answer to {message.WhichOneof('body')} within {seconds} s")


class Subscriber(threading.Thread):
    """Hears the log and keeps every event as the bytes that came."""

    def __init__(self, name, context, protos, replay):
        super().__init__(daemon=True)
        self.name, self.context, self.protos, self.replay = name, context, protos, replay
        self.heard, self.after, self.fault = [], 0, None
        self.ended = threading.Event()

    def events_wanted(self, wait_ms, limit):
        return self.protos.bus.Message(version=1, events_wanted={
            "after": self.after, "wait_ms": wait_ms, "limit": limit})

    def take(self, frame):
        """An answer of replay: its events one after another, whatever their numbers."""
        message = self.protos.bus.Message.FromString(frame)
        if message.HasField("error"):
            raise Broken(f"subscriber {self.name}: {message.error.reason}")
        for events in parts(frame, 42):
            self.heard += list(parts(events, 1))
        self.after = message.events.through

    def keep(self, folder):
        text = "".join(event.hex() + "\n" for event in self.heard)
        (folder / f"{self.name}.events").write_text(text)

    def end(self):
        self.ended.set()
        self.join()
        if self.fault:
            raise self.fault

    def run(self):
        try:
            self.listen()
        except Exception as fault:  # told by end()
            self.fault = fault


class Always(Subscriber):
    """Listens to the live stream and asks replay for what it has missed."""

    def __init__(self, name, context, protos, replay, events):
        super().__init__(name, context, protos, replay)
        self.events = events

    def listen(self):
        live = self.context.socket(zmq.SUB)
        live.setsockopt(zmq.LINGER, 0)
        live.setsockopt(zmq.RECONNECT_IVL, 20)
        live.subscribe(b"")
        live.connect(self.events)
        client = Client(self.context, self.protos.bus, self.replay, 1)
        while not self.ended.is_set():
            if not live.poll(50):
                continue
            topic, body = live.recv_multipart()
            if topic == b"heartbeat":
                behind = self.protos.events.Events.FromString(body).newest > self.after
            else:
                number = self.protos.events.Event.FromString(body).seq
                if number == self.after + 1:
                    self.heard.append(body)
                    self.after = number
                behind = number > self.after
            if behind:
                self.catch_up(client)
        client.close()
        live.close()

    def catch_up(self, client):
        while not self.ended.is_set():
            try:
                _, frame = client.ask(self.events_wanted(0, 1000), 1)
            except Broken:
                continue  # publishing is down
            self.take(frame)
            return


class Reconnects(Subscriber):
    """The loop of deploy/WIRE.md, on a socket that is closed and opened again at any moment."""

    def __init__(self, name, context, protos, replay, seed):
        super().__init__(name, context, protos, replay)
        self.random = random.Random(seed)

    def listen(self):
        client = Client(self.context, self.protos.bus, self.replay, 2)
        while not self.ended.is_set():
            client.open()
            for _ in range(self.random.randint(1, 8)):
                client.socket.send(self.events_wanted(500, self.random.randint(1, 300)).SerializeToString())
                if not client.socket.poll(self.random.randint(1, 1000)):
                    break
                self.take(client.socket.recv())
        client.close()


class Late(Subscriber):
    """Starts from 0 when all is over."""

    def catch_up(self, newest):
        client = Client(self.context, self.protos.bus, self.replay, 3)
        while self.after < newest:
            self.take(client.ask(self.events_wanted(0, 50))[1])
        client.close()
