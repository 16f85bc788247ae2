"""A client that hands in, hears nothing because nobody reads yet, and asks again: the hub reads it once."""
import pathlib
import subprocess
import sys
import tempfile

import zmq

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from suite import MINDEX, ROOT, run

ANSWER_MS = 20000


def ask(socket, pb, number, **body):
    socket.send(pb.Message(version=1, request=number, **body).SerializeToString())


def answers_until(socket, pb, number):
    """The answers up to the one to `number`, which is the last of them."""
    answers = []
    while not answers or answers[-1].request != number:
        assert socket.poll(ANSWER_MS), f"no answer to {number}, only {answers}"
        answers.append(pb.Message.FromString(socket.recv()))
    return answers


def test_a_hand_in_that_is_asked_for_again_waits_once_and_is_answered_once():
    with tempfile.TemporaryDirectory(prefix="mindex-test-") as home:
        subprocess.run(["protoc", f"--proto_path={ROOT}/proto", f"--python_out={home}",
                        *map(str, (ROOT / "proto").glob("*.proto"))], check=True)
        sys.path.insert(0, home)
        import bus_pb2 as pb
        started = [subprocess.Popen([MINDEX, "hub", "--state", home], stderr=subprocess.DEVNULL)]
        socket = zmq.Context.instance().socket(zmq.DEALER)
        socket.setsockopt(zmq.LINGER, 0)
        socket.connect(f"ipc://{home}/hub")
        try:
            for number in (1, 1, 2, 1):
                ask(socket, pb, number, hand_in={"files": [{"name": f"a-{number}.csv", "content": b"x"}]})
            ask(socket, pb, 3, status_wanted={})
            assert answers_until(socket, pb, 3)[-1].status.tasks_ready == 2
            started.append(subprocess.Popen([MINDEX, "ingestion", "--state", home],
                                            stderr=subprocess.DEVNULL))
            answers = answers_until(socket, pb, 2)
            ask(socket, pb, 4, status_wanted={})
            answers += answers_until(socket, pb, 4)
            assert [answer.request for answer in answers] == [1, 2, 4], answers
            ask(socket, pb, 1, hand_in={"files": [{"name": "a-1.csv", "content": b"x"}]})
            assert answers_until(socket, pb, 1)[-1].HasField("refusal")  # answered: it may be asked anew
        finally:
            socket.close()
            for process in reversed(started):
                process.terminate()
                assert process.wait(20) == 0


run([test_a_hand_in_that_is_asked_for_again_waits_once_and_is_answered_once])
