"""The soak of tests/bench/soak.py, short: `make soak` is the long one."""
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "bench"))
import soak
from suite import SANITIZED, run

RELEASES = 800


def test_hundreds_of_releases_leave_memory_and_descriptors_as_they_were():
    samples = soak.soak(RELEASES, scoring=1)
    print(soak.table(samples))
    grew = soak.growth(samples)
    if SANITIZED:  # whose quarantine of freed memory is what grows
        grew = [line for line in grew if "descriptors" in line]
    assert not grew, grew


def test_growth_is_told():
    def samples(kb, descriptors):
        return [(number, {"scoring": (1000 + number * kb, 10 + number * descriptors // 400)}) for number in range(40, 840, 40)]
    assert soak.growth(samples(0, 0)) == []
    assert "KB more" in soak.growth(samples(5, 0))[0]
    assert "descriptors" in soak.growth(samples(0, 1))[0]


run([test_hundreds_of_releases_leave_memory_and_descriptors_as_they_were, test_growth_is_told])
