"""What must hold of any index, whatever its figures: tried on random definitions and figures."""
import pathlib
import sys

import numpy as np

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from offline import close, columns_of, definition, mindex, rows, scores, table
from suite import ROOT, run

PLACES, SEEDS = 30, range(6)
SCALE_FREE = ["normalise: min-max, range: [1, 100]", "normalise: z-score, mean-and-sd: [50, 10]",
              "normalise: percentile-rank, range: [1, 100]", "normalise: rank", "normalise: borda",
              "normalise: exponential, range: [0, 100]", "normalise: distance-to-leader, range: [1, 100]"]
MEANS = ["arithmetic", "harmonic", "geometric", "generalised, power: 3", "median"]


def index(seed, normalise=None, aggregate="arithmetic", metric_keys="", rest=""):
    """A random tree of two to four levels, and figures for its metrics."""
    random = np.random.default_rng(seed)
    metrics, columns = [], {}

    def node(depth):
        if depth == 0:
            m = f"m{len(metrics)}"
            direction = random.choice(["higher", "lower"])
            metrics.append((m, direction))
            x = np.round(np.exp(random.normal(3, 0.8, PLACES)), int(random.integers(0, 3))) + 1
            x[random.random(PLACES) < random.choice([0, 0.1])] = np.nan
            columns[m] = x
            return m, f"weight: {random.integers(1, 5)}, direction: {direction}-is-need"
        name = f"n{node.count}"
        node.count += 1
        children = [node(depth - 1) for _ in range(int(random.integers(2, 4)))]
        return name, f"weight: {random.integers(1, 5)}", children

    node.count = 0
    depth = int(random.integers(1, 4))
    normalise = normalise or SCALE_FREE[seed % 3]
    levels = [f"id: l{d}, name: L{d}, aggregate: {aggregate}, coverage: 0, normalise: none" for d in range(depth)]
    text = definition([*levels, f"id: metric, name: M, {metric_keys}{normalise}"], node(depth), rest)
    return text, columns, dict(metrics)


def all_scores(text, columns, **texts):
    return columns_of(scores(text, table(columns, **texts)))


def test_a_metrics_unit_does_not_matter():
    for seed in SEEDS:
        for normalise in SCALE_FREE:
            text, columns, _ = index(seed, normalise)
            other = {m: x * 1000 if i % 2 else x / 7 for i, (m, x) in enumerate(columns.items())}
            before, after = all_scores(text, columns), all_scores(text, other)
            for node, x in before.items():
                close(after[node], x, (seed, normalise, node))


def test_the_zero_of_a_metrics_unit_does_not_matter():
    for seed in SEEDS:
        text, columns, _ = index(seed)
        before, after = all_scores(text, columns), all_scores(text, {m: x + 1024 for m, x in columns.items()})
        for node, x in before.items():
            assert np.allclose(after[node], x, rtol=1e-9, equal_nan=True), (seed, node)


def test_permuting_places_permutes_all():
    for seed in SEEDS:
        for aggregate in [*MEANS, "copeland"]:
            text, columns, _ = index(seed, SCALE_FREE[0], aggregate,
                                     "impute: median, treat: {winsorise: 3, transform: log-shifted}, ")
            order = np.random.default_rng(seed).permutation(PLACES)
            before = scores(text, table(columns))
            after = scores(text, table({m: x[order] for m, x in columns.items()}))
            scored, permuted = columns_of(before), columns_of(after)
            ranked, ranked_after = columns_of(before, "rank"), columns_of(after, "rank")
            for node in scored:
                close(permuted[node], scored[node][order], (seed, aggregate, node))
                close(ranked_after[node], ranked[node][order], (seed, aggregate, node))


def test_permuting_metrics_changes_nothing():
    for seed in SEEDS:
        text, columns, _ = index(seed, metric_keys="impute: mean, ")
        before = all_scores(text, columns)
        after = all_scores(text, dict(reversed(columns.items())))
        for node, x in before.items():
            assert (after[node] == x)[~np.isnan(x)].all(), node


def test_more_need_in_one_metric_is_never_less_need_overall():
    """Strictly inside the range, so that the yardsticks do not move: an additive index must rise."""
    for seed in SEEDS:
        for normalise in (SCALE_FREE[0], SCALE_FREE[2]):
            for aggregate in MEANS:
                text, columns, directions = index(seed, normalise, aggregate)
                before = scores(text, table(columns))
                root = before[0]["node"]
                for m in list(columns)[:3]:
                    x = columns[m]
                    there = np.flatnonzero(~np.isnan(x))
                    place = int(there[np.argsort(x[there])[len(there) // 2]])
                    better = {k: v.copy() for k, v in columns.items()}
                    ends = np.nanmin(x), np.nanmax(x)
                    better[m][place] = (x[place] * 2 + ends[directions[m] == "higher"]) / 3
                    after = scores(text, table(better))
                    was, now = (float(columns_of(t)[root][place]) for t in (before, after))
                    assert now >= was - 1e-9, (seed, normalise, aggregate, m, was, now)
                    ranks = [columns_of(t, "rank")[root][place] for t in (before, after)]
                    if normalise == SCALE_FREE[0]:
                        assert ranks[1] <= ranks[0], (seed, aggregate, m, ranks)


def test_the_same_inputs_give_the_same_digits():
    for seed in SEEDS:
        text, columns, _ = index(seed, metric_keys="impute: median, treat: {winsorise: 3, transform: box-cox}, ")
        assert scores(text, table(columns)) == scores(text, table(columns))


def test_wide_and_tidy_tables_are_the_same():
    for seed in SEEDS:
        text, columns, _ = index(seed)
        tidy = ["area_code,metric,value"]
        for m, x in columns.items():
            tidy += [f"P{i:03},{m},{'' if np.isnan(v) else repr(float(v))}" for i, v in enumerate(x)]
        assert scores(text, "\n".join(tidy) + "\n") == scores(text, table(columns)), seed


def test_leaving_a_metric_out_is_as_if_it_were_not_there():
    text, columns, _ = index(2)
    assert len(columns) > 4
    for row in rows("uncertainty", text, table(columns), options=["--table", "leave-out"]):
        assert row["failure"] == "" and int(row["places"]) > 0, row


def test_the_example_of_the_documentation_is_a_definition():
    text = (ROOT / "deploy" / "definition.md").read_text(encoding="utf-8")
    example = text[text.index("```yaml\n") + 8:text.index("```\n\nThe table")]
    random = np.random.default_rng(1)
    figures = {m: np.exp(random.normal(size=PLACES)) for m in ("pay", "jobless", "soot")}
    figures["soot"][4] = np.nan
    done = scores(example, table(figures, region=["N", "S"] * (PLACES // 2)))
    assert len(done) == 6 * PLACES and all(row["score"] for row in done)
    assert [row["area_code"] for row in done if row["imputed"] == "group-median"] == ["P004"]


def test_a_definition_that_cannot_mean_what_it_says_is_refused():
    for change, why in (
            (("range: [1, 100]", "range: [0, 100]"), "must then begin above 0: "),
            (("normalise: min-max, range: [1, 100]", "normalise: borda"), "must then begin above 0: "),
            (("coverage: 0", "coverage: 2"), "expected a share from 0 to 1"),
            (("direction: higher-is-need", "direction: higher-is-need, treat: {always: true, winsorise: 3}"), "'always' applies"),
            (("direction: higher-is-need", "direction: higher-is-need, per: 3"), "'per' belongs to a 'denominator'"),
            (("direction: higher-is-need", "direction: higher-is-need, impute: {method: group-mean}"), "needs 'by'"),
            (("coverage: 0", "coverage: 0, weights: optimised"), "optimised are those of an arithmetic mean")):
        text, columns, _ = index(1, SCALE_FREE[0], "geometric")
        assert change[0] in text, change
        done = mindex("score", text.replace(*change), table(columns))
        assert done.returncode == 3 and why in done.stderr, (change, done.stderr)


run([case for name, case in sorted(globals().items()) if name.startswith("test_")])
