"""Batch runs at the command line: each kind against a computation of its own, the same bytes from any
number of threads, and what is refused."""
import csv
import io
import itertools
import json
import os
import pathlib
import pty
import signal
import subprocess
import sys
import tempfile

import numpy as np

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import small
from offline import close, definition, table
from suite import MINDEX, SANITIZED, Service, run

PLACES = 41
METRICS = ["m0", "m1", "m2", "m3"]
PARTS = {"one": ["m0", "m1"], "two": ["m2"], "three": ["m3"]}
FACTORS = """uncertainty:
  replicates: 40
  seed: 3
  factors:
    - {vary: normalise, level: metric, among: [{normalise: min-max, range: [0, 100]}, {normalise: percentile-rank, range: [1, 100]}]}
    - {vary: aggregate, level: index, among: [arithmetic, geometric]}
    - {vary: weight-noise, level: part, noise: 0.5}
"""
FIGURES = {m: np.random.default_rng(17 + i).lognormal(1, 0.7, PLACES).round(3) for i, m in enumerate(METRICS)}
FIGURES["m0"][4] = np.nan


def index(rest="", aggregate="arithmetic", weights=None, coverage=0.2):
    weights = weights or {}
    parts = [(p, f"weight: {weights[p]}" if p in weights else "", [(m, "direction: higher-is-need") for m in metrics])
             for p, metrics in PARTS.items()]
    return definition([f"id: index, name: I, aggregate: {aggregate}, coverage: {coverage}, normalise: none",
                       f"id: part, name: P, aggregate: arithmetic, coverage: {coverage}, normalise: none",
                       "id: metric, name: M, normalise: min-max, range: [1, 100]"], ("all", "", parts), rest)


class Folder:
    """Files by name, and `mindex` run among them."""

    def __init__(self, files):
        self.files = files

    def __enter__(self):
        self.home = tempfile.TemporaryDirectory(prefix="mindex-batch-")
        self.path = pathlib.Path(self.home.name)
        for name, text in self.files.items():
            (self.path / name).write_text(text, encoding="utf-8")
        return self

    def __exit__(self, *_):
        self.home.cleanup()

    def run(self, *arguments, check=True):
        done = subprocess.run([MINDEX, *map(str, arguments)], cwd=self.path, text=True, capture_output=True, timeout=300)
        assert not check or done.returncode == 0, (arguments, done.returncode, done.stderr)
        return done

    def rows(self, *arguments):
        return list(csv.DictReader(io.StringIO(self.run(*arguments, "--csv", "--digits", "17").stdout)))

    def batch(self, kind, *arguments):
        return self.rows("batch", kind, "--definition", "index.yaml", "figures.csv", *arguments)


def small_index(**how):
    return Folder({"index.yaml": index(FACTORS, **how), "figures.csv": table(FIGURES),
                   "other.yaml": index(aggregate="geometric"), "third.yaml": index(weights={"one": 5})})


def place(row):
    return int(row["area_code"][1:])


def scaled():
    return {m: 1 + 99 * (x - np.nanmin(x)) / (np.nanmax(x) - np.nanmin(x)) for m, x in FIGURES.items()}


def ranks_of(scores):
    return np.array([1 + np.nansum(scores > s) for s in scores])


# --- the same bytes ----------------------------------------------------------------------------

def test_any_number_of_threads_gives_the_same_bytes():
    kinds = [["uncertainty", "--replicates", "3000"], ["sensitivity", "--replicates", "200"],
             ["weights", "--level", "part", "--steps", "40"], ["weights", "--level", "metric", "--steps", "9"],
             ["what-if", "other.yaml", "third.yaml"]]
    with small_index() as folder:
        for kind in kinds:
            found = set()
            for threads in (1, 2, 7, 64):
                folder.run("batch", *kind, "--definition", "index.yaml", "figures.csv", "--threads", threads,
                           "--out", "result")
                found.add((folder.path / "result").read_bytes())
            assert len(found) == 1, kind


def test_the_same_study_of_a_service_and_of_its_files_is_the_same():
    """The pack and the releases have the same hashes, and so has the study."""
    with Folder({}) as folder, Service() as service:
        pack = small.write(small.pack(30, 50), folder.path / "pack")
        service.run("load", pack)
        service.run("batch", "uncertainty", "--local", "--out", folder.path / "a")
        # An edition's inputs are the releases in force: those in the pack.
        folder.run("batch", "uncertainty", "--pack", pack, "--out", "b")
        assert (folder.path / "a").read_bytes() == (folder.path / "b").read_bytes()


# --- against computations of their own ---------------------------------------------------------

def test_replicates_are_those_of_mindex_uncertainty():
    """Which tests/core/test_uncertainty.py holds against one."""
    with small_index() as folder:
        for table_name, kind in (("ranks", "uncertainty"), ("sensitivity", "sensitivity")):
            old = folder.rows("uncertainty", "--definition", "index.yaml", "figures.csv", "--table", table_name)
            assert old == folder.batch(kind) and len(old) > 1


def test_a_grid_is_every_way_to_share_the_weight():
    steps = 8
    x = scaled()
    parts = [np.nanmean([x[m] for m in metrics], axis=0) for metrics in PARTS.values()]
    own = ranks_of(np.mean(parts, axis=0))
    points = [p for p in itertools.product(range(steps + 1), repeat=3) if sum(p) == steps]
    ranks = np.array([ranks_of(sum(w * part for w, part in zip(p, parts)) / steps) for p in points])
    with small_index() as folder:
        found = folder.batch("weights", "--level", "part", "--steps", str(steps))
        assert [int(r["rank"]) for r in found] == sorted(own)
        for row in found:
            of = ranks[:, place(row)]
            assert int(row["points"]) == len(points) and int(row["rank"]) == own[place(row)]
            close([float(row[k]) for k in ("rank_best", "rank_worst", "rank_median", "rank_mean")],
                  [of.min(), of.max(), np.median(of), of.mean()], row)
            close([float(row["very high"])], [((of - 1) * 5 // PLACES == 0).mean()], row)
        listed = folder.batch("weights", "--level", "part", "--steps", str(steps), "--table", "points")
        assert len(listed) == len(points)
        for row, point, of in zip(listed, points, ranks):
            close([float(row[p]) for p in PARTS], [w / steps for w in point], row)
            close([float(row["mean_shift"])], [np.abs(of - own).mean()], row)
        text = folder.run("batch", "weights", "--definition", "index.yaml", "figures.csv", "--steps", steps).stdout
        assert f"ranks at {len(points)} points, every way to share {steps} steps of weight among one, two, three" in text


def test_points_that_cannot_be_scored_are_counted():
    """Of the metrics' weights: where both below 'one' have none."""
    with small_index() as folder:
        done = folder.run("batch", "weights", "--definition", "index.yaml", "figures.csv", "--level", "metric",
                          "--steps", "3", "--csv")
        points = [p for p in itertools.product(range(4), repeat=4) if sum(p) == 3]
        fail = [p for p in points if not (p[0] + p[1] and p[2] and p[3])]
        assert f"{len(fail)} of {len(points)} points of the grid could not be scored and are left out; the first: " in \
            done.stderr, done.stderr
        listed = folder.batch("weights", "--level", "metric", "--steps", "3", "--table", "points")
        assert [r["mean_shift"] == "" for r in listed] == [p in fail for p in points]


def test_what_ifs_have_the_ranks_of_their_definitions():
    with small_index() as folder:
        found = folder.batch("what-if", "other.yaml", "third.yaml")
        for name, path in (("as it is", "index.yaml"), ("other.yaml", "other.yaml"), ("third.yaml", "third.yaml")):
            own = {r["area_code"]: r["rank"] for r in folder.rows("score", "--definition", path, "figures.csv")}
            assert {r["area_code"]: r[name] for r in found} == own, name
        part = folder.batch("what-if", "other.yaml", "--node", "one")
        assert [r["as it is"] for r in part] == [r["other.yaml"] for r in part]


def test_a_definition_that_does_not_fit_the_figures_is_told_and_the_others_are_scored():
    bad = index().replace("min-max, range: [1, 100]", "distance-to-reference, reference: Q999, range: [0, 100]")
    with Folder({**small_index().files, "bad.yaml": bad}) as folder:
        done = folder.run("batch", "what-if", "--definition", "index.yaml", "figures.csv", "bad.yaml", "other.yaml",
                          "--csv")
        rows = list(csv.DictReader(io.StringIO(done.stdout)))
        assert "bad.yaml cannot be scored: " in done.stderr and "Q999" in done.stderr, done.stderr
        assert {r["bad.yaml"] for r in rows} == {""} and {r["other.yaml"] for r in rows} != {""}
        (folder.path / "bad.yaml").write_text("index: [")
        done = folder.run("batch", "what-if", "--definition", "index.yaml", "figures.csv", "bad.yaml", check=False)
        assert done.returncode == 1 and "bad.yaml:" in done.stderr, done.stderr


def test_a_back_cast_is_of_every_edition():
    with Folder({}) as folder, Service() as service:
        service.run("load", small.write(small.pack(30), folder.path / "pack"))
        for seed in range(3, 8):
            file = folder.path / f"pay-2025-0{seed}.csv"
            file.write_text(small.release(30, seed))
            service.run("ingest", "--accept-warnings", file)
        expected = {}
        for edition in range(1, 7):
            done = service.run("ranks", "--edition", edition, "--csv")
            for row in csv.DictReader(io.StringIO(done.stdout)):
                expected[row["area_code"], str(edition)] = row["rank"]
        rows = list(csv.DictReader(io.StringIO(service.run("batch", "back-cast", "--local", "--csv").stdout)))
        assert {(r["area_code"], r["edition"]): r["rank"] for r in rows} == expected
        assert [r["label"] for r in rows[:6]][1:] == [f"pay 2025-0{s}" for s in range(3, 8)], rows[:6]
        assert all(r["time"].startswith("20") for r in rows)
        text = service.run("batch", "back-cast", "--local", "--top", 3).stdout
        assert "edition 6" in text and text.splitlines()[-1].split()[-1] == "3", text
        old = service.run("batch", "back-cast", "--local", "--edition", 2, "--csv").stdout
        assert {r["edition"] for r in csv.DictReader(io.StringIO(old))} == {"1", "2"}


def test_ranks_at_every_node_are_those_at_each():
    with small_index() as folder:
        for kind in (["uncertainty"], ["weights", "--steps", "5"], ["what-if", "other.yaml"]):
            found = folder.batch(*kind, "--all")
            for node in ["all", *PARTS]:
                one = [{**row, "node": node} for row in folder.batch(*kind, "--node", node)]
                if kind[0] == "weights":  # the outcome of a point is of the first node; ranks are of each
                    one = [{k: row[k] for k in found[0]} for row in one]
                assert [row for row in found if row["node"] == node] == one, (kind, node)
        for arguments, status, why in ((["uncertainty", "--all", "--node", "one"], 2, "without --node"),
                                       (["sensitivity", "--all"], 1, "sensitivity is of one node, found 4")):
            done = folder.run("batch", *arguments, "--definition", "index.yaml", "figures.csv", check=False)
            assert done.returncode == status and why in done.stderr, done


def test_memory_does_not_grow_with_replicates():
    places = 1000
    figures = {m: np.random.default_rng(i).random(places).round(6) for i, m in enumerate(METRICS)}
    peaks = []
    with Folder({"index.yaml": index(FACTORS), "figures.csv": table(figures)}) as folder:
        for replicates in (30000, 120000):
            running = subprocess.Popen([MINDEX, "batch", "uncertainty", "--definition", "index.yaml", "figures.csv",
                                        "--replicates", str(replicates), "--threads", "2"], cwd=folder.path,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            _, status, used = os.wait4(running.pid, 0)
            running.returncode = os.waitstatus_to_exitcode(status)
            assert running.returncode == 0
            peaks.append(used.ru_maxrss)
    # The room where ranks wait is 16 MB for each of two threads, of which the shorter run may not have
    # come to fill all where others keep the machine busy. To keep 90,000 more ranks of each place would
    # take 350,000 KiB.
    assert SANITIZED or peaks[1] - peaks[0] < 2 * 16384 + 4096, peaks


# --- by a service's workers --------------------------------------------------------------------

def read_until(terminal, word):
    said = b""
    while word not in said:
        said += os.read(terminal, 1000)
    return said


def test_workers_bring_what_is_computed_here():
    with Folder({"other.yaml": small.definition(40).replace("arithmetic", "median")}) as folder:
        pack = small.write(small.pack(30, 40), folder.path / "pack")
        by_workers = {}
        for workers in (1, 3):
            with Service("--scoring", str(workers)) as service:
                service.run("load", pack)
                for kind in (["uncertainty", "--replicates", "4000"], ["weights", "--steps", "30"],
                             ["what-if", folder.path / "other.yaml"]):
                    done = service.run("batch", *kind, "--out", folder.path / "a", "--csv")
                    here = service.run("batch", *kind, "--out", folder.path / "b", "--csv", "--local")
                    result = (folder.path / "a").read_bytes()
                    assert done.stdout == here.stdout and result == (folder.path / "b").read_bytes()
                    assert by_workers.setdefault(kind[0], result) == result, kind
        assert len(by_workers) == 3


def test_a_job_is_left_and_its_result_is_read_later():
    with Folder({}) as folder, Service() as service:
        service.run("load", small.write(small.pack(30, 40), folder.path / "pack"))
        left = service.run("batch", "uncertainty", "--detach").stdout
        assert left.startswith("job 1: 'mindex batch watch 1' follows it"), left
        service.run("batch", "watch", 1)
        rows = service.run("batch", "result", 1, "--csv").stdout
        assert rows == service.run("batch", "uncertainty", "--csv").stdout  # the same study: the same job
        assert rows == service.run("uncertainty", "--csv").stdout
        listed = list(csv.DictReader(io.StringIO(service.run("batch", "list", "--csv").stdout)))
        assert [(job["job"], job["state"]) for job in listed] == [("1", "done")], listed
        for what, status, why in (("7", 4, "7"), ("x", 1, "'x' cannot be read")):
            done = service.run("batch", "result", what, check=False)
            assert done.returncode == status and why in done.stderr, (what, done)
        done = service.run("batch", "weights", "--level", "index", check=False)
        assert done.returncode == 1 and "weights are of 2 or more" in done.stderr, done.stderr


def test_ctrl_c_leaves_the_job_going():
    ours, theirs = pty.openpty()
    with Folder({}) as folder, Service() as service:
        service.run("load", small.write(small.pack(30, 40), folder.path / "pack"))
        following = subprocess.Popen([MINDEX, "batch", "uncertainty", "--replicates", "10000000"],
                                     env=dict(os.environ, MINDEX_STATE=str(service.state)),
                                     stdout=subprocess.PIPE, stderr=theirs)
        read_until(ours, b"of 10000000 items")
        following.send_signal(signal.SIGINT)
        read_until(ours, b"'mindex batch watch 1' follows it again")
        assert following.communicate(timeout=30)[0] == b"" and following.returncode == 130
        job = json.loads(service.run("batch", "show", 1, "--json").stdout)
        assert job["state"] in ("waiting", "running") and not job["result"], job
        done = service.run("batch", "result", 1, check=False)
        assert done.returncode == 1 and "it has no result" in done.stderr, done.stderr
        service.run("batch", "cancel", 1)
        done = service.run("batch", "watch", 1, check=False)
        assert done.returncode == 1 and "cancelled" in done.stderr, done.stderr
    os.close(theirs)
    os.close(ours)


# --- results that were kept --------------------------------------------------------------------

def test_a_result_that_was_kept_is_printed_as_it_was():
    with small_index() as folder:
        for kind in (["uncertainty"], ["sensitivity"], ["weights"], ["what-if", "other.yaml"]):
            first = folder.run("batch", *kind, "--definition", "index.yaml", "figures.csv", "--out", "kept", "--json")
            again = folder.run("batch", "result", "kept", "--json")
            assert first.stdout == again.stdout and json.loads(first.stdout)
        whole = (folder.path / "kept").read_bytes()
        for name, content in (("cut", whole[:-7]), ("empty", b""), ("text", b"index: t\n"), ("none", None)):
            if content is not None:
                (folder.path / name).write_bytes(content)
            done = folder.run("batch", "result", name, check=False)
            assert done.returncode == 1 and name in done.stderr and not done.stdout, (name, done.stderr)
        done = folder.run("batch", "uncertainty", "--definition", "index.yaml", "figures.csv", "--out", "no/such", check=False)
        assert done.returncode == 1 and "'no/such' cannot be written" in done.stderr, done.stderr


# --- what is refused ---------------------------------------------------------------------------

def test_what_cannot_be_is_refused_with_what_to_do():
    usual = ["--definition", "index.yaml", "figures.csv"]
    with small_index() as folder:
        for arguments, status, why in (
                (["uncertainti"], 2, "did you mean 'uncertainty'?"),
                (["uncertainty", *usual, "--replicates", "1"], 2, "--replicates takes 2 to 10000000"),
                (["uncertainty", *usual, "--threads", "1000"], 2, "--threads takes 1 to 256"),
                (["uncertainty", *usual, "--detach"], 2, "--detach is for the service's workers"),
                (["uncertainty", *usual, "--node", "onee"], 4, "did you mean 'one'?"),
                (["uncertainty", "--definition", "index.yaml"], 2, "one file with the places"),
                (["uncertainty", "figures.csv"], 2, "files need --pack FOLDER or --definition FILE"),
                (["sensitivity", *usual, "--replicates", "900000"], 1, "2 to 800000 rows, found 900000"),
                (["uncertainty", "--definition", "other.yaml", "figures.csv"], 1, "has no 'uncertainty'"),
                (["weights", *usual, "--level", "prat"], 4, "did you mean 'part'?"),
                (["weights", *usual, "--level", "index"], 1, "weights are of 2 or more"),
                (["weights", *usual, "--steps", "2000"], 1, "in 1 to 1000 steps"),
                (["weights", *usual, "--table", "shares"], 2, "--table is ranks or points"),
                (["weights", *usual, "--steps", "500", "--table", "shares"], 2, "--table is ranks or points"),
                (["uncertainty", *usual, "--replicates", "10000000", "--out", "no/result"], 1,
                 "'no/result' cannot be written"),
                (["uncertainty", "--detach", "--out", "result"], 2, "before there is a result"),
                (["what-if", *usual], 2, "needs definitions"),
                (["what-if", *usual, "no.yaml"], 3, "no.yaml"),
                (["back-cast", *usual], 2, "without --pack"),
                (["result"], 2, "the number of a job, or a FILE"),
                (["result", "1", "2"], 2, "the number of a job, or a FILE")):
            done = folder.run("batch", *arguments, check=False)
            assert done.returncode == status and why in done.stderr and not done.stdout, (arguments, done)
            assert " items (" not in done.stderr, (arguments, done)  # nothing was computed before


def test_ctrl_c_ends_it_cleanly():
    """When it has said how far it is; on a terminal it does so from half a second on."""
    ours, theirs = pty.openpty()
    with small_index() as folder:
        before = set(os.listdir(folder.path))
        running = subprocess.Popen([MINDEX, "batch", "uncertainty", "--definition", "index.yaml", "figures.csv",
                                    "--replicates", "10000000", "--out", "result"], cwd=folder.path,
                                   stdout=subprocess.PIPE, stderr=theirs)
        os.close(theirs)
        said = b""
        while b"left" not in said:
            said += os.read(ours, 1000)
        running.send_signal(signal.SIGINT)
        try:
            while more := os.read(ours, 1000):
                said += more
        except OSError:  # the other end is closed
            pass
        assert running.communicate(timeout=30)[0] == b"" and running.returncode == 130
        assert b"of 10000000 items (" in said and b"stopped; nothing of it is kept" in said, said
        assert set(os.listdir(folder.path)) == before
    os.close(ours)


run([case for name, case in sorted(globals().items()) if name.startswith("test_")])
