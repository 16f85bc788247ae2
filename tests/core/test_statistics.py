"""Statistics of an index against numpy, and against values of R and of the literature."""
import csv
import io
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy as np

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from offline import close, columns_of, definition, mindex, rows, scores, table
from suite import ENGLAND, MINDEX, run

LEVELS = ["id: index, name: I, aggregate: arithmetic, coverage: 0, normalise: none",
          "id: part, name: P, aggregate: arithmetic, coverage: 0, normalise: none",
          "id: metric, name: M, normalise: z-score, mean-and-sd: [0, 1]"]
PLACES = 40


def leaf(m, keys=""):
    return m, f"direction: {'lower' if m == 'm1' else 'higher'}-is-need" + keys


TEXT = definition(LEVELS, ("all", "", [("one", "", [leaf("m0"), leaf("m1", ", weight: 2")]),
                                       ("two", "weight: 3", [leaf("m2"), leaf("m3"), leaf("m4")])]))


def data(seed=1, gaps=0.06):
    random = np.random.default_rng(seed)
    common = random.normal(size=PLACES)
    out = {}
    for k in range(5):
        x = np.round(common * (k - 1) + random.normal(3, 2, PLACES), 1)
        x[random.random(PLACES) < gaps] = np.nan
        out[f"m{k}"] = x
    out["m3"][:3] = 0
    return out


def test_the_table_of_metrics():
    columns = data()
    by = {row["metric"]: row for row in rows("stats", TEXT, table(columns))}
    for m, x in columns.items():
        v = x[~np.isnan(x)]
        n, d = len(v), v - v.mean()
        g1 = np.sqrt(n) * (d ** 3).sum() / (d ** 2).sum() ** 1.5 * np.sqrt(n * (n - 1)) / (n - 2)
        g2 = ((n + 1) * (n * (d ** 4).sum() / (d ** 2).sum() ** 2 - 3) + 6) * (n - 1) / ((n - 2) * (n - 3))
        q1, q3 = np.percentile(v, [25, 75])
        outliers = ((v < q1 - 1.5 * (q3 - q1)) | (v > q3 + 1.5 * (q3 - q1))).sum()
        expected = {"n": n, "missing": PLACES - n, "imputed": 0, "uniques": len(set(v)), "zeros": (v == 0).sum(),
                    "outliers": outliers, "min": v.min(), "q1": q1, "median": np.median(v), "mean": v.mean(), "q3": q3,
                    "max": v.max(), "sd": v.std(ddof=1), "skewness": g1, "kurtosis": g2}
        for key, value in expected.items():
            close([float(by[m][key])], [value], (m, key))


def test_large_figures_are_numbers_in_every_form():
    import json
    text = definition([LEVELS[0], "id: metric, name: M, normalise: rank"], ("all", "", [leaf("m0")]))
    x = np.array([1, 2, 3, 4, 10.0])
    for scale in (1e200, 1e307):
        row = json.loads(mindex("stats", text, table({"m0": x * scale}), options=["--json"]).stdout)[0]
        close([row["mean"] / scale, row["sd"] / scale, row["median"] / scale, row["skewness"]],
              [4, np.sqrt(12.5), 3, 36 / 10 ** 1.5 * np.sqrt(20) / 3], scale)
    row = json.loads(mindex("stats", text, table({"m0": np.array([-1.7e308, 1.7e308])}), options=["--json"]).stdout)[0]
    assert row["sd"] is None and row["mean"] == 0, row  # beyond every number


def test_skewness_and_kurtosis_are_of_type_2():
    # Joanes and Gill (1998) by hand for 1, 2, 3, 4, 10: m2 = 10, m3 = 36, m4 = 278.8 about the mean 4.
    x = np.array([1, 2, 3, 4, 10.0])
    row = [r for r in rows("stats", definition([LEVELS[0], "id: metric, name: M, normalise: none"], ("all", "", [leaf("m0")])),
                           table({"m0": x}))][0]
    close([float(row["skewness"])], [36 / 10 ** 1.5 * np.sqrt(20) / 3], "G1")
    close([float(row["kurtosis"])], [(6 * (278.8 / 100 - 3) + 6) * 4 / 6], "G2")


def average_ranks(x):
    return np.array([(x < v).sum() + ((x == v).sum() + 1) / 2 for v in x])


def t_tail(t, freedom):
    """Two-sided p of Student's t by integrating its density (Simpson, 400,000 steps to 60 beyond)."""
    import math
    norm = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)) / math.sqrt(freedom * math.pi)
    x = np.linspace(0, abs(t), 400001)
    y = norm * (1 + x ** 2 / freedom) ** (-(freedom + 1) / 2)
    h = x[1] - x[0]
    return 1 - 2 * h / 3 * (y[0] + y[-1] + 4 * y[1:-1:2].sum() + 2 * y[2:-1:2].sum())


def test_correlations_within_and_between_levels():
    columns = data(2)
    found = columns_of(scores(TEXT, table(columns)))
    done = rows("stats", TEXT, table(columns), options=["--table", "correlations"])
    nodes = ["all", "one", "m0", "m1", "two", "m2", "m3", "m4"]
    assert [(r["a"], r["b"]) for r in done] == [(a, b) for i, a in enumerate(nodes) for b in nodes[i + 1:]]
    for row in done:
        a, b = found[row["a"]], found[row["b"]]
        both = ~np.isnan(a) & ~np.isnan(b)
        n, r = both.sum(), np.corrcoef(a[both], b[both])[0, 1]
        rho = np.corrcoef(average_ranks(a[both]), average_ranks(b[both]))[0, 1]
        close([float(row["n"]), float(row["pearson"]), float(row["spearman"])], [n, r, rho], row)
        for value, p in ((r, "p"), (rho, "spearman_p")):
            expected = t_tail(value * np.sqrt((n - 2) / (1 - value ** 2)), n - 2)
            assert abs(float(row[p]) - expected) < 1e-9, (row, expected)
    relations = {(r["a"], r["b"]): r["relation"] for r in done}
    assert relations["one", "two"] == "siblings" and relations["all", "m4"] == "above" and relations["m1", "m2"] == "same level"


def complete(columns, names, found):
    x = np.array([found[m] for m in names])
    return x[:, ~np.isnan(x).any(axis=0)]


def test_cronbachs_alpha():
    columns = data(3)
    found = columns_of(scores(TEXT, table(columns)))
    for row in rows("stats", TEXT, table(columns), options=["--table", "alpha"]):
        x = complete(columns, {"all": ["one", "two"], "one": ["m0", "m1"], "two": ["m2", "m3", "m4"]}[row["node"]], found)
        k, c = len(x), np.cov(x)
        r = np.corrcoef(x)
        mean_r = (r.sum() - k) / (k * (k - 1))
        close([float(row["n"]), float(row["alpha"]), float(row["standardised"])],
              [x.shape[1], k / (k - 1) * (1 - np.trace(c) / c.sum()), k * mean_r / (1 + (k - 1) * mean_r)], row)


def test_principal_components():
    columns = data(4)
    found = columns_of(scores(TEXT, table(columns)))
    done = [r for r in rows("stats", TEXT, table(columns), options=["--table", "components", "--node", "two"])]
    x = complete(columns, ["m2", "m3", "m4"], found)
    values, vectors = np.linalg.eigh(np.corrcoef(x))
    for i in range(3):
        mine = [r for r in done if r["component"] == str(i + 1)]
        vector = vectors[:, 2 - i] * np.sign(vectors[:, 2 - i].sum())
        close([float(r["loading"]) for r in mine], vector, i)
        close([float(mine[0]["eigenvalue"]), float(mine[0]["share"])], [values[2 - i], values[2 - i] / 3], i)


def test_a_child_that_is_the_same_everywhere_is_seen_whatever_its_figure():
    """Ten times 0.1 is not 1: the deviations from its mean are not 0, and must count for nothing."""
    random = np.random.default_rng(8)
    columns = {"m0": random.random(10), "m1": random.random(10), "m2": np.full(10, 0.1)}
    text = lambda weights: definition([f"id: index, name: I, aggregate: arithmetic, coverage: 0, normalise: none, weights: {weights}",
                                       "id: metric, name: M, normalise: none"],
                                      ("all", "", [(m, "direction: higher-is-need") for m in columns]))
    assert rows("stats", text("given"), table(columns), options=["--table", "alpha"])[0]["alpha"] == ""
    done = rows("stats", text("given"), table(columns), options=["--table", "components"])
    assert [(r["node"], r["eigenvalue"], r["n"]) for r in done] == [("all", "", "10")], done
    for weights in ("pca", "optimised"):
        done = mindex("score", text(weights), table(columns))
        assert done.returncode == 1 and "'m2' is the same everywhere" in done.stderr, (weights, done.stderr)


def test_weights_and_what_they_make_of_the_index():
    done = {r["node"]: r for r in rows("stats", TEXT, table(data()), options=["--table", "weights"])}
    expected = {"all": 1, "one": 1 / 4, "two": 3 / 4, "m0": 1 / 12, "m1": 1 / 6, "m2": 1 / 4, "m3": 1 / 4, "m4": 1 / 4}
    for node, share in expected.items():
        close([float(done[node]["of_index"])], [share], node)


def test_the_outranking_matrix():
    columns = data(5, gaps=0)
    found = columns_of(scores(TEXT, table(columns)))
    done = {(r["area_code"], r["other_code"]): float(r["outranks"])
            for r in rows("stats", TEXT, table(columns), options=["--table", "outranking", "--node", "one"])}
    assert len(done) == PLACES * (PLACES - 1)
    a, b = found["m0"], found["m1"]
    for i in range(0, PLACES, 7):
        for k in range(1, PLACES, 9):
            if i != k:
                expected = ((a[i] > a[k]) + 0.5 * (a[i] == a[k]) + 2 * ((b[i] > b[k]) + 0.5 * (b[i] == b[k]))) / 3
                close([done[f"P{i:03}", f"P{k:03}"]], [expected], (i, k))


def test_two_definitions_are_compared():
    columns = data(6)
    other = TEXT.replace("weight: 2", "weight: 9").replace("normalise: z-score, mean-and-sd: [0, 1]", "normalise: min-max, range: [0, 1]")
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(other)
        file.flush()
        done = rows("compare", TEXT, table(columns), options=["--with", file.name])
    first = {r["area_code"]: r for r in scores(TEXT, table(columns)) if r["node"] == "all"}
    second = {r["area_code"]: r for r in scores(other, table(columns)) if r["node"] == "all"}
    shifts = []
    for row in done:
        a, b = first[row["area_code"]], second[row["area_code"]]
        assert row["rank_a"] == a["rank"] and row["rank_b"] == b["rank"] and row["score_a"] == a["score"], row
        assert int(row["places_up"]) == int(a["rank"]) - int(b["rank"])
        shifts.append(abs(int(row["places_up"])))
    assert shifts == sorted(shifts, reverse=True) and shifts[0] > 0


def test_a_place_of_either_definition_is_compared():
    """One that only the second has is in the table too, with what there is of it."""
    with tempfile.TemporaryDirectory() as home:
        fewer = pathlib.Path(home) / "fewer"
        shutil.copytree(ENGLAND, fewer)
        rules = (fewer / "index.yaml").read_text(encoding="utf-8")
        (fewer / "index.yaml").write_text(rules.replace("exclude: [", "exclude: [E07000117, "), encoding="utf-8")
        for pack, other, there in ((fewer, ENGLAND, "b"), (ENGLAND, fewer, "a")):
            done = subprocess.run([MINDEX, "compare", "--pack", pack, "--with", other, "--csv"], text=True,
                                  capture_output=True, check=True)
            found = {r["area_code"]: r for r in csv.DictReader(io.StringIO(done.stdout))}
            burnley = found["E07000117"]
            assert len(found) == 307 and burnley["area_name"] == "Burnley" and burnley["places_up"] == "", burnley
            assert [k for k in "ab" if burnley[f"rank_{k}"] and burnley[f"score_{k}"]] == [there], burnley


def test_strengths_are_by_the_places_with_more_need_whatever_ties_are_shown_as():
    levels = [LEVELS[0], "id: metric, name: M, normalise: percentile-rank, range: [0, 1]"]
    columns = {"few": np.array([5.0] * 12 + [4] * 7 + [1]), "m2": np.arange(20.0), "m3": np.arange(20.0)[::-1]}
    for ties in ("min", "max", "average", "dense"):
        text = definition(levels, ("all", "", [(m, "direction: higher-is-need") for m in columns]), f"ties: {ties}")
        done = rows("profile", text, table(columns), first=["P017"])
        # 2 of 20 places have more need by m2, 12 by few, 17 by m3; few is in the middle.
        assert [(r["metric"], r["kind"]) for r in done] == [("m2", "weakness"), ("few", ""), ("m3", "strength")], (ties, done)


def test_strengths_and_weaknesses():
    columns = data(7, gaps=0)
    done = rows("profile", TEXT, table(columns, region=["N", "S"] * 20), first=["P004"], options=["--top", "2"])
    ranks = {r["node"]: int(r["rank"]) for r in scores(TEXT, table(columns)) if r["area_code"] == "P004" and r["node"][0] == "m"}
    order = sorted(ranks, key=ranks.get)
    assert [r["metric"] for r in done if r["kind"] == "weakness"] == order[:2], (done, ranks)
    assert [r["metric"] for r in done if r["kind"] == "strength"] == order[-2:], (done, ranks)
    for row in done:
        x = columns[row["metric"]]
        close([float(row["figure"]), float(row["median"]), float(row["region_median"])],
              [x[4], np.median(x), np.median(x[::2])], row)


def test_tables_that_are_not_known_come_with_a_suggestion():
    done = mindex("stats", TEXT, table(data()), options=["--table", "correlation"])
    assert done.returncode == 2 and "did you mean 'correlations'?" in done.stderr, done.stderr


run([case for name, case in sorted(globals().items()) if name.startswith("test_")])
