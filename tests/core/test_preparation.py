"""What happens to figures before they are normalised, and weights that come from figures, against an
independent implementation with numpy, through the command line."""
import pathlib
import sys

import numpy as np

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from offline import close, columns_of, definition, mindex, rows, scores, table
from suite import run

MEAN = "aggregate: arithmetic, coverage: 0, normalise: none"
TOP = "id: index, name: I, " + MEAN


def metric(name, keys="", direction="higher-is-need"):
    return name, f"direction: {direction}" + (", " + keys if keys else "")


def flat(metrics, rest="", metric_level="normalise: none", top=TOP):
    return definition([top, "id: metric, name: M, " + metric_level], ("all", "", metrics), rest)


def column(text, data, node, key="score"):
    return columns_of(scores(text, data), key)[node]


def gappy(seed, places=60, metrics=5, gaps=0.15):
    """Correlated columns with gaps."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(places, metrics)) @ random.normal(size=(metrics, metrics)) + random.normal(5, 2, metrics)
    x[random.random(x.shape) < gaps] = np.nan
    return {f"m{k}": x[:, k] for k in range(metrics)}


# --- denominators ---------------------------------------------------------------------------------

def test_a_figure_is_divided_by_its_denominator():
    data = table({"jobs": [10, 20, 30, np.nan, 5], "people": [100, 50, 0, 10, np.nan]})
    text = flat([metric("jobs", "denominator: people, per: 1000")])
    done = scores(text, data)
    close(columns_of(done)["jobs"], [100, 400, np.nan, np.nan, np.nan], "per 1000")
    status = [row["status"] for row in done if row["node"] == "jobs"]
    assert status[2] == "not applicable" and status[3] == status[4] == "not available", status
    people = table({"jobs": [10, 20]}, population=["4", "8"])
    close(column(flat([metric("jobs", "denominator: population")]), people, "jobs"), [2.5, 2.5], "population")
    for texts, found in (({}, "no column 'population', which the metric 'jobs' is divided by"),
                         ({"population": ["4", ""]}, "expected a population, as a metric is divided by it")):
        done = mindex("score", flat([metric("jobs", "denominator: population")]), table({"jobs": [10, 20]}, **texts))
        assert done.returncode != 0 and found in done.stderr, done.stderr


# --- screening ------------------------------------------------------------------------------------

def test_places_and_metrics_with_too_few_figures_are_left_out():
    data = {"a": [1, 2, 3, np.nan, 4, 0], "b": [5, 6, np.nan, np.nan, 8, 0], "c": [9, 1, 2, 3, 4, 0],
            "d": [np.nan, np.nan, np.nan, np.nan, 1, np.nan], "e": [0, 0, 0, 0, 1, 0]}
    rest = "screen: {places: {available: 0.6, non-zero: 0.3}, metrics: {available: 0.5, non-zero: 0.4}}"
    done = scores(flat([metric(m) for m in data], rest), table(data))
    x = np.array(list(data.values()), float)
    figures = ~np.isnan(x)
    keep_metric = (figures.mean(axis=1) >= 0.5) & (((x != 0) & figures).sum(axis=1) / figures.sum(axis=1) >= 0.4)
    keep_place = (figures.mean(axis=0) >= 0.6) & (((x != 0) & figures).sum(axis=0) / figures.sum(axis=0) >= 0.3)
    assert keep_metric.tolist() == [True, True, True, False, False] and keep_place.tolist() == [True] * 3 + [False, True, False]
    kept = np.where(figures & keep_place & keep_metric[:, None], x, np.nan)
    found = columns_of(done)
    for k, m in enumerate(data):
        close(found[m], kept[k], m)
    expected = [np.nanmean(kept[:, i]) if keep_place[i] else np.nan for i in range(6)]
    close(found["all"], expected, "all")
    assert {row["status"] for row in done if row["area_code"] == "P003"} == {"left out by the definition's screening"}


def test_a_metric_that_is_left_out_needs_no_reference_area():
    data = table({"a": [1, 2, 3, 4], "b": [np.nan, np.nan, np.nan, 4]})
    rest = "screen: {metrics: {available: 0.5}}"
    keys = "normalise: distance-to-reference, range: [0, 1], reference: P001"
    close(column(flat([metric("a"), metric("b", keys)], rest), data, "all"), [1, 2, 3, 4], "b is out")
    done = mindex("score", flat([metric("a", keys.replace("P001", "Q001"))]), data)
    assert done.returncode == 1 and "there is no area 'Q001'" in done.stderr, done.stderr


# --- imputation -----------------------------------------------------------------------------------

def test_middles_of_the_column_and_of_groups():
    data = gappy(1)
    regions = ["North", "South", "East"] * 20
    text = table(data, region=regions)
    region = np.array(regions)
    for method, middle in (("mean", np.nanmean), ("median", np.nanmedian)):
        done = scores(flat([metric(m) for m in data], metric_level=f"impute: {method}, normalise: none"), text)
        for m, x in data.items():
            close(columns_of(done)[m], np.where(np.isnan(x), middle(x), x), (method, m))
        marks = [row["imputed"] for row in done if row["node"] == "m0"]
        assert [mark == method for mark in marks] == np.isnan(data["m0"]).tolist() and set(marks) == {"", method}
        grouped = flat([metric(m) for m in data],
                       metric_level=f"impute: {{method: group-{method}, by: region}}, normalise: none")
        found = columns_of(scores(grouped, text))
        for m, x in data.items():
            group = np.array([middle(x[region == r]) for r in regions])
            close(found[m], np.where(np.isnan(x), group, x), ("group", method, m))


def test_not_applicable_is_never_imputed_and_a_group_without_figures_stays_empty():
    data = table({"a": [1, "[z]", None, 3]}, region=["N", "N", "S", "N"])
    found = column(flat([metric("a", "impute: {method: group-mean, by: region}")]), data, "a")
    close(found, [1, np.nan, np.nan, 3], "group")
    close(column(flat([metric("a", "impute: mean")]), data, "a"), [1, np.nan, 2, 3], "mean")


def test_regression_on_other_metrics():
    data = gappy(2)
    text = flat([metric("m0", "impute: {method: regression, on: [m1, m3]}"), *(metric(m) for m in data if m != "m0")])
    y, x = data["m0"], np.array([np.ones(60), data["m1"], data["m3"]])
    there = ~np.isnan(x).any(axis=0)
    fit = there & ~np.isnan(y)
    b = np.linalg.lstsq(x[:, fit].T, y[fit], rcond=None)[0]
    close(column(text, table(data), "m0"), np.where(np.isnan(y) & there, b @ x, y), "regression")


def em(x, tolerance=1e-13):
    """Conditional means under the multivariate normal of greatest likelihood: the textbook's loop."""
    n, m = x.shape
    gap = np.isnan(x)
    mean, cov = np.nanmean(x, axis=0), np.diag(np.nanvar(x, axis=0))
    for _ in range(100000):
        filled, left = np.where(gap, 0, x), np.zeros((m, m))
        for i in range(n):
            g, s = gap[i], ~gap[i]
            b = cov[np.ix_(g, s)] @ np.linalg.inv(cov[np.ix_(s, s)])
            filled[i, g] = mean[g] + b @ (x[i, s] - mean[s])
            left[np.ix_(g, g)] += cov[np.ix_(g, g)] - b @ cov[np.ix_(s, g)]
        new_mean = filled.mean(axis=0)
        new_cov = (filled - new_mean).T @ (filled - new_mean) / n + left / n
        change = max(abs(new_mean - mean).max(), abs(new_cov - cov).max())
        mean, cov = new_mean, new_cov
        if change < tolerance:
            return filled
    raise AssertionError("no convergence")


def test_expectation_maximisation():
    for seed in (3, 4):
        data = gappy(seed, places=80, metrics=4, gaps=0.1)
        found = columns_of(scores(flat([metric(m) for m in data], metric_level="impute: em, normalise: none"), table(data)))
        expected = em(np.array(list(data.values())).T)
        for k, m in enumerate(data):
            close(found[m], expected[:, k], ("em", seed, m))


def test_expectation_maximisation_does_not_depend_on_where_a_unit_begins():
    data = gappy(5, places=40, metrics=3, gaps=0.2)
    level = "impute: em, normalise: z-score, mean-and-sd: [0, 1]"
    far = {m: x + 2.0 ** 20 for m, x in data.items()}
    data = {m: x - 2.0 ** 20 for m, x in far.items()}  # as far as digits that far out tell
    near = columns_of(scores(flat([metric(m) for m in data], metric_level=level), table(data)))
    found = columns_of(scores(flat([metric(m) for m in far], metric_level=level), table(far)))
    for m in data:
        assert np.allclose(found[m], near[m], rtol=0, atol=1e-8), m
    alone = table({"m0": far["m0"]})
    assert mindex("score", flat([metric("m0")], metric_level=level), alone).returncode == 0


def test_what_cannot_be_imputed_is_said():
    data = table({"a": [1, 2, None], "b": [2, 4, 6]})
    done = mindex("score", flat([metric("a", "impute: {method: regression, on: [b, c]}"), metric("b"), metric("c")]),
                  table({"a": [1, 2, None], "b": [2, 4, 6], "c": [1, 2, 3]}))
    assert done.returncode == 1 and "metric 'a': no regression on 2 metrics" in done.stderr, done.stderr
    done = mindex("score", flat([metric("a", "impute: {method: regression, on: [b, q]}"), metric("b")]), data)
    assert done.returncode == 3 and "regression on 'q': there is no such metric" in done.stderr, done.stderr
    dependent = table({"a": [1, 2, 5, 3], "b": [2, 4, 10, 6], "c": [1, None, 4, 3]})
    done = mindex("score", flat([metric(m, "impute: em") for m in "abc"]), dependent)
    assert done.returncode == 1 and "em over 3 metrics and 4 places has no covariance of full rank" in done.stderr, done.stderr


# --- panels ---------------------------------------------------------------------------------------

PANEL = """area_code,period,a,b
P0,2019,1,10
P1,2019,2,
P2,2019,3,30
P0,2020,,11
P1,2020,5,22
P2,2020,9,35
P0,2021,4,12
P1,2021,,
P2,2021,10,36
"""


def panel(normalise, impute=""):
    return flat([metric("a"), metric("b")], f"panel: {{periods: [2019, 2020, 2021], normalise: {normalise}}}",
                f"{impute}normalise: min-max, range: [0, 1]")


def by_period(text):
    out = {}
    for row in scores(text, PANEL):
        out.setdefault((row["node"], row["period"]), []).append(float(row["score"]) if row["score"] else np.nan)
    return out


A = np.array([[1, 2, 3], [np.nan, 5, 9], [4, np.nan, 10]])


def test_a_panel_is_normalised_over_all_or_within_each_period():
    found = by_period(panel("over-all"))
    for p, period in enumerate(("2019", "2020", "2021")):
        close(found["a", period], (A[p] - 1) / 9, period)
    found = by_period(panel("within-each"))
    for p, period in enumerate(("2019", "2020", "2021")):
        low, high = np.nanmin(A[p]), np.nanmax(A[p])
        close(found["a", period], (A[p] - low) / (high - low), period)
    ranks = [(r["area_code"], r["rank"]) for r in scores(panel("over-all"), PANEL) if r["node"] == "a" and r["period"] == "2020"]
    assert ranks == [("P0", ""), ("P1", "2"), ("P2", "1")], ranks


def test_a_mean_is_imputed_over_all_periods_or_within_each():
    for normalise, middle in (("over-all", lambda p: np.nanmean(A)), ("within-each", lambda p: np.nanmean(A[p]))):
        filled = np.array([np.where(np.isnan(A[p]), middle(p), A[p]) for p in range(3)])
        found = by_period(panel(normalise, "impute: mean, "))
        for p, period in enumerate(("2019", "2020", "2021")):
            of = filled if normalise == "over-all" else filled[p]
            close(found["a", period], (filled[p] - of.min()) / (of.max() - of.min()), (normalise, period))


def test_the_last_period_is_carried_forward_and_marked():
    text = panel("over-all", "impute: carry-forward, ")
    found = by_period(text)
    carried = np.array([[1, 2, 3], [1, 5, 9], [4, 5, 10]])
    for p, period in enumerate(("2019", "2020", "2021")):
        close(found["a", period], (carried[p] - 1) / 9, period)
    marks = {(r["area_code"], r["period"]) for r in scores(text, PANEL) if r["imputed"] == "carry-forward"}
    assert marks == {("P0", "2020"), ("P1", "2021")}, marks
    marks_b = {(r["area_code"], r["period"], r["node"]) for r in scores(text, PANEL) if r["imputed"]}
    assert ("P1", "2021", "b") in marks_b and ("P1", "2019", "b") not in marks_b, marks_b


def test_carrying_forward_without_a_panel_takes_the_newest_older_figure():
    text = flat([metric("a"), metric("b")], metric_level="impute: carry-forward, normalise: none")
    found = columns_of(scores(text, PANEL))
    close(found["a"], [4, 5, 10], "a")
    close(found["b"], [12, 22, 36], "b")


# --- outliers -------------------------------------------------------------------------------------

def shape(x):
    n, d = len(x), x - x.mean()
    g1 = np.sqrt(n) * (d ** 3).sum() / (d ** 2).sum() ** 1.5
    g2 = n * (d ** 4).sum() / (d ** 2).sum() ** 2 - 3
    return g1 * np.sqrt(n * (n - 1)) / (n - 2), ((n + 1) * g2 + 6) * (n - 1) / ((n - 2) * (n - 3))


def passes(x, skew=2, kurt=3.5):
    g, k = shape(x)
    return abs(g) < skew or k < kurt


def winsorised(x, most):
    """The textbook's: the end value becomes the next, ties together, all that are moved counted."""
    x, moved = x.copy(), {True: 0, False: 0}
    while not passes(x) and sum(moved.values()) < most:
        high = shape(x)[0] >= 0
        end = x.max() if high else x.min()
        rest = x[x != end]
        moved[high] = int((x == end).sum())
        x[x == end] = rest.max() if high else rest.min()
    return x


def skewed(seed, how_many=1, tail=40.0, sign=1):
    random = np.random.default_rng(seed)
    x = random.normal(10, 1, 50)
    x[:how_many] += sign * tail * (1 + random.random(how_many))
    return x


TREAT = "treat: {winsorise: 5, transform: log-shifted}"


def test_points_are_moved_until_the_column_passes():
    for seed, many, sign in ((1, 1, 1), (2, 3, 1), (3, 4, -1), (4, 2, -1)):
        x = skewed(seed, many, sign=sign)
        for direction, turn in (("higher-is-need", 1), ("lower-is-need", -1)):
            found = column(flat([metric("a", TREAT, direction)]), table({"a": x}), "a")
            expected = winsorised(turn * x, 5)
            assert passes(expected) and not passes(turn * x)
            close(found, expected, (seed, direction))
            marks = [r["winsorised"] for r in scores(flat([metric("a", TREAT, direction)]), table({"a": x})) if r["node"] == "a"]
            assert [mark == "winsorised" for mark in marks] == (expected != turn * x).tolist(), marks


def test_tied_points_move_together():
    x = np.array([*np.linspace(0, 1, 40), 50, 50, 60, 60])
    close(column(flat([metric("a", "treat: {winsorise: 4}")]), table({"a": x}), "a"), winsorised(x, 4), "ties")


def test_after_the_cap_the_untouched_column_is_transformed():
    x = np.exp(np.random.default_rng(7).normal(0, 2.5, 80))
    assert not passes(x) and not passes(winsorised(x, 5))
    shifted = np.log(x - x.min() + 0.01 * (x.max() - x.min()))
    assert passes(shifted)
    close(column(flat([metric("a", TREAT)]), table({"a": x}), "a"), shifted, "log-shifted")
    from_one = np.log(x - x.min() + 1)
    close(column(flat([metric("a", "treat: {winsorise: 5, transform: log-from-one}")]), table({"a": x}), "a"),
          from_one, "log-from-one")
    for transform, expected in (("log", np.log(x)), ("box-cox, lambda: 0.3", ((x - x.min() + 1) ** 0.3 - 1) / 0.3),
                                ("box-cox, lambda: 0", from_one),
                                ("log-mirrored", -np.log(x.max() - x + 0.01 * (x.max() - x.min())))):
        found = column(flat([metric("a", f"treat: {{always: true, transform: {transform}}}")]), table({"a": x}), "a")
        close(found, expected, transform)


def test_box_cox_is_of_greatest_likelihood():
    for seed in (8, 9, 10):
        x = np.exp(np.random.default_rng(seed).normal(0, 1.5, 60))
        z = x - x.min() + 1

        def slope(lam):  # of the likelihood, which has one top
            y, change = (z ** lam - 1) / lam, (z ** lam * (lam * np.log(z) - 1) + 1) / lam ** 2
            return np.log(z).sum() - len(z) * ((y - y.mean()) * (change - change.mean())).sum() / ((y - y.mean()) ** 2).sum()

        low, high = -5.0, -1e-3
        assert slope(low) > 0 > slope(high)
        while high - low > 1e-13:
            low, high = ((low + high) / 2, high) if slope((low + high) / 2) > 0 else (low, (low + high) / 2)
        found = column(flat([metric("a", "treat: {always: true, transform: box-cox}")]), table({"a": x}), "a")
        close(found, (z ** low - 1) / low, ("lambda", seed, low))


def test_logarithms_of_small_figures_lose_no_digits():
    x = np.random.default_rng(3).uniform(1, 2, 20) * 2.0 ** -40
    for transform in ("log-from-one", "box-cox, lambda: 0"):
        found = column(flat([metric("a", f"treat: {{always: true, transform: {transform}}}")]), table({"a": x}), "a")
        assert np.allclose(found, np.log1p(x - x.min()), rtol=1e-12, atol=0), transform


def test_a_transform_that_does_not_help_is_not_kept():
    random = np.random.default_rng(11)
    x = np.concatenate([random.normal(0, 1, 60), -np.exp(random.normal(2.5, 1, 8))])
    assert not passes(x) and not passes(winsorised(x, 5)) and shape(x)[0] < 0
    shifted = np.log(x - x.min() + 0.01 * (x.max() - x.min()))
    assert abs(shape(shifted)[0]) > abs(shape(x)[0])
    text = flat([metric("a", TREAT)])
    close(column(text, table({"a": x}), "a"), x, "left as it was")
    record = rows("stats", text, table({"a": x}))[0]
    assert record["treatment"] == "log-shifted did not help: left as it was" and record["passes"] == "false", record


def test_winsorising_does_not_make_all_places_the_same():
    x = np.array([0, 0, 0, 0, 100.0])
    for keys in ("winsorise: 5", "winsorise: 5, transform: log-shifted"):
        text = flat([metric("a", "treat: {" + keys + "}")])
        close(column(text, table({"a": x}), "a"), x, keys)
        assert rows("stats", text, table({"a": x}))[0]["passes"] == "false", keys
    x = np.array([0] * 8 + [1, 100.0])
    text = flat([metric("a", "treat: {winsorise: 5}")])
    close(column(text, table({"a": x}), "a"), [0] * 8 + [1, 1], "as far as two values")


def test_outliers_do_not_depend_on_the_unit():
    x = np.concatenate([np.arange(1.0, 20), [400.0]])
    text = flat([metric("a", TREAT)])
    for unit in (1e-300, 1e-100, 1e100, 1e300):
        treated = column(text, table({"a": x * unit}), "a")
        assert np.allclose(treated / unit, column(text, table({"a": x}), "a"), rtol=1e-12, atol=0), unit


def test_numbers_that_are_too_large_are_said_where_they_arise():
    data = table({"a": [1e300, 2, 3], "b": [1e-300, 1, 2]})
    places = "id: index, name: I, aggregate: copeland, coverage: 0, normalise: none"
    for top in (TOP, places):
        done = mindex("score", flat([metric("a", "denominator: b")], top=top), data)
        assert done.returncode == 1 and "node 'a', area P000: the figure is too large" in done.stderr, done
        done = mindex("score", flat([metric("a", "normalise: scaled, range: [0, 1e9], goalposts: [0, 1e-5]")], top=top), data)
        assert done.returncode == 1 and "node 'a', area P000: the score is too large" in done.stderr, done


def test_a_metric_of_its_own_scale_must_also_begin_above_0_under_a_mean_of_logs():
    top = "id: index, name: I, aggregate: geometric, coverage: 0, normalise: none"
    data = table({"a": [1, 2, 3], "b": [3, 1, 2]})
    for own, bad in (("", False), ("range: [0, 1]", True), ("normalise: borda", True), ("range: [2, 3]", False)):
        text = flat([metric("a"), metric("b", own)], metric_level="normalise: min-max, range: [1, 100]", top=top)
        done = mindex("score", text, data)
        assert ("0.yaml:13:" in done.stderr and "must then begin above 0" in done.stderr) == bad, (own, done.stderr)


def test_a_log_of_what_is_not_above_0_is_refused():
    done = mindex("score", flat([metric("a", "treat: {always: true, transform: log}")]), table({"a": [1, 0, 3, 4]}))
    assert done.returncode == 1 and "log needs figures above 0" in done.stderr, done.stderr


# --- weights --------------------------------------------------------------------------------------

def weighted(weights, keys="", given=None):
    names = [f"m{k}" for k in range(4)]
    given = given or [1, 1, 1, 1]
    top = f"id: index, name: I, aggregate: arithmetic, coverage: 0, normalise: none, weights: {weights}"
    return flat([metric(m, f"weight: {w}") for m, w in zip(names, given)], keys,
                "normalise: z-score, mean-and-sd: [0, 1]", top)


def correlated(seed=5, places=50):
    random = np.random.default_rng(seed)
    common = random.normal(size=places)
    return {f"m{k}": common * (k + 2) / 6 + random.normal(size=places) for k in range(4)}


def z(data):
    return np.array([(x - x.mean()) / x.std(ddof=1) for x in data.values()])


def test_weights_from_the_first_principal_component():
    data = correlated()
    c = np.corrcoef(z(data))
    first = np.linalg.eigh(c)[1][:, -1]
    first = first * np.sign(first.sum())
    for method, w in (("pca", first), ("pca-squared", first ** 2), ("equal", np.ones(4))):
        close(column(weighted(method), table(data), "all"), w @ z(data) / w.sum(), method)


def test_optimised_weights_give_each_the_stated_importance():
    data = correlated()
    for given in ([1, 1, 1, 1], [1, 1.5, 1, 1.2]):
        index = column(weighted("optimised", given=given), table(data), "all")
        correlation = np.array([np.corrcoef(x, index)[0, 1] for x in data.values()])
        close(correlation / correlation.sum(), np.array(given) / sum(given), given)


def test_weights_that_cannot_be_are_refused():
    data = correlated()
    data["m1"] = -data["m1"] - data["m2"]
    done = mindex("score", weighted("pca"), table(data))
    assert done.returncode == 1 and "not above 0" in done.stderr, done.stderr


def test_weight_sets_by_name():
    data = correlated()
    sets = "weight-sets: [{id: experts, weights: [{node: m1, weight: 5}]}]\nweights: experts"
    w = np.array([2, 5, 1, 1])
    close(column(weighted("given", sets, [2, 1, 1, 1]), table(data), "all"), w @ z(data) / w.sum(), "set")
    done = mindex("score", weighted("given", sets.replace("weights: experts", "weights: expert")), table(data))
    assert done.returncode == 3 and "unknown weight set 'expert': did you mean 'experts'?" in done.stderr, done.stderr


# --- ranks ----------------------------------------------------------------------------------------

def test_result_ranks_of_equal_scores():
    data = table({"a": [5, 9, 5, 1, 9, 9]})
    for ties, expected in (("min", [4, 1, 4, 6, 1, 1]), ("max", [5, 3, 5, 6, 3, 3]), ("dense", [2, 1, 2, 3, 1, 1]),
                           ("average", [4.5, 2, 4.5, 6, 2, 2])):
        close(column(flat([metric("a")], f"ties: {ties}"), data, "all", "rank"), expected, ties)


run([case for name, case in sorted(globals().items()) if name.startswith("test_")])
