"""Statistical neighbours against an independent implementation with numpy, through the command line, over
figures with gaps; at an absolute tolerance of the three decimals that are printed, order and all."""
import csv
import io
import math
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from suite import MINDEX, run

METRICS, PLACES = 7, 60
DEFINITION = """index: t
title: T
bands: 5
levels:
  - {id: index, name: Index, aggregate: arithmetic, coverage: 0.1, normalise: none}
  - {id: metric, name: Metric, normalise: min-max, range: [0, 100]%s}
tree:
  id: all
  name: All
  children:
"""


def figures(seed):
    random = np.random.default_rng(seed)
    x = random.normal(10, 3, (PLACES, METRICS))
    x[random.random((PLACES, METRICS)) < 0.25] = np.nan
    x[:, 6] = 5.0  # the same everywhere: it tells nothing
    return x


def command(x, place, extra=""):
    with tempfile.TemporaryDirectory() as home:
        definition, data = pathlib.Path(home) / "d.yaml", pathlib.Path(home) / "d.csv"
        definition.write_text(DEFINITION % extra + "".join(
            f"    - {{id: m{k}, name: m{k}, direction: higher-is-need}}\n" for k in range(METRICS)))
        with open(data, "w", newline="", encoding="utf-8") as file:
            out = csv.writer(file)
            out.writerow(["area_code", *(f"m{k}" for k in range(METRICS))])
            for i in range(PLACES):
                out.writerow([f"P{i:02}", *("" if np.isnan(v) else repr(float(v)) for v in x[i])])
        return subprocess.run([MINDEX, "profile", f"P{place:02}", "--definition", definition, "--table", "neighbours",
                               "--all", "--csv", data], text=True, capture_output=True, check=False)


def expected(x, place):
    """[(distance, index, shared)], nearest first, and how many metrics the place has."""
    varies = np.nanstd(x, axis=0, ddof=1) > 0
    z = (x - np.nanmean(x, axis=0)) / np.where(varies, np.nanstd(x, axis=0, ddof=1), 1)
    z = z[:, varies]
    have = ~np.isnan(z)
    m = int(have[place].sum())
    out = []
    for i in range(PLACES):
        both = have[i] & have[place]
        shared = int(both.sum())
        if i == place or shared == 0 or shared * 2 < m:
            continue
        out.append((math.sqrt(m / shared * float(((z[i] - z[place])[both] ** 2).sum())), i, shared))
    return sorted(out), m


def check(done, x, place):
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    wanted, m = expected(x, place)
    assert [row["area_code"] for row in rows] == [f"P{i:02}" for _, i, _ in wanted], place
    for row, (distance, _, shared) in zip(rows, wanted):
        assert abs(float(row["distance"]) - distance) < 0.00051, (row, distance)
        assert (int(row["shared"]), int(row["metrics"])) == (shared, m), row


def test_neighbours_are_those_of_numpy():
    for seed in range(8):
        x = figures(seed)
        for place in (0, 17, PLACES - 1):
            check(command(x, place), x, place)


def test_what_was_imputed_is_not_a_places_own():
    x = figures(99)
    check(command(x, 5, ", impute: median"), x, 5)


def test_a_table_that_there_is_not_is_refused():
    done = subprocess.run([MINDEX, "profile", "P01", "--table", "friends", "--definition", "none.yaml", "none.csv"],
                          text=True, capture_output=True, check=False)
    assert done.returncode != 0 and not done.stdout, done


run([case for name, case in sorted(globals().items()) if name.startswith("test_")])
