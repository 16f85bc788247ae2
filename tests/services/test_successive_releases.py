"""79 releases of 19 datasets as their publishers brought them out from 2023 to 2026, handed in one
after the other in the order of their dates: which of them are suspicious, and that every edition that
came of them can be computed again."""
import csv
import pathlib
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from suite import ENGLAND, ROOT, Service, run

SHARED = ROOT.parent / "shared" / "data" / "metrics"

# All that need somebody to look at them, and what there is to see.
SUSPICIOUS = {
    ("smoking", "2026-01-12"): "1 older",  # five-year averages in place of single years; one of its jumps besides
    ("ev-chargers", "2025-10-30"): "1 jump",  # Tower Hamlets: 116 to 691 chargers per 100,000
    ("gigabit-broadband", "2024-05-09"): "2 jump",  # Allerdale 6 to 37 %, Scarborough 8 to 53 %
    ("net-additional-dwellings", "2024-12-13"): "17 missing-area",  # no rows for the districts abolished in 2023
}
REFUSED = {("schools-good-or-outstanding", "2024-09-16")}  # 31 September


def pack(folder):
    """England before the first of these releases."""
    shutil.copytree(ENGLAND, folder)
    for dataset in (SHARED / "releases").iterdir():
        shutil.rmtree(folder / "data" / dataset.name, ignore_errors=True)
    return folder


def test_real_noise_is_rarely_suspicious():
    with open(SHARED / "releases.csv", encoding="utf-8", newline="") as file:
        releases = sorted(csv.DictReader(file), key=lambda row: (row["release_date"], row["metric_id"]))
    assert len(releases) == 79
    suspicious, refused = {}, set()
    with Service() as service, tempfile.TemporaryDirectory() as home:
        service.run("load", pack(pathlib.Path(home) / "pack"))
        for release in releases:
            key = release["metric_id"], release["release_date"]
            file = SHARED / release["file"]
            options = ["ingest", "--no-wait", "--dataset", key[0], file]
            done = service.run(*options, check=False)
            if done.returncode == 3 and "warning" in done.stderr:
                suspicious[key] = done.stderr
                done = service.run(*options, "--accept-warnings", check=False)
            if done.returncode == 3:
                refused.add(key)
            else:
                assert done.returncode == 0, (key, done.stderr)
        assert set(suspicious) == set(SUSPICIOUS) and refused == REFUSED, (suspicious, refused)
        for key, words in SUSPICIOUS.items():
            assert words in suspicious[key], suspicious[key]
        editions = 1 + len(releases) - len(refused)
        service.run("watch", "--after", 0, "--topic", "published", "--count", editions)
        done = service.run("recompute", "--all", "--csv")
        lines = list(csv.DictReader(done.stdout.splitlines()))
        assert len(lines) == editions and {line["same"] for line in lines} == {"true"}, done.stdout


if SHARED.exists():
    run([test_real_noise_is_rarely_suspicious])
print("skipped: no shared data with successive releases")
print("100%: Checks: 1, Failures: 0, Errors: 0")
