"""`make install` and `make uninstall`, and the units: what systemd says of them, where it is there."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from suite import BUILD, MINDEX, ROOT, run

EXPOSURE_MAX = 2.0
ROLES = ("hub", "ingestion", "scoring@", "comparison", "publishing")


class Installed:
    """What `make install` makes of a folder, with what make was told."""

    def __init__(self, prefix=None):
        self.prefix = prefix

    def __enter__(self):
        # A folder to stage in may have a blank in its name; where a unit's program is, none.
        self.home = tempfile.TemporaryDirectory(prefix="mindex install-" if self.prefix else "mindex-install-")
        self.root = pathlib.Path(self.home.name)
        if self.prefix:
            self.told = [f"PREFIX={self.prefix}", f"DESTDIR={self.root}"]
            self.tree = self.root / self.prefix.lstrip("/")
        else:  # where it is to be run, too
            self.told = [f"PREFIX={self.root}/usr", "DESTDIR=", f"ETC={self.root}/etc/mindex"]
            self.tree = self.root / "usr"
        self.make("install")
        return self

    def __exit__(self, *_):
        self.home.cleanup()

    def make(self, target):
        # A test that make runs is not to talk with that make.
        env = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
        done = subprocess.run(["make", "--no-print-directory", f"BUILD={os.path.relpath(BUILD, ROOT)}", *self.told, target],
                              cwd=ROOT, env=env, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        assert done.returncode == 0, done.stdout

    def files(self):
        return {str(path.relative_to(self.root)) for path in self.root.rglob("*") if not path.is_dir()}

    def units(self):
        return sorted(path for path in (self.tree / "lib/systemd/system").iterdir() if path.is_file())


def commands():
    listed = subprocess.run([MINDEX, "help"], check=True, text=True, capture_output=True).stdout
    return re.findall(r"^  ([a-z-]+) +[A-Z]", listed, re.M)


def test_what_is_installed_is_taken_away_again():
    with Installed("/usr") as installed:
        files = installed.files()
        assert {"usr/bin/mindex", "usr/lib/sysusers.d/mindex.conf", "usr/lib/systemd/system/mindex.target",
                "usr/lib/systemd/system/mindex-.service.d/10-common.conf",
                "usr/share/bash-completion/completions/mindex", "usr/share/zsh/vendor-completions/_mindex",
                "usr/share/fish/vendor_completions.d/mindex.fish", "usr/share/man/man1/mindex.1",
                "usr/share/mindex/england/index.yaml", "usr/share/doc/mindex/README.md"} <= files, files
        assert (installed.tree / "share/doc/mindex/wales/index.yaml").exists()
        assert {f"usr/share/man/man1/mindex-{name}.1" for name in commands()} <= files
        assert {f"usr/lib/systemd/system/mindex-{role}.service" for role in ROLES} <= files
        for path in installed.root.rglob("*"):
            wanted = 0o755 if path.is_dir() or path.parent.name == "bin" else 0o644
            assert path.stat().st_mode & 0o777 == wanted, path
        conf = installed.root / "etc/mindex/mindex.conf"
        subprocess.run([MINDEX, "config", "check", "--config", conf], check=True, stdout=subprocess.DEVNULL)
        installed.make("uninstall")
        assert installed.files() == set(), installed.files()
        left = [path for path in installed.root.rglob("*") if "mindex" in path.name]
        assert left == [], left


def test_settings_that_were_changed_stay():
    with Installed("/usr") as installed:
        conf = installed.root / "etc/mindex/mindex.conf"
        conf.write_text("hub.lease_seconds = 77\n")
        installed.make("install")
        installed.make("uninstall")
        assert installed.files() == {"etc/mindex/mindex.conf"}, installed.files()
        assert conf.read_text() == "hub.lease_seconds = 77\n"


def test_units_name_the_program_where_it_is():
    with Installed("/opt/mindex") as installed:
        assert (installed.tree / "share/zsh/site-functions/_mindex").exists()
        for unit in installed.units():
            text = unit.read_text()
            assert "/usr/" not in text, unit
            assert unit.suffix == ".target" or "\nExecStart=/opt/mindex/bin/mindex " in text, unit


def test_each_role_has_a_unit_that_waits_for_its_word_and_comes_again():
    for role in ROLES:
        text = (ROOT / f"deploy/systemd/mindex-{role}.service").read_text()
        for line in ("Type=notify", "WatchdogSec=60", "Restart=always", "PartOf=mindex.target",
                     "ReloadPropagatedFrom=mindex.target", f"ExecStart=/usr/bin/mindex {role.rstrip('@')}", "WantedBy=mindex.target"):
            assert f"\n{line}\n" in text, (role, line)


def test_the_package_is_of_this_version_and_asks_for_what_the_build_needs():
    version = re.search(r'MINDEX_VERSION "([^"]+)"', (ROOT / "services/bus/version.h").read_text())[1]
    newest = (ROOT / "deploy/debian/changelog").read_text().split("\n", 1)[0]
    assert newest.startswith(f"mindex ({version}) "), newest
    asked = re.search(r"^Build-Depends:((?:.|\n )*)", (ROOT / "deploy/debian/control").read_text(), re.M)[1]
    asked = {entry.split()[0] for entry in asked.split(",")}
    needed = re.search(r"^PACKAGES :=((?:.*\\\n)*.*)$", (ROOT / "Makefile").read_text(), re.M)[1]
    # What dpkg-dev brings is there for each build; certificates are wanted at run time.
    assert set(needed.replace("\\\n", " ").split()) - asked == {"gcc", "libc6-dev", "ca-certificates"}, asked


def analyse(*arguments):
    return subprocess.run(["systemd-analyze", *arguments], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)


def test_systemd_finds_no_fault_and_little_exposure():
    with Installed() as installed:
        units = installed.units()
        assert len(units) == len(ROLES) + 1, units
        verified = analyse("verify", "--man=no", *units)
        assert verified.returncode == 0 and not verified.stdout, verified.stdout
        example = installed.tree / "share/doc/mindex/examples/worker-elsewhere.conf"
        beside = installed.tree / "lib/systemd/system/mindex-scoring@.service.d"
        for of_elsewhere in (False, True):
            if of_elsewhere:
                beside.mkdir()
                shutil.copy(example, beside)
            for unit in units:
                if unit.suffix == ".target" or of_elsewhere and "scoring" not in unit.name:
                    continue
                said = analyse("security", "--offline=true", "--no-pager", unit).stdout
                exposure = re.search(r"exposure level for \S+: ([0-9.]+) ", said)
                assert exposure and float(exposure[1]) < EXPOSURE_MAX, (unit.name, said)
                print(f"{unit.name}{' elsewhere' if of_elsewhere else ''}: exposure {exposure[1]}")


cases = [case for name, case in sorted(globals().items()) if name.startswith("test_")]
if not shutil.which("systemd-analyze"):
    print("skipped: systemd-analyze is not there to look at the units")
    cases.remove(test_systemd_finds_no_fault_and_little_exposure)
run(cases)
