"""Rank intervals, sensitivity indices and leaving metrics out, against an implementation of their own:
the random numbers again in Python, each replicate's definition written out and scored by `mindex score`."""
import pathlib
import re
import sys
from functools import lru_cache

import numpy as np

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from offline import close, columns_of, definition, mindex, rows, scores, table
from suite import run

PLACES = 25
NORMALISE = ["normalise: min-max, range: [1, 100]", "normalise: z-score, mean-and-sd: [50, 10]",
             "normalise: percentile-rank, range: [1, 100]"]
AGGREGATE = ["arithmetic", "geometric"]
SETS = ["tree", "experts"]
METRICS = {"m0": "one", "m1": "one", "m2": "two", "m3": "two"}


def data():
    random = np.random.default_rng(3)
    common = random.normal(size=PLACES)
    return table({m: np.round(np.exp(0.6 * common + random.normal(0, 0.8, PLACES)), 2) for m in METRICS})


def text(normalise=0, aggregate=0, weights=0, without=None, weight=None, rest=""):
    """The definition with one choice of each factor made."""
    weight = weight or {}
    given = {"m1": 2.0, "one": 1.0, **({"m0": 4.0, "two": 3.0} if SETS[weights] == "experts" else {})}

    def node(name, keys, children=None):
        w = given.get(name, 1.0) * weight.get(name, 1.0)
        keys = f"weight: {w!r}" + (f", {keys}" if keys else "")
        return (name, keys) if children is None else (name, keys, children)

    parts = []
    for part in ("one", "two"):
        leaves = [node(m, "direction: higher-is-need") for m, p in METRICS.items() if p == part and m != without]
        if leaves:
            parts.append(node(part, "", leaves))
    return definition([f"id: index, name: I, aggregate: {AGGREGATE[aggregate]}, coverage: 0, normalise: none",
                       "id: part, name: P, aggregate: arithmetic, coverage: 0, normalise: none",
                       f"id: metric, name: M, {NORMALISE[normalise]}"], ("all", "", parts), rest)


FACTORS = """weight-sets: [{id: experts, weights: [{node: m0, weight: 4}, {node: two, weight: 3}]}]
uncertainty:
  replicates: 60
  seed: 11
  interval: 0.8
  factors:
    - {vary: normalise, level: metric, among: [{%s}, {%s}, {%s}]}
    - {vary: aggregate, level: index, among: [arithmetic, geometric]}
    - {vary: weight-set, among: [tree, experts]}
""" % tuple(NORMALISE)
NOISE = "    - {vary: weight-noise, level: part, noise: 0.5}\n    - {vary: leave-out}\n"


def uniform(seed, stream, draw, dimension):
    """Philox4x32-10, from the paper."""
    mask = 0xFFFFFFFF
    c, k = [draw & mask, draw >> 32, stream, dimension], [seed & mask, seed >> 32]
    for _ in range(10):
        a, b = c[0] * 0xD2511F53, c[2] * 0xCD9E8D57
        c = [(b >> 32) ^ c[1] ^ k[0], b & mask, (a >> 32) ^ c[3] ^ k[1], a & mask]
        k = [(k[0] + 0x9E3779B9) & mask, (k[1] + 0xBB67AE85) & mask]
    return ((c[0] << 32 | c[1]) >> 11) * 2.0 ** -53


@lru_cache(maxsize=None)
def ranks_of(definition_text):
    done = [r for r in scores(definition_text, data()) if r["node"] == "all"]
    return np.array([int(r["rank"]) for r in done])


def draw(k, streams, seed=11, noise=False):
    """The definition of replicate k."""
    u = lambda f, d=0: uniform(seed, streams[f] << 16 | f, k, d)
    choice = [int(u(0) * 3), int(u(1) * 2), int(u(2) * 2)]
    extra = {}
    if noise:
        # Nodes in preorder: all 0, one 1, m0 2, m1 3, two 4, m2 5, m3 6.
        extra["weight"] = {p: 1 + 0.5 * (2 * u(3, n + 1) - 1) for p, n in (("one", 1), ("two", 4))}
        extra["without"] = [None, *METRICS][int(u(4) * 5)]
    return text(*choice, **extra)


def check_spread(rest, noise, replicates):
    """Ranks are counted where there are more replicates than places, and else kept as they come."""
    found = rows("uncertainty", text(rest=rest), data(), options=["--replicates", str(replicates)])
    drawn = np.array([ranks_of(draw(k, [0] * 5, noise=noise)) for k in range(replicates)])
    nominal = ranks_of(text())
    assert [int(r["rank"]) for r in found] == sorted(nominal)
    for row in found:
        i = int(row["area_code"][1:])
        x = drawn[:, i]
        close([float(row[key]) for key in ("rank_low", "rank_median", "rank_high", "rank_mean")],
              [*np.percentile(x, [10, 50, 90]), x.mean()], row)
        assert int(row["replicates"]) == replicates
        bands = (x - 1) * 5 // PLACES
        close([float(row[b]) for b in ("very high", "high", "medium", "low", "very low")],
              [(bands == b).mean() for b in range(5)], row)


def test_rank_intervals_are_of_the_replicates():
    for replicates in (2, PLACES, PLACES + 1, 60):
        check_spread(FACTORS, False, replicates)


def test_equal_scores_are_ranked_as_in_the_index_itself():
    """So that an interval can be held against a rank. The alternatives change no rank here."""
    same = "\nuncertainty: {factors: [{vary: normalise, level: metric, among: [{range: [0, 1]}, {range: [0, 2]}]}]}".replace(
        "range", "normalise: min-max, range")
    few = table({"m0": np.arange(PLACES) // 4, "m1": np.arange(PLACES) // 4 * 3})
    leaves = [(m, "direction: higher-is-need") for m in ("m0", "m1")]
    for ties in ("min", "max", "dense", "average"):
        by = definition(["id: index, name: I, aggregate: arithmetic, coverage: 0, normalise: none",
                         "id: metric, name: M, normalise: min-max, range: [0, 1]"], ("all", "", leaves), f"ties: {ties}" + same)
        index = {r["area_code"]: r for r in scores(by, few) if r["node"] == "all"}
        for row in rows("uncertainty", by, few, options=["--replicates", "5"]):
            shown = index[row["area_code"]]
            if ties != "average":
                assert row["rank"] == shown["rank"], (ties, row, shown)
            assert row["rank"] == row["rank_low"] == row["rank_high"], (ties, row)
            assert float(row[shown["band"]]) == 1, (ties, row, shown)


def test_noise_and_leaving_out_are_drawn_for_each_replicate():
    check_spread(FACTORS + NOISE, True, 25)


def test_noise_is_on_the_weight_set_whichever_factor_is_named_first():
    head, _, _ = FACTORS.partition("    - {vary: normalise")
    rest = head + NOISE.splitlines()[0] + "\n    - {vary: weight-set, among: [tree, experts]}\n"
    replicates = 20
    drawn = []
    for k in range(replicates):
        noise = {p: 1 + 0.5 * (2 * uniform(11, 0, k, n + 1) - 1) for p, n in (("one", 1), ("two", 4))}
        drawn.append(ranks_of(text(weights=int(uniform(11, 1, k, 0) * 2), weight=noise)))
    for row in rows("uncertainty", text(rest=rest), data(), options=["--replicates", str(replicates)]):
        x = np.array(drawn)[:, int(row["area_code"][1:])]
        close([float(row[key]) for key in ("rank_low", "rank_high", "rank_mean")], [*np.percentile(x, [10, 90]), x.mean()], row)


def test_a_replicate_is_the_same_however_many_there_are():
    first = rows("uncertainty", text(rest=FACTORS), data(), options=["--replicates", "60"])
    assert first == rows("uncertainty", text(rest=FACTORS), data())
    other = rows("uncertainty", text(rest=FACTORS), data(), options=["--seed", "12"])
    assert first != other and [r["rank"] for r in first] == [r["rank"] for r in other]


def shift(definition_text):
    return np.abs(ranks_of(definition_text) - ranks_of(text())).mean()


def test_sensitivity_indices_are_by_their_formulas():
    n, d = 40, 3
    y = np.empty((n, d + 2))
    for k in range(n):
        y[k, 0] = shift(draw(k, [0, 0, 0]))
        y[k, 1] = shift(draw(k, [1, 1, 1]))
        for i in range(d):
            y[k, 2 + i] = shift(draw(k, [1 if f == i else 0 for f in range(d)]))
    variance = y[:, :2].var(ddof=1)
    found = rows("uncertainty", text(rest=FACTORS), data(), options=["--table", "sensitivity", "--replicates", str(n)])
    for i, row in enumerate(found):
        first = ((y[:, 1] - y[:, :2].mean()) * (y[:, 2 + i] - y[:, 0])).mean() / variance
        total = ((y[:, 0] - y[:, 2 + i]) ** 2).mean() / (2 * variance)
        close([float(row["first"]), float(row["total"])], [first, total], row)
        assert float(row["first_low"]) <= first <= float(row["first_high"]) and float(row["total_low"]) <= total
        picks = np.array([[int(uniform(11, 2 << 16, b, j) * n) for j in range(n)] for b in range(1000)])
        resampled = y[picks]
        means = resampled[:, :, :2].mean(axis=(1, 2))
        variances = resampled[:, :, :2].reshape(1000, -1).var(axis=1, ddof=1)
        totals = ((resampled[:, :, 0] - resampled[:, :, 2 + i]) ** 2).mean(axis=1) / (2 * variances)
        firsts = ((resampled[:, :, 1] - means[:, None]) * (resampled[:, :, 2 + i] - resampled[:, :, 0])).mean(axis=1) / variances
        close([float(row[key]) for key in ("total_low", "total_high", "first_low", "first_high")],
              [*np.percentile(totals, [2.5, 97.5]), *np.percentile(firsts, [2.5, 97.5])], row)


def test_a_choice_that_makes_no_difference_has_no_index():
    rest = FACTORS.replace("among: [arithmetic, geometric]", "among: [arithmetic, arithmetic]")
    row = rows("uncertainty", text(rest=rest), data(), options=["--table", "sensitivity", "--replicates", "30"])[1]
    assert float(row["total"]) == 0 and float(row["first"]) == 0, row


def test_replicates_that_fail_are_counted():
    rest = FACTORS.replace(NORMALISE[0], "normalise: min-max, range: [0, 1]").replace(
        NORMALISE[1], "normalise: z-score, mean-and-sd: [0, 1]")
    done = mindex("uncertainty", text(rest=rest), data(), options=["--csv"])
    assert done.returncode == 0
    failed = [k for k in range(60) if int(uniform(11, 0, k, 0) * 3) != 2 and int(uniform(11, 1, k, 0) * 2) == 1]
    fails = 0
    for k in failed:  # z-scores below 0 always fail; a min-max mean is 0 only where one place is least in all
        by = draw(k, [0] * 5).replace(NORMALISE[0], "normalise: min-max, range: [0, 1]").replace(
            NORMALISE[1], "normalise: z-score, mean-and-sd: [0, 1]")
        fails += mindex("score", by, data()).returncode == 1
    assert 0 < fails < 60 and f"{fails} of 60 replicates could not be scored and are left out; the first: " in done.stderr, \
        (fails, done.stderr)


def test_leaving_each_metric_out():
    for row in rows("uncertainty", text(), data(), options=["--table", "leave-out"]):
        without = text(without=row["metric"])
        shifts = np.abs(ranks_of(without) - ranks_of(text()))
        a, b = (columns_of(scores(t, data()))["all"] for t in (text(), without))
        close([float(row["mean_shift"]), float(row["most_shift"]), float(row["correlation"])],
              [shifts.mean(), shifts.max(), np.corrcoef(a, b)[0, 1]], row)


def test_an_index_of_very_many_places_has_intervals():
    """As many as the neighbourhoods (LSOA) of England."""
    places = 33755
    figures = np.random.default_rng(1).random((2, places)).round(6)
    lines = ["area_code,m0,m1", *(f"Q{i:05},{a},{b}" for i, (a, b) in enumerate(figures.T))]
    many = definition(["id: index, name: I, aggregate: arithmetic, coverage: 0, normalise: none",
                       "id: metric, name: M, normalise: min-max, range: [0, 1]"],
                      ("all", "", [(m, "direction: higher-is-need") for m in ("m0", "m1")]),
                      "uncertainty: {factors: [{vary: weight-noise, level: metric, noise: 0.5}]}")
    scaled = [(x - x.min()) / np.ptp(x) for x in figures]

    def ranks_at(place, replicates):
        """Of the place in each replicate."""
        ranks = []
        for k in range(replicates):
            weight = [1 + 0.5 * (2 * uniform(1, 0, k, n + 1) - 1) for n in (1, 2)]
            score = scaled[0] * weight[0] + scaled[1] * weight[1]
            ranks.append(1 + (score > score[place]).sum())
        return ranks

    for replicates, width in ((3, 1), (1186, 29)):  # so many that not every rank can be kept
        found = rows("uncertainty", many, "\n".join(lines) + "\n",
                     options=["--replicates", str(replicates), "--top", "2000"])[::1999]
        for row in found:
            ranks = ranks_at(int(row["area_code"][1:]), replicates)
            close([float(row["rank_mean"])], [np.mean(ranks)], row)
            for key, share in (("rank_low", 5), ("rank_median", 50), ("rank_high", 95)):
                off = abs(float(row[key]) - np.percentile(ranks, share))
                assert off <= (width - 1) / 2 + 1e-9, (row, key, off)
    text = mindex("uncertainty", many, "\n".join(lines) + "\n", options=["--replicates", "1186", "--top", "1"]).stdout
    assert "ranks are counted by 29: low, median and high are within 14 of the exact ones" in text, text


def test_too_few_replicates_are_refused_and_the_interval_is_told_as_it_is():
    for few in ("0", "1"):
        done = mindex("uncertainty", text(rest=FACTORS), data(), options=["--replicates", few])
        assert done.returncode == 2 and re.search(r"--replicates takes (2 to |a whole number)", done.stderr), (few, done.stderr)
    done = mindex("uncertainty", text(rest=FACTORS.replace("interval: 0.8", "interval: 0.975")), data())
    assert " low and high hold 97.5 % of them" in done.stdout, done.stdout


def test_a_factor_that_would_vary_nothing_is_refused():
    noise = "    - {vary: weight-noise, level: index, noise: 0.5}\n"
    again = "    - {vary: aggregate, level: index, among: [arithmetic, median]}\n"
    own = text(rest=FACTORS).replace("direction: higher-is-need", "direction: higher-is-need, normalise: rank")
    equal = text(rest=FACTORS + NOISE).replace("coverage: 0", "coverage: 0, weights: equal")
    for by, why in ((text(rest=FACTORS + noise), "weight-noise of index varies nothing"),
                    (text(rest=FACTORS + again), "aggregate of index stands here a second time"),
                    (own, "normalise of metric varies nothing"), (equal, "weight-noise of part varies nothing")):
        done = mindex("uncertainty", by, data())
        assert done.returncode == 3 and why in done.stderr, (why, done.stderr)
    factor = "    - {vary: weights, level: index, among: [given, equal]}\n"
    assert mindex("uncertainty", equal.replace(NOISE, NOISE + factor), data()).returncode == 0


def test_a_definition_without_uncertainty_is_refused_kindly():
    done = mindex("uncertainty", text(), data())
    assert done.returncode == 1 and "the definition has no 'uncertainty'" in done.stderr, done.stderr
    done = mindex("uncertainty", text(rest=FACTORS.replace("vary: aggregate", "vary: agregate")), data())
    assert done.returncode == 3 and "'vary': expected normalise, aggregate" in done.stderr, done.stderr


run([case for name, case in sorted(globals().items()) if name.startswith("test_")])
