"""Normalise, aggregate and rank an invented index: core/scorer beside numpy, vectorised well.

Both sides are programs of one thread that hold the figures in memory as columns, and compute all of
it anew for each line that they are sent, in turn. The ranks at the end must be the same."""
import os
import statistics
import subprocess
import sys
import tempfile

MISSIONS = 5
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class Side:
    def __init__(self, words):
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, env=os.environ | ONE_THREAD)

    def ask(self, line):
        """Nanoseconds of scoring and of ranking."""
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return [float(word) for word in self.process.stdout.readline().split()]

    def close(self):
        self.process.stdin.close()
        if self.process.wait() != 0:
            raise RuntimeError(f"{self.process.args[0]} failed")


def invent(path, areas, metrics):
    import numpy as np
    np.random.default_rng(areas + metrics).gamma(3.0, 2.0, (metrics, areas)).tofile(path)


def same_bytes(one, other):
    with open(one, "rb") as a, open(other, "rb") as b:
        return a.read() == b.read()


def compare(build, areas, metrics, runs):
    """Medians (ours, theirs) of scoring and ranking together, by what is ranked."""
    with tempfile.TemporaryDirectory() as folder:
        figures, ours, theirs = (os.path.join(folder, name) for name in ("f", "o", "t"))
        invent(figures, areas, metrics)
        words = [str(areas), str(metrics), str(MISSIONS), figures]
        sides = [Side([f"{build}/tests/bench/scoring", *words, ours]),
                 Side(["/usr/bin/python3", __file__, *words, theirs])]
        taken = {"above": ([], []), "all": ([], [])}
        for what, seconds in taken.items():
            for run in range(runs if what == "above" else max(runs // 4, 5)):
                for side, kept in zip(sides, seconds):
                    total = sum(side.ask(what)) / 1e9
                    if run:  # the first finds nothing in a cache
                        kept.append(total)
        for side in sides:
            side.close()
        if not same_bytes(ours, theirs):
            raise RuntimeError(f"{areas} x {metrics}: the ranks differ from numpy's")
        return {what: [statistics.median(s) for s in both] for what, both in taken.items()}


def rows(build):
    for areas, runs, aim in ((307, 400, 5.0), (33755, 40, 3.0)):
        for what, (ours, theirs) in compare(build, areas, 40, runs).items():
            ranked = {"above": "6 nodes above the metrics", "all": "all 46 nodes"}[what]
            yield {"what": f"normalise + aggregate + rank, {areas:,} x 40, ranks of {ranked}",
                   "beside": "numpy, vectorised, one core each",
                   "ours": ours * 1e3, "theirs": theirs * 1e3, "unit": "ms",
                   "ratio": theirs / ours, "aim": f">= {aim:g} x", "met": theirs / ours >= aim,
                   "how": "all anew from columns in memory; processor time, in turn, median; same ranks"}


# --- numpy ------------------------------------------------------------------------------------

class Index:
    """The invented index (invented_index.h) in arrays that are made once."""

    def __init__(self, areas, metrics, missions, figures):
        import numpy as np
        self.x = np.fromfile(figures).reshape(metrics, areas)
        self.everything = np.empty((1 + missions + metrics, areas))
        self.index, self.above = self.everything[0], self.everything[1:1 + missions]
        self.scores = self.everything[1 + missions:]
        ends = [metrics * p // missions for p in range(missions + 1)]
        self.parts = [slice(*ends[p:p + 2]) for p in range(missions)]
        self.weight = np.array([m % 3 + 1.0 for m in range(metrics)])
        self.turned = np.array([m % 4 == 0 for m in range(metrics)])[:, None]
        self.importance = np.arange(1.0, missions + 1)
        self.places = np.arange(areas)

    @staticmethod
    def spread(from_, turned, out):
        import numpy as np
        low, high = from_.min(axis=1, keepdims=True), from_.max(axis=1, keepdims=True)
        np.subtract(from_, np.where(turned, high, low), out=out)
        np.multiply(out, np.where(turned, -100.0, 100.0) / (high - low), out=out)

    def score(self):
        import numpy as np
        self.spread(self.x, self.turned, self.scores)
        for above, part in zip(self.above, self.parts):
            np.dot(self.weight[part] / self.weight[part].sum(), self.scores[part], out=above)
        self.spread(self.above, np.zeros((len(self.above), 1), bool), self.above)
        np.dot(self.importance / self.importance.sum(), self.above, out=self.index)

    def rank(self, scores):
        """1 for the highest; equal scores share the better rank."""
        import numpy as np
        order = np.argsort(-scores, axis=1)
        falling = np.take_along_axis(scores, order, axis=1)
        first = np.empty(falling.shape, bool)
        first[:, 0] = True
        np.not_equal(falling[:, 1:], falling[:, :-1], out=first[:, 1:])
        best = np.maximum.accumulate(np.where(first, self.places, 0), axis=1)
        out = np.empty(scores.shape, np.uint32)
        np.put_along_axis(out, order, (best + 1).astype(np.uint32), axis=1)
        return out

    def in_order(self, ranks):
        """A node of the tree before what is below it."""
        import numpy as np
        below = ranks[1 + len(self.above):]
        out = [ranks[:1]]
        for p, part in enumerate(self.parts):
            out += [ranks[1 + p:2 + p], below[part]]
        return np.concatenate(out)


def rival(areas, metrics, missions, figures, ranks):
    import time
    index = Index(areas, metrics, missions, figures)
    for line in sys.stdin:
        begun = time.process_time_ns()
        index.score()
        scored = time.process_time_ns()
        done = index.rank(index.everything[:1 + missions] if line == "above\n" else
                          index.everything)
        print(scored - begun, time.process_time_ns() - scored, flush=True)
    index.in_order(done).tofile(ranks)


if __name__ == "__main__":
    rival(*(int(word) for word in sys.argv[1:4]), *sys.argv[4:6])
