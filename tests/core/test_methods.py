"""Every method of the definition against an independent implementation with numpy, through the command
line: random figures with gaps, ties and outliers, at a relative tolerance of 1e-9."""
import csv
import io
import itertools
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import offline
from suite import MINDEX, run

METRICS, PLACES = 6, 40
TREE = {"one": ["m0", "m1", "m2"], "two": ["m3", "m4", "m5"]}
WEIGHT = {"m0": 1, "m1": 2, "m2": 0.5, "m3": 1, "m4": 1, "m5": 1, "one": 1, "two": 3}
TURNED = {"m1", "m4"}


def figures(seed):
    """METRICS columns: positive, skewed, with ties, and a gap here and there (NaN)."""
    random = np.random.default_rng(seed)
    columns = {}
    for k in range(METRICS):
        x = np.round(np.exp(random.normal(2, 0.7, PLACES)), 1 + k % 2)
        x[random.random(PLACES) < 0.08 * (k % 3)] = np.nan
        columns[f"m{k}"] = x
    return columns


def score(levels, columns, extra=""):
    """{node: scores} by `mindex score`; NaN where there is none. And {node: ranks}."""
    lines = ["index: t", "title: T", "bands: 5", "levels:", *("  - {" + level + "}" for level in levels), "tree:",
             "  id: all", "  name: All", "  children:"]
    for parent, metrics in TREE.items():
        lines += [f"    - id: {parent}", f"      name: {parent}", f"      weight: {WEIGHT[parent]}", "      children:"]
        for m in metrics:
            direction = "lower-is-need" if m in TURNED else "higher-is-need"
            lines.append(f"        - {{id: {m}, name: {m}, weight: {WEIGHT[m]}, direction: {direction}{extra}}}")
    with tempfile.TemporaryDirectory() as home:
        definition, data = pathlib.Path(home) / "d.yaml", pathlib.Path(home) / "d.csv"
        definition.write_text("\n".join(lines) + "\n")
        with open(data, "w", newline="", encoding="utf-8") as file:
            out = csv.writer(file)
            out.writerow(["area_code", *columns])
            for i in range(PLACES):
                out.writerow([f"P{i:02}", *("" if np.isnan(columns[m][i]) else repr(float(columns[m][i])) for m in columns)])
        done = subprocess.run([MINDEX, "score", "--definition", definition, "--all", "--csv", data], text=True,
                              capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    scores, ranks = {}, {}
    for row in csv.DictReader(io.StringIO(done.stdout)):
        scores.setdefault(row["node"], []).append(float(row["score"]) if row["score"] else np.nan)
        ranks.setdefault(row["node"], []).append(int(row["rank"]) if row["rank"] else 0)
    return {node: np.array(x) for node, x in scores.items()}, ranks


def close(found, expected, what):
    assert (np.isnan(found) == np.isnan(expected)).all(), what
    there = ~np.isnan(expected)
    assert np.allclose(found[there], expected[there], rtol=1e-9, atol=1e-12), \
        (what, found[there] - expected[there])


def level(name, *keys):
    return ", ".join([f"id: {name}", f"name: {name}", *keys])


def rank(x, ties):
    """Ranks of the numbers of x, 1 the smallest, by counting."""
    out = np.full(len(x), np.nan)
    there = x[~np.isnan(x)]
    for i, value in enumerate(x):
        if np.isnan(value):
            continue
        below, same = (there < value).sum(), (there == value).sum()
        out[i] = {"min": below + 1, "max": below + same, "average": below + (same + 1) / 2,
                  "dense": len(set(there[there < value])) + 1}[ties]
    return out


def turned(columns):
    return {m: -x if m in TURNED else x for m, x in columns.items()}


def share(x, low, high, ends):
    return ends[0] + (x - low) / (high - low) * (ends[1] - ends[0])


NONE = [level("index", "aggregate: arithmetic", "coverage: 0", "normalise: none"),
        level("part", "aggregate: arithmetic", "coverage: 0", "normalise: none")]


def check_normalise(keys, expected, extra="", seeds=3):
    for seed in range(seeds):
        columns = figures(seed)
        scores, _ = score([*NONE, level("metric", *keys)], columns, extra)
        for m, x in turned(columns).items():
            close(scores[m], expected(x, m), (keys, m, seed))


def test_min_max():
    check_normalise(["normalise: min-max", "range: [1, 7]"], lambda x, m: share(x, np.nanmin(x), np.nanmax(x), (1, 7)))


def test_z_score():
    check_normalise(["normalise: z-score", "mean-and-sd: [5, 2]"],
                    lambda x, m: 5 + 2 * (x - np.nanmean(x)) / np.nanstd(x, ddof=1))


def test_ranks_by_every_tie_rule():
    for ties in ("min", "max", "average", "dense"):
        check_normalise(["normalise: rank", f"ties: {ties}"], lambda x, m: rank(x, ties), seeds=1)
        check_normalise(["normalise: borda", f"ties: {ties}"], lambda x, m: rank(x, ties) - 1, seeds=1)
        check_normalise(["normalise: percentile-rank", "range: [0, 1]", f"ties: {ties}"],
                        lambda x, m: (rank(x, ties) - 1) / ((~np.isnan(x)).sum() - 1), seeds=1)


def test_goalposts_and_scaled_are_in_the_publishers_unit():
    def expected(x, m, capped):
        y = (25 + x) / 20 if m in TURNED else (x - 5) / 20
        return 100 * (np.clip(y, 0, 1) if capped else y)
    check_normalise(["normalise: scaled", "range: [0, 100]"], lambda x, m: expected(x, m, False), ", goalposts: [5, 25]")
    check_normalise(["normalise: goalposts", "range: [0, 100]"], lambda x, m: expected(x, m, True), ", goalposts: [5, 25]")


def test_distances():
    check_normalise(["normalise: distance-to-leader", "range: [0, 1]"],
                    lambda x, m: 1 - (np.nanmax(x) - x) / (np.nanmax(x) - np.nanmin(x)))
    target = lambda x, m: -9 if m in TURNED else 9
    distance = lambda x, m: 1 - (target(x, m) - x) / (target(x, m) - np.nanmin(x))
    check_normalise(["normalise: distance-to-target", "range: [0, 1]"], distance, ", target: 9")
    check_normalise(["normalise: distance-to-target", "range: [0, 1]", "capped: true"],
                    lambda x, m: np.minimum(distance(x, m), 1), ", target: 9")
    columns = figures(0)
    place = next(i for i in range(PLACES) if all(not np.isnan(x[i]) and x[i] > np.nanmin(x) for x in turned(columns).values()))
    check_normalise(["normalise: distance-to-reference", "range: [0, 1]", f"reference: P{place:02}"],
                    lambda x, m: 1 - (x[place] - x) / (x[place] - np.nanmin(x)), seeds=1)


def test_exponential_of_the_indices_of_deprivation():
    def expected(x, m):
        r = rank(x, "average") / (~np.isnan(x)).sum()
        return -23 * np.log(1 - r * (1 - np.exp(-100 / 23)))
    check_normalise(["normalise: exponential", "range: [0, 100]"], expected)


def test_fraction_of_the_maximum():
    columns = {m: x for m, x in figures(0).items()}
    levels = [*NONE, level("metric", "normalise: min-max", "range: [0, 1]")]
    for m in columns:  # a turned column has no maximum above 0: only the others
        if m in TURNED:
            continue
        own = {k: (columns[k] if k == m else columns[k]) for k in columns}
        scores, _ = score_one(levels, own, m, "normalise: fraction-of-maximum, range: [0, 1]")
        close(scores[m], columns[m] / np.nanmax(columns[m]), m)


def score_one(levels, columns, metric, keys):
    """`score` with keys for one metric alone."""
    global TREE
    was, TREE = TREE, {"one": [metric], "two": [m for m in columns if m != metric]}
    weight = WEIGHT[metric]
    WEIGHT[metric] = f"{weight}, {keys}"
    try:
        return score(levels, columns)
    finally:
        TREE, WEIGHT[metric] = was, weight


# --- aggregation ----------------------------------------------------------------------------------

def weighted_median(x, w):
    order = np.argsort(x)
    x, w = x[order], w[order]
    reached, half = np.cumsum(w), w.sum() / 2
    i = int(np.argmax(reached >= half - 1e-12))
    return (x[i] + x[i + 1]) / 2 if abs(reached[i] - half) < 1e-9 and i + 1 < len(x) else x[i]


MEANS = {
    "aggregate: arithmetic": lambda x, w: (w * x).sum() / w.sum(),
    "aggregate: geometric": lambda x, w: np.exp((w * np.log(x)).sum() / w.sum()),
    "aggregate: harmonic": lambda x, w: w.sum() / (w / x).sum(),
    "aggregate: generalised, power: 3": lambda x, w: ((w * x ** 3).sum() / w.sum()) ** (1 / 3),
    "aggregate: generalised, power: -0.5": lambda x, w: ((w * x ** -0.5).sum() / w.sum()) ** -2,
    "aggregate: median": weighted_median,
}


def mean_of(rows, weights, how):
    """One score a place; a gap's weight is shared among the rest."""
    out = np.full(PLACES, np.nan)
    for i in range(PLACES):
        there = ~np.isnan(rows[:, i])
        if there.any():
            out[i] = how(rows[there, i], weights[there])
    return out


def test_means_with_gaps_at_two_levels():
    metric = level("metric", "normalise: min-max, range: [1, 100]")
    for keys, how in MEANS.items():
        columns = figures(5)
        scores, _ = score([level("index", keys, "coverage: 0", "normalise: none"),
                           level("part", keys, "coverage: 0", "normalise: none"), metric], columns)
        parts = []
        for part, metrics in TREE.items():
            rows = np.array([scores[m] for m in metrics])
            parts.append(mean_of(rows, np.array([WEIGHT[m] for m in metrics], float), how))
            close(scores[part], parts[-1], (keys, part))
        close(scores["all"], mean_of(np.array(parts), np.array([WEIGHT[p] for p in TREE], float), how), keys)


def copeland(rows, weights):
    """Net wins, pair by pair, over the children that both places have."""
    out = np.zeros(rows.shape[1])
    for i, k in itertools.permutations(range(rows.shape[1]), 2):
        both = ~np.isnan(rows[:, i]) & ~np.isnan(rows[:, k])
        up = weights[both & (rows[:, i] > rows[:, k])].sum()
        down = weights[both & (rows[:, i] < rows[:, k])].sum()
        out[i] += np.sign(up - down) if abs(up - down) > 1e-12 else 0
    return out


def test_copeland_does_not_depend_on_the_order_of_places():
    levels = [level("index", "aggregate: copeland", "coverage: 0", "normalise: none"),
              level("part", "aggregate: arithmetic", "coverage: 0", "normalise: none"),
              level("metric", "normalise: min-max, range: [0, 1]")]
    columns = figures(2)
    scores, _ = score(levels, columns)
    rows = np.array([scores[part] for part in TREE])
    close(scores["all"], copeland(rows, np.array([WEIGHT[p] for p in TREE], float)), "copeland")
    turned_round, _ = score(levels, {m: x[::-1] for m, x in columns.items()})
    close(turned_round["all"][::-1], scores["all"], "reversed")


def outranking(rows, weights):
    """Row sums of the outranking matrix, over the children that both places have."""
    out = np.zeros(rows.shape[1])
    for i, k in itertools.permutations(range(rows.shape[1]), 2):
        w = np.where(np.isnan(rows[:, i]) | np.isnan(rows[:, k]), 0, weights)
        out[i] += (w * ((rows[:, i] > rows[:, k]) + (rows[:, i] == rows[:, k]) / 2)).sum() / w.sum() if w.any() else 0.5
    return out


def test_row_sums_of_the_outranking_matrix():
    levels = [level("index", "aggregate: outranking", "coverage: 0", "normalise: none"),
              level("part", "aggregate: outranking", "coverage: 0", "normalise: none"),
              level("metric", "normalise: none")]
    columns = figures(9)
    scores, _ = score(levels, columns)
    for part, metrics in {**TREE, "all": list(TREE)}.items():
        rows = np.array([scores[m] for m in metrics])
        close(scores[part], outranking(rows, np.array([WEIGHT[m] for m in metrics], float)), part)


def test_coverage_may_be_the_share_of_children():
    columns = figures(1)
    columns["m3"][:9] = columns["m4"][3:9] = columns["m5"][6:9] = np.nan
    for coverage in (0.3, 0.5, 0.6, 1):
        keys = ["aggregate: arithmetic", f"coverage: {{children: {coverage}}}", "normalise: none"]
        scores, _ = score([level("index", *keys), level("part", *keys), level("metric", "normalise: none")], columns)
        for node, below in {**TREE, "all": list(TREE)}.items():
            rows = np.array([scores[m] for m in below])
            there = (~np.isnan(rows)).mean(axis=0)
            expected = mean_of(rows, np.array([WEIGHT[m] for m in below], float), MEANS["aggregate: arithmetic"])
            close(scores[node], np.where((there > 0) & (there >= coverage), expected, np.nan), (coverage, node))


def test_coverage_is_the_share_of_weight_that_is_there():
    columns = figures(1)
    for coverage in (0.3, 0.6, 1):
        scores, _ = score([NONE[0], level("part", "aggregate: arithmetic", f"coverage: {coverage}", "normalise: none"),
                           level("metric", "normalise: none")], columns)
        for part, metrics in TREE.items():
            weights = np.array([WEIGHT[m] for m in metrics], float)
            there = np.array([~np.isnan(columns[m]) for m in metrics])
            enough = (weights[:, None] * there).sum(axis=0) / weights.sum() >= coverage - 1e-9
            assert (np.isnan(scores[part]) == ~(enough & there.any(axis=0))).all(), (coverage, part)


def test_result_ranks_count_from_the_top():
    columns = figures(3)
    scores, ranks = score([*NONE, level("metric", "normalise: none")], columns)
    for node, x in scores.items():
        for i in range(PLACES):
            expected = 0 if np.isnan(x[i]) else 1 + (x[~np.isnan(x)] > x[i]).sum()
            assert ranks[node][i] == expected, (node, i)


# UNDP, Human Development Report 2021/22, table 1 (figures of 2021): life expectancy at birth, expected and mean years
# of schooling, gross national income per head (2017 PPP $), and the Human Development Index. Goalposts of technical
# note 1. The figures are rounded, so the index is met to within 1.1 thousandths.
HDI = {"Switzerland": (84.0, 16.5, 13.9, 66933, 0.962), "Norway": (83.2, 18.2, 13.0, 64660, 0.961),
       "Iceland": (82.7, 19.2, 13.8, 55782, 0.959), "Australia": (84.5, 21.1, 12.7, 49238, 0.951),
       "Denmark": (81.4, 18.7, 13.0, 60365, 0.948), "Sweden": (83.0, 19.4, 12.6, 54489, 0.947),
       "Ireland": (82.0, 18.9, 11.6, 76169, 0.945), "Germany": (80.6, 17.0, 14.1, 54534, 0.942)}


def test_the_human_development_index_comes_out():
    post = lambda name, low, high, more="": (name, f"direction: higher-is-need, goalposts: [{low!r}, {high!r}]{more}")
    text = offline.definition(
        ["id: index, name: I, aggregate: geometric, coverage: 1, normalise: none",
         "id: part, name: P, aggregate: arithmetic, coverage: 1, normalise: none",
         "id: metric, name: M, normalise: goalposts, range: [0, 1]"],
        ("hdi", "", [("long-life", "", [post("life", 20, 85)]),
                     ("knowledge", "", [post("expected", 0, 18), post("mean", 0, 15)]),
                     ("living", "", [post("income", float(np.log(100)), float(np.log(75000)), ", treat: {always: true, transform: log}")])]))
    columns = {m: [row[i] for row in HDI.values()] for i, m in enumerate(("life", "expected", "mean", "income"))}
    found = offline.columns_of(offline.scores(text, offline.table(columns)))["hdi"]
    assert np.abs(found - [row[4] for row in HDI.values()]).max() < 0.0011, found


run([case for name, case in sorted(globals().items()) if name.startswith("test_")])
