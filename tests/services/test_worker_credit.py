"""A real scoring worker, and a hub that this test plays: how many tasks the worker asks for."""
import pathlib
import subprocess
import sys
import tempfile

import zmq

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from suite import MINDEX, ROOT, run

ANSWER_MS = 20000


class Hub:
    """Hears one worker and answers as it is told."""

    def __init__(self, home, pb):
        self.pb, self.socket = pb, zmq.Context.instance().socket(zmq.ROUTER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.endpoint = f"ipc://{home}/hub"
        self.socket.bind(self.endpoint)

    def hear(self, kind):
        """The next message of the kind; others are passed over, and returned by their names."""
        others = []
        while self.socket.poll(ANSWER_MS):
            self.worker, frame = self.socket.recv_multipart()
            message = self.pb.Message.FromString(frame)
            if message.HasField(kind):
                return message, others
            others.append(message.WhichOneof("body"))
        raise AssertionError(f"no {kind} came, only {others}")

    def send(self, **message):
        self.socket.send_multipart([self.worker, self.pb.Message(version=1, **message).SerializeToString()])

    def welcome(self, request):
        self.send(request=request, welcome={"heartbeat_ms": 50, "dead_after_ms": 1000})


def with_worker(case, *options, stops=True):
    """A worker that is told to stop after the case, or has ended by then."""
    with tempfile.TemporaryDirectory(prefix="mindex-test-") as home:
        subprocess.run(["protoc", f"--proto_path={ROOT}/proto", f"--python_out={home}",
                        *map(str, (ROOT / "proto").glob("*.proto"))], check=True)
        sys.path.insert(0, home)
        import bus_pb2
        hub = Hub(home, bus_pb2)
        with subprocess.Popen([MINDEX, "scoring", "--state", home, "--hub", hub.endpoint, *options],
                              stderr=subprocess.DEVNULL) as worker:
            try:
                case(hub)
            finally:
                if stops:
                    worker.terminate()
                hub.hear("goodbye")
            assert worker.wait(20) == 0
        hub.socket.close()


def credits_until_heartbeats(hub):
    heard = []
    for _ in range(3):
        heard += hub.hear("heartbeat")[1]
    return heard.count("credit")


def test_a_worker_asks_for_one_task_however_often_it_is_welcomed():
    def case(hub):
        hellos = [hub.hear("hello")[0] for _ in range(3)]  # no hub answers, so it says hello again
        for hello in hellos:
            hub.welcome(hello.request)
        assert credits_until_heartbeats(hub) == 1
    with_worker(case)


def test_a_worker_that_is_told_twice_to_say_hello_asks_for_one_task():
    def case(hub):
        hub.welcome(hub.hear("hello")[0].request)
        hub.hear("credit")
        for _ in range(2):
            hub.send(hello_wanted={})
        for hello in [hub.hear("hello")[0] for _ in range(2)]:
            hub.welcome(hello.request)
        assert credits_until_heartbeats(hub) == 1
    with_worker(case)


def test_a_worker_asks_a_hub_that_does_not_say_which_hello_it_answers():
    def case(hub):
        hub.hear("hello")
        hub.send(welcome={"heartbeat_ms": 50, "dead_after_ms": 1000})
        assert credits_until_heartbeats(hub) == 1
    with_worker(case)


def test_a_worker_that_is_to_end_when_idle_ends_when_no_task_has_come():
    def case(hub):
        hub.welcome(hub.hear("hello")[0].request)
        hub.hear("credit")
        hub.send(task={"task": 7, "compare": {"edition": 1, "pack": "p", "scores": "s"}})
        hub.hear("task_failed")  # it is not for this role, but it came
        hub.hear("credit")
    with_worker(case, "--idle", "1", stops=False)


def test_a_worker_that_is_to_end_when_idle_does_not_wait_for_a_hub_for_ever():
    with_worker(lambda hub: hub.hear("hello"), "--idle", "1", stops=False)


run([test_a_worker_that_is_to_end_when_idle_ends_when_no_task_has_come,
     test_a_worker_that_is_to_end_when_idle_does_not_wait_for_a_hub_for_ever,
     test_a_worker_asks_for_one_task_however_often_it_is_welcomed,
     test_a_worker_that_is_told_twice_to_say_hello_asks_for_one_task,
     test_a_worker_asks_a_hub_that_does_not_say_which_hello_it_answers])
