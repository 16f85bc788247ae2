"""1,000 replicates of an index of 40 metrics under 5 missions: the ranks of all places in each, beside
numpy, vectorised well; and the rate of the kernel beside the machine's own.

Weights are within 25 % of the definition's, metrics are normalised by min-max, z-score or percentile
rank, and means of the metrics and of the missions are arithmetic or geometric. Both sides hold the
figures in memory and begin with them each time. Ours draws the replicates itself; numpy is given what
they draw. The ranks must be the same, all of them."""
import os
import statistics
import subprocess
import sys
import tempfile

METRICS, MISSIONS, COUNT = 40, 5, 1000


class Side:
    def __init__(self, threads, *words):
        limits = {name: str(threads) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env=os.environ | limits)

    def seconds(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        if self.process.wait() != 0:
            raise RuntimeError(f"{self.process.args[0]} failed")


def compare(build, areas, rounds):
    """Medians by thread count, (ours, theirs)."""
    program = f"{build}/tests/bench/replicates"
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([program, "dump", str(areas), str(COUNT), folder], check=True)
        sides = {(who, threads): Side(threads, *words, str(threads))
                 for threads in (1, 2)
                 for who, words in (("ours", [program, "time", str(areas), str(COUNT)]),
                                    ("numpy", ["/usr/bin/python3", __file__, str(areas), folder]))}
        taken = {name: [] for name in sides}
        for round_ in range(rounds + 1):
            for name, side in sides.items():
                seconds = side.seconds()
                if round_:  # the first finds nothing in a cache
                    taken[name].append(seconds)
        for side in sides.values():
            side.close()
    return {threads: [statistics.median(taken[who, threads]) for who in ("ours", "numpy")] for threads in (1, 2)}


def rows(build):
    for areas, rounds, times, limit in ((307, 100, 10.0, 20e-3), (33755, 7, 5.0, 1.5)):
        for threads, (ours, theirs) in compare(build, areas, rounds).items():
            met = theirs / ours >= times and (threads == 1 or ours < limit)
            yield {"what": f"{COUNT:,} replicates, {areas:,} x {METRICS}, {threads} thread{'s' * (threads > 1)}",
                   "beside": f"numpy, {blas()}, {threads} thread{'s' * (threads > 1)}",
                   "ours": ours * 1e3, "theirs": theirs * 1e3, "unit": "ms", "ratio": theirs / ours,
                   "aim": f">= {times:g} x" + (f", < {limit * 1e3:,.0f} ms" if threads > 1 else ""), "met": met,
                   "how": "from figures to the ranks of every replicate, in turn, median; same ranks"}
    done = subprocess.run([f"{build}/tests/bench/replicates", "rate"], check=True, capture_output=True, text=True)
    rates = {name: float(rate) / 1e9 for name, rate in map(str.split, done.stdout.splitlines())}
    own = {"separate": "own multiply and add in registers", "fused": "own fused multiply-add in registers"}
    for size in ("307", "33755"):
        for kind in [kind for kind in own if kind in rates]:
            ratio = rates[f"kernel-{size}"] / rates[kind]
            yield {"what": f"multiply-adds of the kernel, columns of {int(size):,}", "beside": own[kind],
                   "ours": rates[f"kernel-{size}"], "theirs": rates[kind], "unit": "G/s", "ratio": ratio,
                   "aim": ">= 0.5 x" if kind == "separate" else None,
                   "met": ratio >= 0.5 if kind == "separate" else None, "how": "one core, best of 20 or more"}


# --- numpy ------------------------------------------------------------------------------------


def blas():
    import numpy  # noqa: F401: what it has loaded is looked at
    with open("/proc/self/maps") as maps:
        return "OpenBLAS" if "openblas" in maps.read() else "its own BLAS"


def rival(areas, folder, threads):
    import time
    from concurrent.futures import ThreadPoolExecutor

    import numpy as np
    figures = np.ascontiguousarray(np.fromfile(f"{folder}/figures").reshape(areas, METRICS).T)
    figures[np.arange(METRICS) % 3 == 0] *= -1  # lower is need
    draws = np.fromfile(f"{folder}/draws").reshape(COUNT, METRICS + 3)
    each, kinds = METRICS // MISSIONS, draws[:, :3].astype(int)
    batch = max(1, (1 << 18) // areas)  # what numpy is quickest with, of 2^16 to 2^22 numbers at a time
    MIN_MAX, Z_SCORE, PERCENTILE, GEOMETRIC = 1, 2, 3, 1  # enum normalise, enum aggregate
    places = np.arange(areas)

    def best_ranks(scores):
        """Along rows, 1 for the largest, equal ones the best."""
        order = np.argsort(-scores, axis=1)
        out = np.empty(scores.shape, np.uint32)
        np.put_along_axis(out, order, np.uint32(1) + places.astype(np.uint32)[None, :], axis=1)
        falling = np.take_along_axis(scores, order, axis=1)
        same = falling[:, 1:] == falling[:, :-1]
        for row in np.nonzero(same.any(axis=1))[0]:  # few have equal scores
            first = np.concatenate(([True], ~same[row]))
            out[row, order[row]] = np.maximum.accumulate(np.where(first, places, 0)) + 1
        return out

    def mean_ranks(x):
        _, inverse, counts = np.unique(x, return_inverse=True, return_counts=True)
        ends = np.cumsum(counts)
        return ((ends - counts + 1 + ends) / 2.0)[inverse]

    def normalised(kind):
        if kind == MIN_MAX:
            low, high = figures.min(axis=1, keepdims=True), figures.max(axis=1, keepdims=True)
            return 1 + (figures - low) / (high - low) * 99
        if kind == Z_SCORE:
            mean, sd = figures.mean(axis=1, keepdims=True), figures.std(axis=1, ddof=1, keepdims=True)
            return 100 + (figures - mean) / sd * 5
        return 1 + (np.stack([mean_ranks(x) for x in figures]) - 1) / (areas - 1) * 99

    def score(x, geometric, weights, missions):
        """x: the columns, or their logarithms; rows are replicates."""
        for m in range(MISSIONS):
            part = slice(m * each, (m + 1) * each)
            w = weights[:, part]
            np.matmul(w / w.sum(axis=1, keepdims=True), x[part], out=missions[m])
        if geometric:
            np.exp(missions, out=missions)

    def run_batch(job):
        x, (_, below, above), chosen = job
        missions = np.empty((MISSIONS, len(chosen), areas))
        score(x, below == GEOMETRIC, draws[chosen, 3:], missions)
        if above == GEOMETRIC:
            np.log(missions, out=missions)
        index = missions.sum(axis=0)
        index /= MISSIONS
        if above == GEOMETRIC:
            np.exp(index, out=index)
        return chosen, best_ranks(index)

    def run(pool):
        columns = {kind: normalised(kind) for kind in (MIN_MAX, Z_SCORE, PERCENTILE)}
        logs = {kind: np.log(x) for kind, x in columns.items()}
        jobs = []
        for kind in sorted(set(map(tuple, kinds))):
            chosen = np.nonzero((kinds == kind).all(axis=1))[0]
            x = (logs if kind[1] == GEOMETRIC else columns)[kind[0]]
            jobs += [(x, kind, chosen[at:at + batch]) for at in range(0, len(chosen), batch)]
        for chosen, found in pool.map(run_batch, jobs) if pool else map(run_batch, jobs):
            ranks[chosen] = found

    ranks = np.zeros((COUNT, areas), np.uint32)
    pool = ThreadPoolExecutor(threads) if threads > 1 else None
    for _ in sys.stdin:
        begun = time.perf_counter()
        run(pool)
        print(time.perf_counter() - begun, flush=True)
    expected = np.fromfile(f"{folder}/ranks", np.uint32).reshape(COUNT, areas)
    if not (ranks == expected).all():
        sys.exit(f"{areas}: {(ranks != expected).sum()} ranks differ")


if __name__ == "__main__":
    rival(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
