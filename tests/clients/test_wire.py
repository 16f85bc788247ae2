"""What deploy/WIRE.md says, held against the service with nothing but pyzmq and the messages."""
import pathlib
import re
import sys
import tempfile
import time

import zmq

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import small
from bus import Peer, contract, contract_events
from suite import ROOT, Service, run

CONTRACT = (ROOT / "deploy" / "WIRE.md").read_text()
PATIENCE_MS = 30000


def ask(socket, *frames):
    socket.send_multipart(frames)
    assert socket.poll(PATIENCE_MS), "no answer"
    answer = socket.recv_multipart()
    assert len(answer) == 1, answer
    return contract().Message.FromString(answer[0])


def question(request=7, version=1, **wanted):
    return contract().Message(version=version, request=request, events_wanted={"after": 0, **wanted}).SerializeToString()


def dealer():
    socket = zmq.Context.instance().socket(zmq.DEALER)
    socket.linger = 0
    socket.connect(f"ipc://{service.state}/replay")
    return socket


def test_an_answer_repeats_the_number_and_says_how_far_it_goes():
    with dealer() as socket:
        answer = ask(socket, question(request=99, limit=3))
        assert answer.version == 1 and answer.request == 99 and len(answer.events.events) == 3, answer
        assert answer.events.through == 3 and answer.events.newest > 10, answer.events.newest
        assert answer.events.through_time_ms == answer.events.events[-1].time_ms
        again = ask(socket, question(after=3, after_time_ms=answer.events.through_time_ms, limit=1)).events
        assert again.events[0].seq == 4
        wanted = ask(socket, question(topics=["published"])).events
        assert wanted.events[-1].seq <= wanted.through and {event.type for event in wanted.events} == {"edition.published"}


def test_numbers_have_no_gap_and_types_have_the_topics_of_the_table():
    heads = {"release.accepted": "release.", "edition.scored": "edition", "rank.changed": "rank.", "spend.compared": "spend.",
             "edition.published": "published"}
    with dealer() as socket:
        events = ask(socket, question(limit=5000)).events.events
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert {event.type for event in events} == set(heads)
    for event in events:
        assert all(topic.startswith(heads[event.type]) for topic in event.topics), event
        assert f"`{event.type}`" in CONTRACT
        if event.type == "rank.changed":
            move = event.rank_changed
            assert list(event.topics) == [f"rank.place.{move.area}.{move.mission}.{move.node}",
                                          f"rank.mission.{move.mission}.{move.area}.{move.node}"], event


def test_a_question_waits_as_long_as_it_says_and_is_answered_without_events():
    with dealer() as socket:
        newest = ask(socket, question(limit=1)).events.newest
        answer = ask(socket, question(after=newest, wait_ms=50)).events
        assert not answer.events and answer.through == answer.newest == newest


def test_what_is_no_question_is_answered_with_an_error():
    with dealer() as socket:
        for frames, reason in (((question(version=2),), "a message of version 2 of the contract, and version 1 is spoken here, by mindex "), ((b"", question()), "no message of version 1"),
                               ((b"\xff\xff",), "no message of version 1"),
                               ((contract().Message(version=1, request=5, status_wanted={}).SerializeToString(),), "only events can be asked for here"),
                               ((question(after=10**9),), "events after a number that the log has not reached"),
                               ((question(after=3, after_time_ms=1),), "this log has another event of that number")):
            answer = ask(socket, *frames)
            assert reason in answer.error.reason and not answer.error.try_again, (frames, answer)


def test_a_question_above_the_limit_cuts_the_connection_alone():
    with dealer() as socket:
        socket.send(question(topics=["x" * (1 << 20)]))
        # ZeroMQ connects again, so that the next question is answered; the one too large never is.
        deadline = time.monotonic() + PATIENCE_MS / 1000
        while True:
            socket.send(question(request=8, limit=1))
            if socket.poll(1000):
                break
            assert time.monotonic() < deadline
        assert contract().Message.FromString(socket.recv()).request == 8


def test_the_live_stream_tells_each_event_under_each_topic_and_a_heartbeat():
    with zmq.Context.instance().socket(zmq.SUB) as socket, Peer(f"ipc://{service.state}/replay") as peer, \
            tempfile.TemporaryDirectory() as home:
        socket.linger, socket.rcvtimeo = 0, PATIENCE_MS
        socket.connect(f"ipc://{service.state}/events")
        socket.subscribe(b"heartbeat")
        socket.subscribe(b"rank.")
        socket.subscribe(b"published")
        topic, body = socket.recv_multipart()
        newest = contract_events().Events.FromString(body)
        asked = peer.ask(30, events_wanted={"after": 0, "limit": 1}).events
        assert topic == b"heartbeat" and newest.newest == newest.through == asked.newest and not newest.events
        release = pathlib.Path(home) / "pay-2027.csv"
        release.write_text(small.release(20, 4))
        service.run("ingest", release)
        heard = []
        while True:
            topic, body = socket.recv_multipart()
            if topic == b"heartbeat":
                continue
            event = contract_events().Event.FromString(body)
            heard.append((event.seq, topic.decode()))
            if topic == b"published":
                break
        events = peer.ask(30, events_wanted={"after": asked.newest, "topics": ["rank.", "published"]}).events.events
        assert sorted(heard) == sorted((event.seq, topic) for event in events for topic in event.topics), heard
        assert len(heard) > 4


def test_the_numbers_in_the_contract_are_those_of_the_sources():
    stream = (ROOT / "services" / "publishing" / "stream.c").read_text()
    wire = (ROOT / "services" / "bus" / "wire.h").read_text()
    for text, pattern, said in ((stream, r"ANSWERS_KEPT = (\d+)", "| {};"), (stream, r"ASKED_KEPT = (\d+)", "| {} |"),
                                (stream, r"WAIT_MS_MAX = (\d+)", "{} at most"), (stream, r"TOPIC_BYTES_MAX = (\d+)", "\n{} bytes at most"),
                                (wire, r"WIRE_FRAME_MAX = (\d+)", "| {} MiB |"), (wire, r"QUESTION_BYTES_MAX = (\d+) << 20", "| {} MiB;")):
        number = re.search(pattern, text)[1]
        assert said.format(number) in CONTRACT, (pattern, number)


with tempfile.TemporaryDirectory() as home, Service() as service:
    service.run("load", small.write(small.pack(), pathlib.Path(home) / "pack"))
    (pathlib.Path(home) / "pay-2026.csv").write_text(small.release(20, 3))
    service.run("ingest", pathlib.Path(home) / "pay-2026.csv")
    run([case for name, case in sorted(globals().items()) if name.startswith("test_")])
