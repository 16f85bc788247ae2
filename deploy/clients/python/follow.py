"""Follows the rank changes of a mindex service and writes each into a file, once and in order, whatever
is killed in between.

    python3 follow.py ENDPOINT FILE [TOPIC ...]

ENDPOINT is the service's replay endpoint; MINDEX_KEY names the key file where one is asked for. Needs
pyzmq, and protobuf with the modules that protoc makes of proto/ in PYTHONPATH."""
import os
import sys
import time

import zmq

from bus_pb2 import Message

WAIT_MS = 10000  # how long the service may keep a question that it has no answer to
LATE_MS = 15000  # after which the answer was lost, and the question is asked again


def last_line(file):
    """What the file has last; a line that was being written when we were killed is taken off."""
    file.seek(0)
    whole = file.read()
    end = whole.rfind(b"\n") + 1
    file.truncate(end)
    file.seek(end)
    return whole[:end].splitlines()[-1].split(b"\t") if end else None


def connect(context, endpoint):
    socket = context.socket(zmq.DEALER)
    socket.linger = 0
    if os.environ.get("MINDEX_KEY") and not endpoint.startswith("ipc:"):
        with open(os.environ["MINDEX_KEY"], encoding="ascii") as file:
            key = dict(line.rstrip("\n").split(" = ", 1) for line in file if " = " in line)
        socket.curve_serverkey = key["service"].encode()
        socket.curve_publickey = key["public"].encode()
        socket.curve_secretkey = key["secret"].encode()
    socket.connect(endpoint)
    return socket


def ask(socket, request, wanted):
    """The answer to this question and to no earlier one; None: it is late."""
    socket.send(Message(version=1, request=request, events_wanted=wanted).SerializeToString())
    end = time.monotonic() + LATE_MS / 1000
    while socket.poll(max(0, int(1000 * (end - time.monotonic())))):
        answer = Message.FromString(socket.recv())
        if answer.request == request:
            return answer
    return None


def line_of(event):
    move = event.rank_changed
    old = str(move.old_rank) if move.HasField("old_rank") else ""  # the place had no rank
    new = str(move.new_rank) if move.HasField("new_rank") else ""  # ... and has none now
    return f"{event.seq}\t{event.time_ms}\t{move.area}\t{move.node}\t{old}\t{new}\n".encode()


def follow(endpoint, path, topics):
    with open(path, "a+b") as file, zmq.Context() as context:
        last = last_line(file)
        after, after_time_ms = (int(last[0]), int(last[1])) if last else (0, 0)
        socket, request = connect(context, endpoint), 0
        while True:
            request += 1
            wanted = {"after": after, "wait_ms": WAIT_MS, "topics": topics}
            if after == 0:  # who has nothing yet begins with the oldest event that is kept
                wanted["or_oldest"] = True
            if after_time_ms:  # so that we are told if the log is another than it was
                wanted["after_time_ms"] = after_time_ms
            answer = ask(socket, request, wanted)
            if answer is None:
                continue
            if answer.HasField("error"):
                if not answer.error.try_again:
                    sys.exit(f"{endpoint}: {answer.error.reason}")
                time.sleep(1)
                continue
            events = answer.events
            file.write(b"".join(line_of(event) for event in events.events if event.HasField("rank_changed")))
            file.flush()
            os.fsync(file.fileno())
            after, after_time_ms = events.through, events.through_time_ms


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("usage: follow.py ENDPOINT FILE [TOPIC ...]")
    follow(sys.argv[1], sys.argv[2], sys.argv[3:] or ["rank.place."])
