"""A release that touches one metric: 188,880 areas x 60 metrics are scored, ranked and compared with
the edition before from one new column; beside scoring all of it from scratch, and beside numpy,
which computes the whole. The ranks at the end must be the same."""
import os
import statistics
import sys
import tempfile

import scoring

AREAS, METRICS, RUNS = 188880, 60, 3


def measure(build):
    """Seconds and bytes in memory of each way, and how many ranks it said had changed."""
    with tempfile.TemporaryDirectory() as folder:
        figures, columns, ours, theirs = (os.path.join(folder, n) for n in ("f", "c", "o", "t"))
        scoring.invent(figures, AREAS, METRICS)
        scoring.invent(columns, AREAS, 2)
        words = [str(AREAS), str(METRICS), str(scoring.MISSIONS), figures, columns]
        program = scoring.Side([f"{build}/tests/bench/incremental", *words, ours])
        rival = scoring.Side(["/usr/bin/python3", __file__, *words, theirs])
        taken = {"one": [], "all": [], "numpy": []}
        memory, changed = {}, {}
        for run in range(RUNS + 1):
            for way, kept in taken.items():
                side = rival if way == "numpy" else program
                *steps, changed[way], kilobytes = side.ask(way)
                memory.setdefault(way, kilobytes * 1024)
                if run:  # the first finds nothing in a cache
                    kept.append(sum(steps) / 1e9)
            rival.ask("numpy")  # as many turns of the column as the program had
        program.close()
        rival.close()
        if not scoring.same_bytes(ours, theirs) or len(set(changed.values())) != 1:
            raise RuntimeError("the ranks, or how many changed, differ from numpy's")
        return {way: statistics.median(times) for way, times in taken.items()}, memory


def rows(build):
    seconds, memory = measure(build)
    size = f"{AREAS:,} x {METRICS}"
    for way, beside in (("numpy", "numpy, vectorised, the whole anew"),
                        ("all", "the same program, all from scratch")):
        yield {"what": f"{size}: rescored, ranked, compared from one new column",
               "beside": beside, "ours": seconds["one"] * 1e3, "theirs": seconds[way] * 1e3,
               "unit": "ms", "ratio": seconds[way] / seconds["one"],
               "aim": "one metric costs one metric", "met": None,
               "how": "processor time, in turn, median; same ranks, same number of changes"}
    yield {"what": f"{size}: memory of an index that stays scored",
           "beside": "numpy's arrays of figures, scores and ranks", "ours": memory["one"] / 2**20,
           "theirs": memory["numpy"] / 2**20, "unit": "MiB",
           "ratio": memory["numpy"] / memory["one"], "aim": "", "met": None,
           "how": "peak of the process, with the figures twice as a scorer copies them"}


# --- numpy ------------------------------------------------------------------------------------

def rival(areas, metrics, missions, figures, columns, ranks):
    import resource
    import time

    import numpy as np
    index = scoring.Index(areas, metrics, missions, figures)
    column = np.fromfile(columns).reshape(2, areas)
    index.score()
    before = index.rank(index.everything)
    turn = 0
    for _ in sys.stdin:
        turn = 1 - turn
        index.x[-1] = column[turn]
        begun = time.process_time_ns()
        index.score()
        scored = time.process_time_ns()
        now = index.rank(index.everything)
        ranked = time.process_time_ns()
        nodes, _ = np.nonzero(now != before)
        compared = time.process_time_ns()
        print(scored - begun, ranked - scored, compared - ranked, len(nodes),
              resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, flush=True)
        before = now
    index.in_order(before).tofile(ranks)


if __name__ == "__main__":
    rival(*(int(word) for word in sys.argv[1:4]), *sys.argv[4:7])
