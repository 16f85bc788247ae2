"""Crash tests, short: a role dies at every named point once, in two installations at a time, and some die at
random; then the checker finds nothing. `make test-crash` has the long run."""
import collections
import pathlib
import random
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
from attack import Chaos, Run, Tour, make_protos, points
from suite import BUILD, run

SEED = random.SystemRandom().randrange(10**6) if len(sys.argv) < 3 else int(sys.argv[2])
TOUR_S = 300  # a limit, not a measure: it takes some 30 s on two free cores
FEW_KILLS = 10


def halves():
    """The points in two parts that take about as long: the hub's commits and sends take the longest."""
    first, second = [], []
    for point in points():
        role, kind = point.split(".")[:2]
        (first if (role, kind) == ("hub", "commit") or role in ("ingestion", "comparison") else
         second).append(point)
    return first, second


def toured(protos, home, seed, wanted, out):
    """One installation in which a role dies at each of the points."""
    one = Run(BUILD, protos, home, seed, proxied=False)
    try:
        one.begin()
        Tour(one, wanted).whole(TOUR_S)
        one.calm()
        out.append((one.verdict(), one))
    except Exception as fault:
        one.abandon()
        out.append(fault)


def test_a_role_that_dies_at_any_point_loses_nothing_and_does_nothing_twice():
    began, done = time.monotonic(), []
    with tempfile.TemporaryDirectory(prefix="mindex-crash-") as folder:
        protos = make_protos(folder)
        threads = []
        for number, wanted in enumerate(halves()):
            home = pathlib.Path(folder) / f"home{number}"
            home.mkdir()
            threads.append(threading.Thread(target=toured, args=(protos, home, SEED + number, wanted, done)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for one in done:
        if isinstance(one, Exception):
            raise one
    died = {point for _, one in done for point in one.of.deadly}
    assert died == set(points()), f"nobody died at {sorted(set(points()) - died)}"
    kills = sum((one.kills for _, one in done), collections.Counter())
    print(f"seed {SEED}: died at {len(died)} points in {time.monotonic() - began:.0f} s; {dict(kills)}; "
          f"{' and '.join(seen for seen, _ in done)}")


def test_kills_stops_cuts_and_delays_at_random_lose_nothing():
    with tempfile.TemporaryDirectory(prefix="mindex-crash-") as folder:
        home = pathlib.Path(folder) / "home"
        home.mkdir()
        one = Run(BUILD, make_protos(folder), home, SEED + 2, proxied=True, scoring=2)
        try:
            one.begin()
            Chaos(one).whole(FEW_KILLS)
            one.calm()
            print(f"seed {SEED + 2}: {one.verdict()}; {dict(one.kills)}")
        except Exception:
            one.abandon()
            raise


print(f"seed {SEED} (tests/crash/test_every_point.py {BUILD} {SEED})")
run([test_a_role_that_dies_at_any_point_loses_nothing_and_does_nothing_twice,
     test_kills_stops_cuts_and_delays_at_random_lose_nothing])
