"""Running the commands that need no service: a definition and a table in, rows out."""
import csv
import io
import pathlib
import subprocess
import tempfile

import numpy as np

from suite import MINDEX


def definition(levels, tree, rest=""):
    """The text of a definition. `levels`: the text of each, from the root down. `tree`: (id, keys, children), or
    (id, keys) for a metric, where keys is text such as "weight: 2, direction: higher-is-need" or empty."""
    lines = ["index: t", "title: T", "bands: 5", rest, "levels:", *("  - {" + level + "}" for level in levels), "tree:"]

    def add(node, depth, dash):
        pad = "  " * depth
        keys = [f"id: {node[0]}", f"name: {node[0]}", *(k for k in [node[1]] if k)]
        if len(node) == 2:
            lines.append(f"{pad}{dash}{{{', '.join(keys)}}}")
            return
        lines.append(f"{pad}{dash}id: {node[0]}")
        lines.append(f"{pad}{' ' * len(dash)}name: {node[0]}")
        if node[1]:
            lines.append(f"{pad}{' ' * len(dash)}{node[1]}")
        lines.append(f"{pad}{' ' * len(dash)}children:")
        for child in node[2]:
            add(child, depth + 2, "- ")

    add(tree, 1, "")
    return "\n".join(lines) + "\n"


def table(columns, **texts):
    """A wide table: {metric: figures}, NaN or None for a gap; further columns of text by name."""
    places = len(next(iter(columns.values())))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["area_code", *texts, *columns])
    for i in range(places):
        cells = [x[i] for x in columns.values()]
        writer.writerow([f"P{i:03}", *(t[i] for t in texts.values()),
                         *(c if isinstance(c, str) else "" if c is None or np.isnan(c) else repr(float(c)) for c in cells)])
    return out.getvalue()


def mindex(command, definition_text, *tables, options=(), first=()):
    """What a command says of a definition and tables; `first` are arguments before the tables."""
    with tempfile.TemporaryDirectory() as home:
        paths = []
        for i, text in enumerate([definition_text, *tables]):
            path = pathlib.Path(home) / f"{i}{'.csv' if i else '.yaml'}"
            path.write_text(text, encoding="utf-8")
            paths.append(str(path))
        return subprocess.run([MINDEX, command, "--definition", paths[0], *options, *first, *paths[1:]], text=True,
                              capture_output=True, check=False)


def rows(command, definition_text, *tables, options=(), first=()):
    done = mindex(command, definition_text, *tables, options=["--csv", "--digits", "17", *options], first=first)
    assert done.returncode == 0, done.stderr
    return list(csv.DictReader(io.StringIO(done.stdout)))


def columns_of(table_rows, key="score"):
    """{node: column} of the rows of `score --all`; NaN where there is nothing."""
    out = {}
    for row in table_rows:
        out.setdefault(row["node"], []).append(float(row[key]) if row[key] else np.nan)
    return {node: np.array(x) for node, x in out.items()}


def scores(definition_text, table_text):
    return rows("score", definition_text, table_text, options=["--all"])


def close(found, expected, what):
    found, expected = np.asarray(found, float), np.asarray(expected, float)
    assert (np.isnan(found) == np.isnan(expected)).all(), (what, found, expected)
    there = ~np.isnan(expected)
    assert np.allclose(found[there], expected[there], rtol=1e-9, atol=1e-12), \
        (what, found[there], expected[there])
