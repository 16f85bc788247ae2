"""The same job in Python: watches a folder, reads each file with pandas, scores the index with numpy and
pandas, ranks, compares with the edition before, stores releases, editions and changes in SQLite, durable
before it tells, and publishes by pyzmq.

    /usr/bin/python3 tests/bench/rival_flow.py FOLDER INDEX.json ENDPOINT DATABASE

It is written to be fast: started once with everything in memory, woken by inotify, the whole index as one
matrix, ranks of all metrics in one call, all rows of an edition by executemany. It does less than mindex:
no reasons, no second look at what is suspicious, no table of places whose codes change, nothing that a
crash could not tear. With the number of replicates as a fifth argument it also finds each place's rank
interval at the nodes that moved.
"""
import ctypes
import hashlib
import json
import os
import sqlite3
import struct
import sys
import time

import numpy as np
import pandas as pd
import zmq

IN_MOVED_TO = 0x80


class Watch:
    """The names that come into a folder, as the kernel tells them."""

    def __init__(self, folder):
        libc = ctypes.CDLL(None, use_errno=True)
        self.fd = libc.inotify_init1(os.O_CLOEXEC)
        if self.fd < 0 or libc.inotify_add_watch(self.fd, os.fsencode(folder), IN_MOVED_TO) < 0:
            raise OSError(ctypes.get_errno(), "inotify")

    def names(self):
        while True:
            data = os.read(self.fd, 4096)
            while data:
                length = struct.unpack_from("iIII", data)[3]
                yield os.fsdecode(data[16:16 + length].rstrip(b"\0"))
                data = data[16 + length:]


class Index:
    """Levels of arithmetic means over percentile ranks, as the definition of England has them."""

    def __init__(self, made):
        self.areas = made["areas"]
        self.codes = pd.Index(made["codes"])  # under which the release has each of them
        self.metric = made["metrics"].index(made["released"])
        self.signs = np.array(made["signs"])
        self.figures = np.array(made["figures"], float)  # areas x metrics, nan: none
        # For each parent level a matrix of weights, children x parents.
        self.levels = [np.array(level, float) for level in made["weights"]]
        self.coverage, self.min_max = made["coverage"], made["min_max"]
        self.nodes = made["nodes"]  # ids, the metrics first, then level by level

    def normalised(self):
        turned = pd.DataFrame(self.figures * self.signs, copy=False)
        ranks = turned.rank().to_numpy()
        return (ranks - 1) / ((~np.isnan(ranks)).sum(axis=0) - 1) * 100

    def above(self, scores, levels):
        """Scores at all nodes above, level by level, from those of the metrics (areas x metrics)."""
        covered, out = (~np.isnan(scores)).astype(float), []
        for weights, coverage, scaled in zip(levels, self.coverage, self.min_max):
            there = ~np.isnan(scores)
            sums = np.where(there, scores, 0) @ weights
            present = there @ weights
            covered = np.where(there, covered, 0) @ weights / weights.sum(axis=0)
            with np.errstate(invalid="ignore", divide="ignore"):
                scores = np.where(covered < coverage - 1e-9, np.nan, sums / present)
                if scaled:
                    low, high = np.nanmin(scores, axis=0), np.nanmax(scores, axis=0)
                    scores = (scores - low) / (high - low) * 100
            out.append(scores)
        return out

    def score(self):
        metrics = self.normalised()
        scores = np.hstack([metrics, *self.above(metrics, self.levels)])
        ranks = pd.DataFrame(-scores, copy=False).rank(method="min").to_numpy()
        return scores, np.nan_to_num(ranks).astype(np.int32)

    def intervals(self, replicates, moved):
        """5 and 95 per cent quantiles of ranks at the nodes that moved, weights of objectives and missions varied
        by a quarter and each metric normalised in one of three ways."""
        random = np.random.default_rng(1)
        turned = self.figures * self.signs
        mean, sd = np.nanmean(turned, axis=0), np.nanstd(turned, axis=0, ddof=1)
        low, high = np.nanmin(turned, axis=0), np.nanmax(turned, axis=0)
        ways = [self.normalised(), (turned - low) / (high - low) * 100, (turned - mean) / sd]
        first = len(self.signs)
        above = [node - first for node in moved if node >= first]
        ranks = np.empty((replicates, len(self.areas), len(above)))
        for k in range(replicates):
            levels = [self.levels[0]] + [level * random.uniform(0.75, 1.25, (level.shape[0], 1)) for level in self.levels[1:]]
            scores = np.hstack(self.above(ways[random.integers(3)], levels))[:, above]
            order = np.argsort(-scores, axis=0)
            np.put_along_axis(ranks[k], order, np.arange(1.0, len(order) + 1)[:, None], axis=0)
        return np.quantile(ranks, [0.05, 0.95], axis=0)


def read(path, index):
    data = open(path, "rb").read()
    table = pd.read_csv(path)
    if list(table.columns) != ["area_code", "period", "value", "status"] or table.duplicated(["area_code", "period"]).any():
        raise ValueError("not a release")
    newest = table[table["period"] == table["period"].max()]
    figures = newest.set_index("area_code")["value"].reindex(index.codes).to_numpy(float)
    return hashlib.sha256(data).hexdigest(), len(table), data, figures


def open_database(path):
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.executescript("""
        CREATE TABLE release (id INTEGER PRIMARY KEY, name TEXT, hash TEXT UNIQUE, rows INTEGER, time_ms INTEGER, content BLOB);
        CREATE TABLE edition (number INTEGER PRIMARY KEY, release INTEGER, time_ms INTEGER, moved INTEGER, scores BLOB, ranks BLOB);
        CREATE TABLE change (edition INTEGER, area TEXT, node TEXT, old_rank INTEGER, new_rank INTEGER, old_score REAL,
                             new_score REAL, low REAL, high REAL);""")
    return database


def main():
    folder, made, endpoint, path = sys.argv[1:5]
    replicates = int(sys.argv[5]) if len(sys.argv) > 5 else 0
    index = Index(json.load(open(made)))
    socket = zmq.Context.instance().socket(zmq.PUB)
    socket.sndhwm = 0
    socket.bind(endpoint)
    database, watch = open_database(path), Watch(folder)
    scores, ranks = index.score()
    codes, nodes = index.areas, index.nodes
    print(json.dumps(ranks[:, -1].tolist()), flush=True)  # ready, and these are the ranks at the root
    for name in watch.names():
        digest, rows, data, figures = read(os.path.join(folder, name), index)
        now = time.time_ns() // 1000000
        database.execute("BEGIN IMMEDIATE")
        release = database.execute("INSERT INTO release (name, hash, rows, time_ms, content) VALUES (?, ?, ?, ?, ?)",
                                   (name, digest, rows, now, data)).lastrowid
        database.execute("COMMIT")
        socket.send_multipart([b"release.accepted", json.dumps({"release": release, "rows": rows}).encode()])
        index.figures[:, index.metric] = figures
        before, was = scores, ranks
        scores, ranks = index.score()
        areas, moved = np.nonzero(was != ranks)
        spans = None
        if replicates:
            at = sorted(set(moved))
            above = [node for node in at if node >= len(index.signs)]
            spans, column = index.intervals(replicates, at), {node: i for i, node in enumerate(above)}
        changes = []
        for a, k in zip(areas.tolist(), moved.tolist()):
            span = spans[:, a, column[k]].tolist() if spans is not None and k in column else (None, None)
            changes.append((release, codes[a], nodes[k], int(was[a, k]), int(ranks[a, k]), float(before[a, k]),
                            float(scores[a, k]), *span))
        database.execute("BEGIN IMMEDIATE")
        database.execute("INSERT INTO edition VALUES (?, ?, ?, ?, ?, ?)",
                         (release, release, now, len(changes), scores.tobytes(), ranks.tobytes()))
        database.executemany("INSERT INTO change VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", changes)
        database.execute("COMMIT")
        for change in changes:
            socket.send_multipart([f"rank.{change[1]}.{change[2]}".encode(), json.dumps(change).encode()])
        socket.send_multipart([b"done", json.dumps(ranks[:, -1].tolist()).encode()])


main()
