"""The split of a change over its causes, against the Owen value computed from its definition: every
mix of old and new figures is scored by the program itself and the marginal contributions are averaged over
all orders that keep unions together. And what must hold of any split."""
import itertools
import pathlib
import sys
import tempfile

import numpy as np

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from offline import columns_of, definition, mindex, rows, scores, table
from suite import run

PLACES, METRICS = 12, 4
TREES = {
    "additive": (["id: index, name: I, aggregate: arithmetic, coverage: 0, normalise: none",
                  "id: part, name: P, aggregate: arithmetic, coverage: 0, normalise: none",
                  "id: metric, name: M, normalise: min-max, range: [0, 100]"]),
    "bent": (["id: index, name: I, aggregate: geometric, coverage: 0, normalise: none",
              "id: part, name: P, aggregate: generalised, power: 2, coverage: 0, normalise: min-max, range: [1, 100]",
              "id: metric, name: M, impute: mean, normalise: percentile-rank, range: [1, 100]"]),
    "pooled": (["id: index, name: I, aggregate: arithmetic, coverage: 0, normalise: none",
                "id: part, name: P, aggregate: harmonic, coverage: 0, normalise: min-max, range: [1, 2]",
                "id: metric, name: M, treat: {winsorise: 2}, normalise: z-score, mean-and-sd: [100, 3]"]),
}


def tree(levels, weight=1):
    leaf = lambda k: (f"m{k}", f"direction: {'lower' if k == 1 else 'higher'}-is-need, weight: {k + weight}")
    return definition(levels, ("all", "", [("one", "", [leaf(0), leaf(1)]), ("two", "", [leaf(2), leaf(3)])]))


def figures(seed):
    random = np.random.default_rng(seed)
    return {f"m{k}": np.round(np.exp(random.normal(2, 0.5, PLACES)), 1) for k in range(METRICS)}


def changed(columns, seed, metrics, gaps=()):
    random = np.random.default_rng(seed)
    out = {m: x.copy() for m, x in columns.items()}
    for m in metrics:
        some = random.random(PLACES) < 0.5
        some[3] = True
        out[m][some] = np.round(out[m][some] * random.uniform(0.5, 1.6, some.sum()), 1)
    for m, i in gaps:
        out[m][i] = np.nan
    return out


def owen(unions, worth):
    """{player: value} by definition: all orders of unions, and of players within each, equally likely."""
    value = {p: 0.0 for union in unions for p in union}
    orders = [list(itertools.chain(*inner)) for outer in itertools.permutations(unions)
              for inner in itertools.product(*(list(itertools.permutations(u)) for u in outer))]
    for order in orders:
        before = frozenset()
        for player in order:
            after = before | {player}
            value[player] += (worth(after) - worth(before)) / len(orders)
            before = after
    return value


def mixed(old, new, place, coalition):
    """Figures where own and others' cells are new as the coalition says."""
    out = {m: x.copy() for m, x in old.items()}
    for m in old:
        for i in range(PLACES):
            if ((m, "own") if i == place else (m, "others")) in coalition:
                out[m][i] = new[m][i]
    return out


def explained(text, old, new, place, newer=None):
    """{node: {(metric, cause): amount, "change": of the score}}; `newer`: the text of another definition."""
    out = {}
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(newer or text)
        file.flush()
        options = ["--with", file.name] if newer else []
        done = rows("explain", text, table(old), table(new), first=[f"P{place:03}"], options=options)
    for row in done:
        node = out.setdefault(row["node"], {})
        node[row["metric"], row["cause"]] = float(row["amount"])
        node["change"] = float(row["new_score"]) - float(row["old_score"])
    return out


def near(a, b):
    return abs(a - b) < 1e-9 * max(1, abs(a), abs(b))


def test_one_metric_is_split_into_own_and_others():
    for name, levels in TREES.items():
        text, old = tree(levels), figures(1)
        new = changed(old, 2, ["m1"])
        for place in (3, 7):
            worth = {}
            def score(coalition):
                if coalition not in worth:
                    worth[coalition] = columns_of(scores(text, table(mixed(old, new, place, coalition))))
                return worth[coalition]
            found = explained(text, old, new, place)
            for node in ("all", "one", "m1"):
                value = owen([[("m1", "own"), ("m1", "others")]], lambda c: score(c)[node][place])
                for player, amount in value.items():
                    assert near(found[node].get(player, 0.0), amount), (name, node, player, found[node], value)
            assert "two" not in found and "m0" not in found, found.keys()


def test_several_metrics_are_unions():
    for name, levels in TREES.items():
        text, old = tree(levels), figures(3)
        new = changed(old, 4, ["m0", "m2"])
        worth = {}
        def score(coalition):
            if coalition not in worth:
                worth[coalition] = columns_of(scores(text, table(mixed(old, new, 3, coalition))))["all"][3]
            return worth[coalition]
        value = owen([[("m0", "own"), ("m0", "others")], [("m2", "own"), ("m2", "others")]], score)
        found = explained(text, old, new, 3)["all"]
        for player, amount in value.items():
            assert near(found.get(player, 0.0), amount), (name, player, found, value)


def test_a_changed_definition_is_a_cause():
    old, newer_text = figures(3), tree(TREES["bent"], 4)
    text = tree(TREES["additive"])
    new = changed(old, 4, ["m1", "m2"])
    worth = {}
    def score(coalition):
        if coalition not in worth:
            by = newer_text if ("", "definition") in coalition else text
            worth[coalition] = columns_of(scores(by, table(mixed(old, new, 3, coalition))))["all"][3]
        return worth[coalition]
    value = owen([[("m1", "own"), ("m1", "others")], [("m2", "own"), ("m2", "others")], [("", "definition")]], score)
    found = explained(text, old, new, 3, newer_text)["all"]
    for player, amount in value.items():
        assert near(found.get(player, 0.0), amount), (player, found, value)
    only = explained(text, old, old, 3, newer_text)["all"]
    assert set(only) == {("", "definition"), "change"} and near(only["", "definition"], only["change"]), only


def test_the_parts_add_up_for_every_place_and_node():
    for name, levels in TREES.items():
        for seed in range(3):
            old = figures(seed)
            new = changed(old, seed + 10, ["m0", "m1", "m2", "m3"][: seed + 2])
            for place in (0, 3, 11):
                for node, parts in explained(tree(levels), old, new, place).items():
                    change = parts.pop("change")
                    assert near(sum(parts.values()), change), (name, seed, place, node, parts, change)


def test_an_imputed_figure_is_its_own_cause():
    levels = TREES["bent"]
    old = figures(5)
    old["m0"][3] = np.nan
    new = changed(old, 6, ["m0"])
    new["m0"][3] = np.nan
    found = explained(tree(levels), old, new, 3)["m0"]
    assert found.get(("m0", "filled")) and ("m0", "own") not in found, found
    came = {m: x.copy() for m, x in new.items()}
    came["m0"][3] = 9.9
    assert ("m0", "filled") in explained(tree(levels), old, came, 3)["m0"]
    assert ("m0", "filled") not in explained(tree(levels), old, came, 4)["m0"]


def test_a_score_that_came_or_went_has_no_split():
    levels = TREES["additive"]
    text = tree(levels).replace("coverage: 0", "coverage: 1")
    old = figures(7)
    new = {m: x.copy() for m, x in old.items()}
    new["m0"][3] = np.nan
    found = explained(text, old, new, 3)
    assert "all" not in found and "m0" not in found, found


def test_a_metric_that_screening_leaves_out_is_not_a_gap():
    """Coverage does not count it, and leaving it out is one cause, told as what it is."""
    leaves = [(f"m{k}", "direction: higher-is-need") for k in range(3)]
    text = definition(["id: index, name: I, aggregate: arithmetic, coverage: 1, normalise: none",
                       "id: metric, name: M, normalise: min-max, range: [0, 100]"], ("all", "", leaves),
                      "screen: {metrics: {available: 0.5}}")
    old = {m: x for m, x in figures(1).items() if m != "m3"}
    new = {m: x.copy() for m, x in old.items()}
    new["m2"][PLACES // 3:] = np.nan
    for place in (1, 9):  # one that still has a figure, one that has none
        for before, after, words in ((old, new, "leaving out m2"), (new, old, "counting m2")):
            scored = [columns_of(scores(text, table(x)))["all"][place] for x in (before, after)]
            found = explained(text, before, after, place)["all"]
            assert near(found["change"], scored[1] - scored[0]) and near(found["m2", "others"], found["change"]), found
            said = mindex("explain", text, table(before), table(after), first=[f"P{place:03}"]).stdout
            assert f" from {words}, for which there are now " in said, said


def test_a_place_that_joins_or_leaves_is_one_cause():
    text, old = tree(TREES["additive"]), figures(1)
    old["m0"][7] = old["m1"][7] = 50  # the yardstick of others
    both = table(old)
    fewer = "".join(line for line in both.splitlines(True) if not line.startswith("P007"))
    for before, after, ranks in ((both, fewer, (PLACES, PLACES - 1)), (fewer, both, (PLACES - 1, PLACES))):
        scored = [[float(r["score"]) for r in scores(text, x) if r["node"] == "all" and r["area_code"] == "P003"][0]
                  for x in (before, after)]
        done = rows("explain", text, before, after, first=["P003"], options=["--node", "all"])
        assert [(r["cause"], r["metric"]) for r in done] == [("definition", "")], done
        assert near(float(done[0]["amount"]), scored[1] - scored[0]), done
        said = mindex("explain", text, before, after, first=["P003"], options=["--node", "all"]).stdout
        assert "from places that joined or left the index." in said and "definition of" not in said, said
        came_or_went = mindex("explain", text, before, after, first=["P007"])
        assert ("no longer in the index" in came_or_went.stderr) == (after == fewer), came_or_went
        assert ("has no score for all before" in came_or_went.stdout) == (before == fewer), came_or_went
        assert f" of {ranks[0]}" in said and f" of {ranks[1]}" in said, said


def test_what_did_not_change_is_no_cause():
    old = figures(8)
    assert explained(tree(TREES["additive"]), old, old, 3) == {}
    new = {m: x.copy() for m, x in old.items()}
    inner = int(np.argsort(new["m2"])[5])  # neither the least nor the greatest, and stays so
    new["m2"][inner] += 0.01
    found = explained(tree(TREES["additive"]), old, new, inner)
    assert set(found["all"]) == {("m2", "own"), "change"}, found


def test_many_metrics_are_taken_together_by_their_parents():
    metrics = [f"m{k}" for k in range(12)]
    levels = TREES["additive"]
    text = definition(levels, ("all", "", [(p, "", [(m, "direction: higher-is-need") for m in metrics[i::3]])
                                           for i, p in enumerate(("a", "b", "c"))]))
    random = np.random.default_rng(9)
    old = {m: random.random(PLACES) for m in metrics}
    new = {m: random.random(PLACES) for m in metrics}
    found = explained(text, old, new, 3)["all"]
    change = found.pop("change")
    assert {metric for metric, _ in found} == {"a", "b", "c"}, found
    assert near(sum(found.values()), change)


def test_a_union_of_metrics_has_own_filled_and_others():
    """Three causes in each of two unions, against the definition of the Owen value; figures are filled in here."""
    metrics, place = [f"m{k}" for k in range(10)], 3
    parts = {"a": metrics[:5], "b": metrics[5:]}
    text = definition(["id: index, name: I, aggregate: geometric, coverage: 0, normalise: none",
                       "id: part, name: P, aggregate: harmonic, coverage: 0, normalise: none",
                       "id: metric, name: M, impute: mean, normalise: min-max, range: [1, 100]"],
                      ("all", "", [(p, "", [(m, "direction: higher-is-need") for m in some]) for p, some in parts.items()]))
    random = np.random.default_rng(12)
    old, new = ({m: random.random(PLACES) for m in metrics} for _ in range(2))
    gaps = {("m0", 0), ("m1", 1), ("m6", 0), ("m6", 1), ("m8", 0)}  # in which of the two the place has none
    for m, which in gaps:
        (old, new)[which][m][place] = np.nan
    filled = [{m: np.where(np.isnan(x), np.nanmean(x), x) for m, x in figures.items()} for figures in (old, new)]
    worth = {}

    def score(coalition):
        if coalition not in worth:
            mix = {}
            for p, some in parts.items():
                for m in some:
                    kind = "filled" if {(m, 0), (m, 1)} & gaps else "own"
                    mix[m] = filled[(p, "others") in coalition][m].copy()
                    mix[m][place] = filled[(p, kind) in coalition][m][place]
            worth[coalition] = columns_of(scores(text.replace("impute: mean, ", ""), table(mix)))["all"][place]
        return worth[coalition]

    value = owen([[(p, kind) for kind in ("own", "filled", "others")] for p in parts], score)
    found = explained(text, old, new, place)["all"]
    assert set(found) == {*value, "change"}, found
    for player, amount in value.items():
        assert near(found[player], amount), (player, found, value)


def random_definition(random, metrics):
    """Two parts of any methods, screening, imputation and weights."""
    pick = lambda *choices: random.choice(choices)
    leaf = lambda m: (m, f"direction: {pick('higher', 'lower')}-is-need, weight: {random.integers(1, 4)}")
    half = max(1, len(metrics) // 2)
    parts = [(name, f"weight: {random.integers(1, 4)}", [leaf(m) for m in some])
             for name, some in (("one", metrics[:half]), ("two", metrics[half:])) if len(some)]
    prepare = pick("", "impute: mean, ", "impute: {method: group-median, by: region}, ", "impute: em, ",
                   "treat: {winsorise: 2, transform: log-shifted}, ")
    scale = pick("min-max, range: [1, 100]", "z-score, mean-and-sd: [50, 10]", "percentile-rank, range: [1, 100]", "rank",
                 "distance-to-target, range: [1, 2], target: 3", "exponential, range: [0, 100]")
    top = pick("arithmetic", "geometric", "median", "copeland", "generalised, power: 2")
    return definition([f"id: index, name: I, aggregate: {top}, coverage: {pick(0, 0.5)}, normalise: none",
                       f"id: part, name: P, aggregate: arithmetic, coverage: 0.3, "
                       f"normalise: {pick('none', 'min-max, range: [1, 50]')}{pick('', ', weights: equal', ', weights: pca')}",
                       f"id: metric, name: M, {prepare}normalise: {scale}"], ("all", "", parts),
                      pick("", "screen: {places: {available: 0.5}, metrics: {available: 0.4}}"))


def test_any_two_definitions_and_figures_are_split_whole():
    """Before and after are the scores of `mindex score`, nothing that changed is left out, and the parts add up."""
    random = np.random.default_rng(9)
    metrics, seen = [f"m{i}" for i in range(6)], set()
    region = ["N", "S"] * (PLACES // 2)
    explained_pairs = 0
    for _ in range(40):
        choose = lambda: list(random.choice(metrics, random.integers(2, 7), replace=False))
        first = random_definition(random, choose())
        second = first if random.random() < 0.5 else random_definition(random, choose())
        old = {m: np.exp(random.normal(size=PLACES)) for m in metrics}
        for x in old.values():
            x[random.random(PLACES) < 0.15] = np.nan
        new = changed(old, int(random.integers(1000)), choose())
        tables = [table(x, region=region) for x in (old, new)]
        if any(mindex("score", t, x).returncode for t, x in zip((first, second), tables)):
            continue  # no editions, so no change between them
        by = [{(r["area_code"], r["node"]): r["score"] for r in scores(t, x)} for t, x in zip((first, second), tables)]
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write(second)
            file.flush()
            for place in ("P000", "P005"):
                sums = {}
                for row in rows("explain", first, *tables, first=[place], options=["--with", file.name]):
                    node = sums.setdefault((place, row["node"]), [float(row["old_score"]), float(row["new_score"]), 0.0])
                    node[2] += float(row["amount"])
                    seen.add(row["cause"])
                for at, (before, after, parts) in sums.items():
                    assert near(before, float(by[0][at])) and near(after, float(by[1][at])), (at, before, after)
                    assert near(before + parts, after), (at, before, after, parts)
                for at in by[0].keys() & by[1].keys():
                    if at[0] == place and by[0][at] and by[1][at] and not near(float(by[0][at]), float(by[1][at])):
                        assert at in sums, at
                explained_pairs += 1
    assert explained_pairs > 40 and seen == {"own", "others", "filled", "definition", "together"}, (explained_pairs, seen)


def test_the_sentence_names_place_ranks_amounts_and_figures():
    old = figures(1)
    new = changed(old, 2, ["m1"])
    said = mindex("explain", tree(TREES["additive"]), table(old), table(new), first=["P003"]).stdout
    assert "The score of P003 for " in said and "from its own figure for m1" in said, said
    assert f"({old['m1'][3]:g} to {new['m1'][3]:g})" in said, said


def sentence(text, old, new, place=3):
    """What is said of the root."""
    done = mindex("explain", text, table(old), table(new), first=[f"P{place:03}"], options=["--node", "all"])
    return done.stdout.splitlines()[2]


def test_the_sentence_is_right_for_every_kind_of_cause():
    text, inner = tree(TREES["additive"]), 5
    old = {f"m{k}": 10.0 + np.arange(PLACES) * (k + 1) for k in range(METRICS)}
    new = {m: x.copy() for m, x in old.items()}
    for m in new:
        new[m][inner] += 0.25
    said = sentence(text, old, new, inner)
    assert said.count(" from its own figure for ") == 4 and said.count(", and ") == 2, said  # the rank stayed
    new["m0"][0] -= 1
    assert sentence(text, old, new, inner).endswith(" from 2 smaller causes.")
    new = {m: x.copy() for m, x in old.items()}
    new["m0"][inner] = np.nan
    assert "from its own figure for m0, which is now missing" in sentence(text, old, new, inner)
    assert "from its own figure for m0, which was missing" in sentence(text, new, old, inner)
    flat = {m: x * np.where(m == "m1", -1, 1) for m, x in old.items()}  # more need everywhere from place to place
    new = {m: x.copy() for m, x in flat.items()}
    for m in new:
        new[m][2] = new[m][inner] + (new[m][inner + 1] - new[m][inner]) / 2
    rank = PLACES - inner
    assert sentence(text, flat, new, inner).endswith(
        f" did not change, but its rank went from {rank} to {rank + 1} of {PLACES}.")
    assert sentence(text, flat, flat, inner).endswith(f" did not change, and its rank stayed {rank} of {PLACES}.")
    text = tree(TREES["bent"])
    gap = {m: x.copy() for m, x in old.items()}
    gap["m0"][2] = np.nan
    assert ", which was published and is now an estimate" in sentence(text, old, gap, 2)
    assert ", which was an estimate and is now published" in sentence(text, gap, old, 2)
    other = {m: x.copy() for m, x in gap.items()}
    other["m0"][9] = 90
    assert " from the estimate of its missing figure for m0 (" in sentence(text, gap, other, 2)


run([case for name, case in sorted(globals().items()) if name.startswith("test_")])
