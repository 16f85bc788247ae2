"""Descriptions that are drafted from a file read that file: made ones of each shape, and real ones."""
import json
import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from suite import ENGLAND, MINDEX, ROOT, run

SHARED = ROOT / ".." / "shared" / "data"
CODES = [line.split(",")[0] for line in (ENGLAND / "areas.csv").read_text().splitlines()[1:]]
RAW = {"Detailed_LA_202212.ods": 309, "PROV - Home Geography Table 8.7a   Annual pay - Gross 2025.csv": 296,
       "Weekly pay-Table 1.csv": 309, "policeforceareatablesyejune25final.csv": 293,
       "regionalgrossdomesticproductlocalauthorities.xlsx": 309, "sub-regional-fuel-poverty-2022-tables.xlsx": 309}
SHAPES = {
    "long": (["Sex,Code,Year,Value"] + [f"{sex},{code},{year},{i}" for i, code in enumerate(CODES)
                                        for year in (2020, 2021) for sex in ("Men", "Persons")], 2 * len(CODES)),
    "periods": (["Code,Name,2020/21,2021/22"] + [f"{code},x,{i},[c]" for i, code in enumerate(CODES)], 2 * len(CODES)),
    "metrics": (["Pay in 2022", "Code;Rate (%);Number"] + [f"{code};{i % 100},5;{i}" for i, code in enumerate(CODES)],
                len(CODES)),
    "split": (["Pay in 2022,,,", ",Men,Women,", "Code,Change,Change,Notes"] +
              [f"{code},{i},{2 * i}," for i, code in enumerate(CODES)] + ["Source: somebody,,,"], len(CODES)),
}


def read_back(path):
    """The trial of the file by the description that was drafted from it."""
    drafted = subprocess.run([MINDEX, "dataset", "guess", path], text=True, capture_output=True, timeout=120)
    assert drafted.returncode == 0, (path, drafted.stderr)
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as yaml:
        yaml.write(drafted.stdout)
        yaml.flush()
        done = subprocess.run([MINDEX, "dataset", "check", "--pack", ENGLAND, "--description", yaml.name, "--json", path],
                              text=True, capture_output=True, timeout=120)
    assert done.returncode == 0, (path, drafted.stdout, done.stdout[:1000], done.stderr)
    return json.loads(done.stdout)[0]["release"]


def test_made_files_of_each_shape_are_read_back():
    with tempfile.TemporaryDirectory(prefix="mindex-test-") as home:
        for name, (lines, figures) in SHAPES.items():
            path = pathlib.Path(home) / f"{name}.csv"
            path.write_text("\n".join(lines) + "\n")
            trial = read_back(path)
            assert trial["figures"] == figures, (name, trial["figures"], figures)


def test_raw_files_are_read_back():
    if not (SHARED / "raw").is_dir():
        print("skipped: there is no ../shared/data/raw")
        return
    for name, areas in RAW.items():
        trial = read_back(SHARED / "raw" / name)
        assert trial["codes"] == areas, (name, trial["codes"], areas)


def test_files_of_explore_local_statistics_are_read_back():
    folder = SHARED / "releases" / "ons-explore-local-statistics"
    if not folder.is_dir():
        print("skipped: there is no ../shared/data/releases")
        return
    for edition in sorted(folder.iterdir()):
        files = sorted(edition.glob("*.csv"))
        assert files, edition
        for path in files[::4]:
            trial = read_back(path)
            assert trial["figures"] > 0, path


run([case for name, case in sorted(globals().items()) if name.startswith("test_")])
