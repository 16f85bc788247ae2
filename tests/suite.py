"""Cases of a test program in Python: functions whose names begin with `test_`, and check's closing
line."""
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback

BUILD = pathlib.Path(sys.argv[1]).resolve()
ROOT = pathlib.Path(__file__).resolve().parents[1]
ENGLAND = ROOT / "deploy" / "england"
MINDEX = BUILD / "mindex"
SANITIZED = MINDEX.exists() and any(name in MINDEX.read_bytes() for name in (b"__asan_init", b"__tsan_init"))

# A shell ignores SIGINT for what it runs in the background, and so would every process that we start.
signal.signal(signal.SIGINT, signal.default_int_handler)


class Service:
    """`mindex up` in a folder of its own, ended by process id. `prepare` is called with the state
    folder before the start; `mindex` is another program than the one that was built."""

    def __init__(self, *options, prepare=None, mindex=MINDEX, env=None):
        self.options = options
        self.prepare = prepare
        self.mindex = mindex
        self.env = env

    def __enter__(self):
        self.home = tempfile.TemporaryDirectory(prefix="mindex-test-")
        self.state = pathlib.Path(self.home.name) / "state"
        if self.prepare:
            self.state.mkdir()
            self.prepare(self.state)
        self.log = open(pathlib.Path(self.home.name) / "log", "w+")
        self.up = subprocess.Popen([self.mindex, "up", "--state", self.state, *self.options],
                                   stderr=self.log, env=self.env)
        return self

    def __exit__(self, *_):
        self.up.send_signal(signal.SIGTERM)
        status = self.up.wait(30)
        self.log.close()
        self.home.cleanup()
        assert status == 0, f"mindex up ended with {status}"

    def run(self, *arguments, check=True, **options):
        """`mindex ARGUMENTS` against this service: the completed process, its output as text."""
        return subprocess.run([MINDEX, *map(str, arguments)], text=True, capture_output=True,
                              check=check, timeout=120,
                              env=dict(os.environ, MINDEX_STATE=str(self.state)), **options)


def until(holds, what, seconds=120):
    """The first true answer of `holds`. `what` it is that does not come, in words; or who says it."""
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end, f"not within {seconds} s: {what() if callable(what) else what}"
        time.sleep(0.02)
    return found


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(cases):
    """Runs the functions and ends the program."""
    failures = 0
    for case in cases:
        try:
            case()
        except Exception:  # a case that ends in any error has failed
            failures += 1
            print(f"{sys.argv[0]}:{case.__name__}:F:")
            traceback.print_exc(file=sys.stdout)
    total = len(cases)
    print(f"{100 * (total - failures) // total}%: Checks: {total}, Failures: {failures}, Errors: 0")
    sys.exit(1 if failures else 0)
