"""The package in a Debian tree: installed, run as its user, upgraded over an edited file of settings,
removed, purged. deb.py BUILD DEB ROOT: DEB is the package, ROOT a tree that debootstrap made."""
import pathlib
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from suite import run

DEB, ROOT = (pathlib.Path(argument).resolve() for argument in sys.argv[2:4])
CONF = ROOT / "etc/mindex/mindex.conf"
STATE = ROOT / "var/lib/mindex"
UNITS = next(path for path in (ROOT / "usr/lib/systemd/system", ROOT / "lib/systemd/system") if path.is_dir())
WANTED = ROOT / "etc/systemd/system/mindex.target.wants"
ROLES = ("hub", "ingestion", "comparison", "publishing", "scoring@1")


def inside(*command, check=True):
    """Runs it in the tree, in namespaces of its own, which end with it."""
    done = subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c",
         'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"', ROOT, *map(str, command)],
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"},
        text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert not check or done.returncode == 0, (command, done.stdout)
    return done.stdout


def as_mindex(command, **options):
    return inside("runuser", "-u", "mindex", "--", "sh", "-c", command, **options)


def install(package, *options):
    shutil.copy(package, ROOT / "srv/mindex.deb")
    return inside("apt-get", "install", "-y", "--no-install-recommends", "--allow-downgrades", *options,
                  "/srv/mindex.deb")


def newer(version, settings=""):
    """The same package under another version, with more in its file of settings."""
    work = ROOT / "root/repacked"
    shutil.rmtree(work, ignore_errors=True)
    subprocess.run(["dpkg-deb", "-R", DEB, work], check=True)
    control = work / "DEBIAN/control"
    lines = [f"Version: {version}" if line.startswith("Version:") else line
             for line in control.read_text().splitlines()]
    control.write_text("\n".join(lines) + "\n")
    with (work / "etc/mindex/mindex.conf").open("a") as conf:
        conf.write(settings)
    package = ROOT / "root/newer.deb"
    subprocess.run(["dpkg-deb", "-b", "--root-owner-group", work, package], check=True, stdout=subprocess.DEVNULL)
    return package


def test_1_installed_it_has_a_user_a_folder_settings_and_units():
    inside("apt-get", "update")
    inside("apt-get", "purge", "-y", "mindex", check=False)
    install(DEB)
    assert inside("stat", "-c", "%U %G %a", "/var/lib/mindex") == "mindex mindex 750\n"
    assert "/usr/sbin/nologin" in inside("getent", "passwd", "mindex")
    assert inside("mindex", "config", "check").strip()
    for role in ROLES:
        unit = (WANTED / f"mindex-{role}.service").readlink().name
        assert (UNITS / unit).exists(), role
    assert (ROOT / "etc/systemd/system/multi-user.target.wants/mindex.target").is_symlink()
    # The units as this release of the distribution reads them.
    units = [f"/usr/lib/systemd/system/mindex-{role}.service" for role in ROLES]
    for unit in units:
        said = inside("systemd-analyze", "verify", "--man=no", unit)
        assert "mindex" not in said, said
        exposure = inside("systemd-analyze", "security", "--offline=true", "--no-pager", unit).strip().splitlines()[-1]
        assert float(exposure.split(": ")[1].split()[0]) < 2.0, exposure
        print(exposure)


def test_2_the_program_runs_as_its_user():
    ranks = as_mindex("""
        cd /
        mindex up --pack /usr/share/mindex/england 2>/tmp/log & up=$!
        end=$(($(date +%s) + 120))
        until mindex ranks --top 3 --csv 2>/dev/null; do
            [ "$(date +%s)" -lt "$end" ] || { cat /tmp/log; exit 1; }
            sleep 0.2
        done
        mindex verify >&2
        kill "$up"
        wait "$up"
    """)
    assert "E0" in ranks, ranks
    assert (STATE / "mindex.db").exists()
    assert {path.owner() if path.stat().st_uid == 0 else "mindex" for path in STATE.rglob("*")} == {"mindex"}


def test_3_an_upgrade_keeps_settings_that_were_edited():
    with CONF.open("a") as conf:
        conf.write("hub.lease_seconds = 77\n")
    edited = CONF.read_text()
    install(newer("99.1"))
    assert CONF.read_text() == edited
    assert "77" in inside("mindex", "config", "show")
    # And where the package has other defaults, those lie beside it.
    install(newer("99.2", "# another default\n"), "-o", "Dpkg::Options::=--force-confold")
    assert CONF.read_text() == edited
    assert CONF.with_name("mindex.conf.dpkg-dist").read_text().endswith("# another default\n")
    assert (STATE / "mindex.db").exists()


def test_4_removed_it_leaves_what_people_wrote():
    (WANTED / "mindex-scoring@2.service").symlink_to("/lib/systemd/system/mindex-scoring@.service")
    inside("apt-get", "remove", "-y", "mindex")
    assert not (ROOT / "usr/bin/mindex").exists()
    assert not list(UNITS.glob("mindex*"))
    assert CONF.exists() and (STATE / "mindex.db").exists()


def test_5_purged_it_leaves_nothing_and_says_so():
    said = inside("dpkg", "--purge", "mindex")
    assert "removing /var/lib/mindex" in said, said
    left = [path for where in ("etc", "var/lib", "usr") for path in (ROOT / where).rglob("*mindex*")
            if not path.is_relative_to(ROOT / "var/lib/apt") and not path.is_relative_to(ROOT / "usr/share/doc")]
    assert left == [], left


def test_6_purged_its_secrets_are_gone_from_another_disk_too():
    elsewhere = ROOT / "srv/mindex"
    for command in ("ln -s /srv/mindex /var/lib/mindex",
                    "mkdir /var/lib/mindex && mount --bind /srv/mindex /var/lib/mindex"):
        (elsewhere / "keys").mkdir(parents=True)
        (elsewhere / "keys/service.key").touch()
        said = inside("sh", "-ec", f"{command} && apt-get install -y --no-install-recommends /srv/mindex.deb && "
                      "dpkg --purge mindex")
        assert list(elsewhere.iterdir()) == [], said
        assert ("stays" in said) == STATE.is_dir() == ("mount" in command), said
        elsewhere.rmdir()
    STATE.rmdir()


run([case for name, case in sorted(globals().items()) if name.startswith("test_")])
