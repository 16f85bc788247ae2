"""Batch jobs by real workers: the same bytes from one, from sixty-four that come and go, and from
`--local`; and what the command line says of jobs."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from suite import ENGLAND, MINDEX, Service, run, until

UP = ("--pack", ENGLAND, "--scoring")
STUDY = ("batch", "uncertainty", "--replicates", "20000")


def jobs(service):
    return json.loads(service.run("batch", "list", "--json").stdout)


def first_edition(service):
    service.run("watch", "--topic", "edition", "--after", "0", "--count", "1")


def start(service, role):
    return subprocess.Popen([MINDEX, role, "--state", service.state], stderr=subprocess.DEVNULL)


def test_one_worker_and_sixty_four_that_come_and_go_give_the_bytes_of_local():
    with tempfile.TemporaryDirectory() as folder:
        one, many, local = (pathlib.Path(folder) / name for name in ("one", "many", "local"))
        with Service(*UP, "1") as service:
            first_edition(service)
            service.run(*STUDY, "--local", "--out", local)
            service.run(*STUDY, "--out", one)
            assert one.read_bytes() == local.read_bytes()
        with Service(*UP, "1") as service:
            first_edition(service)
            service.run(*STUDY, "--detach")
            workers = [start(service, "scoring") for _ in range(64)]
            try:
                until(lambda: jobs(service)[0]["done"] > 0, "the first piece")
                for i, worker in enumerate(workers[:40]):
                    worker.send_signal(signal.SIGKILL if i % 2 else signal.SIGTERM)
                watched = service.run("batch", "watch", "1")
                assert "20000 of 20000 items (100.0 %)" in watched.stderr, watched.stderr
                service.run("batch", "result", "1", "--out", many)
                assert many.read_bytes() == local.read_bytes()
            finally:
                for worker in workers:
                    worker.kill()
                for worker in workers:
                    worker.wait()
            service.run("verify")


def test_the_command_line_tells_of_jobs_and_cancels_them():
    with Service(*UP, "1") as service:
        first_edition(service)
        service.run("batch", "uncertainty", "--replicates", "9000000", "--detach")
        until(lambda: jobs(service)[0]["done"] > 0 and jobs(service)[0]["left_ms"], "progress")
        job = jobs(service)[0]
        assert job["job"] == 1 and job["kind"] == "uncertainty" and job["state"] == "running", job
        assert job["items"] == 9000000 and 0 < job["percent"] < 100 and job["workers"] <= 1, job
        assert job["result"] is None and job["ended"] is None and len(job["study"]) == 64, job
        shown = service.run("batch", "show", "1").stdout
        assert shown.startswith("job 1: running, ") and " of 9000000 items (" in shown, shown
        assert "batch jobs: 1 not ended" in service.run("status").stdout
        # Somebody who watches may go: the job does not notice.
        watching = subprocess.Popen([MINDEX, "batch", "watch", "1", "--state", service.state],
                                    stderr=subprocess.PIPE, text=True)
        line = watching.stderr.readline()
        assert line.startswith("job 1: running, "), line
        watching.send_signal(signal.SIGINT)
        rest = watching.communicate(timeout=30)[1]
        assert watching.returncode == 130 and "job 1 goes on; 'mindex batch watch 1'" in rest, rest
        assert jobs(service)[0]["state"] == "running"
        done = service.run("batch", "cancel", "1")
        assert done.stdout == "Job 1 is cancelled.\n", done.stdout
        assert [job["state"] for job in jobs(service)] == ["cancelled"]
        watched = service.run("batch", "watch", "1", "--json", check=False)
        assert watched.returncode == 1 and "job 1 is cancelled" in watched.stderr, watched
        assert json.loads(watched.stdout)["state"] == "cancelled"
        for arguments, status, words in ((("show", "2"), 4, "there is no batch job 2"),
                                         (("watch", "2"), 4, "there is no batch job 2"),
                                         (("cancel", "2"), 4, "there is no batch job 2"),
                                         (("cancel", "x"), 2, "takes the number of a job"),
                                         (("show",), 2, "takes the number of a job")):
            done = service.run("batch", *arguments, check=False)
            assert done.returncode == status and words in done.stderr, (arguments, done)
        # The same study again is another job, and done over a hub that is killed on its way.
        service.run(*STUDY, "--detach")
        assert jobs(service)[0]["job"] == 2
        until(lambda: jobs(service)[0]["done"] > 0, "the first piece")
        hub = next(pid for pid in os.listdir("/proc") if pid.isdigit() and
                   is_hub_of(service, pathlib.Path("/proc") / pid))
        os.kill(int(hub), signal.SIGKILL)
        done = service.run("batch", "watch", "2")
        assert jobs(service)[0]["state"] == "done" and jobs(service)[0]["tasks"] > 2, done
        service.run("verify")


def is_hub_of(service, process):
    try:
        words = (process / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return b"hub" in words[1:2] and str(service.state).encode() in words


run([value for name, value in list(globals().items()) if name.startswith("test_")])
