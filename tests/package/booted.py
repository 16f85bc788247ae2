"""The package under a systemd that is booted for it: started, ready, confined, reloaded, begun anew when it
hangs or dies, upgraded, stopped. booted.py BUILD DEB ROOT: ROOT is a Debian tree that has what the package
depends on, as deb.py leaves it, and stays as it is."""
import contextlib
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from suite import run, until

DEB, ROOT = (pathlib.Path(argument).resolve() for argument in sys.argv[2:4])
HERE = pathlib.Path(__file__).resolve().parent
ROLES = ("hub", "ingestion", "comparison", "publishing", "scoring@1")
CONF = "/etc/mindex/mindex.conf"
SECONDS = 120


class Machine:
    """The tree, booted; its first process is `init`, as seen from here."""

    def __enter__(self):
        self.outer = subprocess.Popen([HERE / "boot.sh", ROOT], stdin=subprocess.DEVNULL,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            until(self.find_init, "no first process")
            until(lambda: self.run("systemctl", "is-system-running", check=False).strip() in ("running", "degraded"),
                   "it does not boot")
        except BaseException:
            self.__exit__()
            raise
        return self

    def find_init(self):
        """The child of what we started, once it has become systemd."""
        self.init = None
        with contextlib.suppress(OSError):
            children = pathlib.Path(f"/proc/{self.outer.pid}/task/{self.outer.pid}/children").read_text().split()
            self.init = next((child for child in children
                              if pathlib.Path(f"/proc/{child}/comm").read_text() == "systemd\n"), None)
        return self.init

    def __exit__(self, *_):
        self.outer.kill()  # and with it all that runs in its namespaces
        self.outer.wait()
        group = pathlib.Path(f"/sys/fs/cgroup/systemd/mindex-boot-{self.outer.pid}")
        end = time.monotonic() + SECONDS
        while group.exists() and time.monotonic() < end:
            for folder in sorted(group.rglob("*/"), key=lambda path: -len(path.parts)) + [group]:
                with contextlib.suppress(OSError):
                    folder.rmdir()
            time.sleep(0.1)

    def run(self, *command, check=True, stdin=""):
        done = subprocess.run(
            ["nsenter", "-t", self.init, "--mount", "--pid", "--uts", "--ipc", "--net", "--root", "--wd", "--",
             "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8",
             *map(str, command)],
            text=True, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS, check=False)
        assert not check or done.returncode == 0, (command, done.stdout)
        return done.stdout

    def mindex(self, *arguments, check=True):
        return self.run("runuser", "-u", "mindex", "--", "mindex", *arguments, check=check)

    def show(self, role, key):
        return self.run("systemctl", "show", "--value", "-p", key, f"mindex-{role}").strip()

    def pids(self):
        return {role: self.show(role, "MainPID") for role in ROLES}

    def await_active(self, role, but=""):
        """Until the role is active, as another process than `but`."""
        until(lambda: self.show(role, "ActiveState") == "active" and self.show(role, "MainPID") not in ("0", but),
               lambda: self.run("systemctl", "status", "--no-pager", f"mindex-{role}", check=False))

    def tell(self, role, with_signal):
        self.run("sh", "-c", f"kill -{with_signal} {self.show(role, 'MainPID')}")

    def set(self, *lines):
        self.run("sh", "-c", f"cat >{CONF}", stdin="".join(f"{line}\n" for line in lines))


MACHINE = None


def test_1_installed_all_roles_are_started_and_ready():
    said = MACHINE.run("dpkg", "-i", "/srv/mindex.deb")
    for role in ROLES:
        MACHINE.await_active(role)
        assert MACHINE.show(role, "Type") == "notify"
    assert MACHINE.run("systemctl", "is-active", "mindex.target").strip() == "active", said
    assert MACHINE.show("hub", "StatusText") == "heard at ipc:///var/lib/mindex/hub"
    for role in ROLES[1:]:
        until(lambda: MACHINE.show(role, "StatusText") == "at work for the hub at ipc:///var/lib/mindex/hub",
               lambda: MACHINE.show(role, "StatusText"))


def test_2_confined_it_does_all_its_work():
    MACHINE.mindex("load", "/usr/share/mindex/england")
    until(lambda: "E0" in MACHINE.mindex("ranks", "--top", 3, "--csv", check=False),
           lambda: MACHINE.run("journalctl", "--no-pager", "-n", 100))
    until(lambda: MACHINE.run("sh", "-c", "ls /var/lib/mindex/editions/latest/", check=False).count("\n") > 10,
           "no files of the edition")
    for role in ROLES:
        status = MACHINE.run("cat", f"/proc/{MACHINE.show(role, 'MainPID')}/status")
        for line in ("NoNewPrivs:\t1", "Seccomp:\t2", "CapEff:\t0000000000000000", "CapBnd:\t0000000000000000"):
            assert line in status, (role, line, status)
    nets = {role: MACHINE.run("readlink", f"/proc/{pid}/ns/net").strip() for role, pid in MACHINE.pids().items()}
    assert nets["hub"] == nets["publishing"] == MACHINE.run("readlink", "/proc/1/ns/net").strip(), nets
    assert nets["hub"] not in (nets["ingestion"], nets["comparison"], nets["scoring@1"]), nets
    # Nothing was forbidden that it asked for.
    log = MACHINE.run("journalctl", "--no-pager", "-o", "cat", "-u", "mindex-*")
    assert "Operation not permitted" not in log and "level=error" not in log, log


def test_3_a_file_in_the_inbox_is_taken():
    MACHINE.run("runuser", "-u", "mindex", "--", "install", "-D", "-t", "/var/lib/mindex/inbox/gigabit-broadband",
                "/usr/share/mindex/england/newer/gigabit-broadband/2026-05-19.csv")
    until(lambda: "2" in re.findall(r"^\s*(\d+)", MACHINE.mindex("editions", check=False), re.M),
           lambda: MACHINE.run("journalctl", "--no-pager", "-n", 100))


def blocks(text):
    """The commands of a document, block by block."""
    return re.findall(r"```sh\n(.*?)```", text, re.S)


def test_3_the_nightly_copy_of_the_runbook_is_made_under_the_same_confinement():
    runbook = (HERE.parents[1] / "deploy/RUNBOOK.md").read_text()
    section = runbook[runbook.index("### Back up"):runbook.index("### Restore")]
    said = MACHINE.run("sh", "-e", stdin="".join(blocks(section)).replace("sudo -u mindex", "runuser -u mindex --"),
                       check=False)
    assert MACHINE.run("systemctl", "is-active", "mindex-backup.timer", check=False).strip() == "active", said
    assert MACHINE.show("backup", "Result") == "success", MACHINE.run("journalctl", "--no-pager", "-u", "mindex-backup")
    copies = MACHINE.run("sh", "-c", "ls -l /var/backups/mindex/")
    assert " mindex mindex " in copies and ".db" in copies, copies


def test_4_settings_are_read_again_without_a_restart():
    before = MACHINE.pids()
    MACHINE.set("log.level = debug")
    MACHINE.run("systemctl", "reload", "mindex.target")
    for role in ROLES:
        until(lambda: "settings read again" in MACHINE.run("journalctl", "--no-pager", "-o", "cat", "-u", f"mindex-{role}"),
              role)
        until(lambda: MACHINE.show(role, "ActiveState") == "active", role)
    assert MACHINE.pids() == before


def test_5_what_hangs_is_begun_anew():
    MACHINE.run("sh", "-c", "mkdir -p /run/systemd/system/mindex-.service.d && "
                "printf '[Service]\\nWatchdogSec=2\\nRestartSec=100ms\\n' "
                ">/run/systemd/system/mindex-.service.d/20-soon.conf && systemctl daemon-reload")
    MACHINE.run("systemctl", "restart", "mindex.target")
    for role in ROLES:
        MACHINE.await_active(role)
    for role in ROLES:
        pid = MACHINE.show(role, "MainPID")
        MACHINE.tell(role, "STOP")
        MACHINE.await_active(role, but=pid)
        log = MACHINE.run("journalctl", "--no-pager", "-u", f"mindex-{role}")
        assert "Watchdog timeout" in log, log


def test_6_what_dies_is_begun_anew_and_nothing_is_lost():
    for role in ROLES:
        pid = MACHINE.show(role, "MainPID")
        MACHINE.tell(role, "KILL")
        MACHINE.await_active(role, but=pid)
    until(lambda: "E0" in MACHINE.mindex("ranks", "--top", 3, "--csv", check=False), "no ranks")
    assert "edition" in MACHINE.mindex("verify"), "not verified"


def test_7_a_worker_with_a_key_of_its_own_works_over_the_network():
    MACHINE.set("listen = tcp://127.0.0.1:5600")
    MACHINE.run("systemctl", "restart", "mindex.target")
    MACHINE.await_active("hub")
    until(lambda: MACHINE.run("ls", "/var/lib/mindex/keys/service.pub", check=False).startswith("/var"), "no key")
    MACHINE.run("mindex", "key", "new", "worker-7", "--service", "/var/lib/mindex/keys/service.pub",
                "--state", "/etc/mindex/worker")
    MACHINE.run("cp", "/etc/mindex/worker/keys/worker-7.key", "/etc/mindex/worker.key")
    MACHINE.run("install", "-m", "644", "/etc/mindex/worker/keys/worker-7.pub", "/tmp/worker-7.pub")
    MACHINE.mindex("key", "allow", "worker-7", "/tmp/worker-7.pub", "--role", "scoring")
    MACHINE.run("sh", "-c", "mkdir -p /etc/systemd/system/mindex-scoring@7.service.d && sed "
                "'s|tcp://hub.example.org:5600|tcp://127.0.0.1:5600|' "
                "/usr/share/doc/mindex/examples/worker-elsewhere.conf "
                ">/etc/systemd/system/mindex-scoring@7.service.d/worker-elsewhere.conf && systemctl daemon-reload")
    assert MACHINE.run("stat", "-c", "%U %a", "/etc/mindex/worker.key") == "root 600\n"
    MACHINE.run("systemctl", "start", "mindex-scoring@7", check=False)
    until(lambda: MACHINE.show("scoring@7", "StatusText") == "at work for the hub at tcp://127.0.0.1:5600",
           lambda: MACHINE.run("journalctl", "--no-pager", "-n", 30, "-u", "mindex-scoring@7"))


def test_8_the_services_key_can_be_out_of_the_state_folder():
    MACHINE.run("systemctl", "stop", "mindex.target")
    until(lambda: MACHINE.show("hub", "ActiveState") == "inactive", "the hub does not stop")
    MACHINE.run("install", "-m", "600", "/var/lib/mindex/keys/service.key", "/etc/mindex/service.key")
    MACHINE.run("rm", "/var/lib/mindex/keys/service.key")
    for role in ("hub", "publishing"):
        MACHINE.run("install", "-D", "-t", f"/etc/systemd/system/mindex-{role}.service.d",
                    "/usr/share/doc/mindex/examples/service-key.conf")
    MACHINE.run("systemctl", "daemon-reload")
    MACHINE.run("systemctl", "start", "mindex.target", "mindex-scoring@7")
    for role in ROLES:
        MACHINE.await_active(role)
    until(lambda: MACHINE.show("scoring@7", "StatusText") == "at work for the hub at tcp://127.0.0.1:5600",
           lambda: MACHINE.run("journalctl", "--no-pager", "-n", 30, "-u", "mindex-*"))
    assert "service.key" not in MACHINE.run("ls", "/var/lib/mindex/keys")


def test_9_an_upgrade_begins_all_roles_anew_and_keeps_the_settings():
    before = MACHINE.pids()
    MACHINE.run("dpkg", "-i", "/srv/mindex.deb")
    for role, pid in before.items():
        MACHINE.await_active(role, but=pid)
    assert MACHINE.run("cat", CONF) == "listen = tcp://127.0.0.1:5600\n"


def test_10_stopped_the_workers_go_first_and_purged_nothing_stays():
    MACHINE.run("systemctl", "stop", "mindex.target")
    ended = {}
    for role in (*ROLES, "scoring@7"):  # systemctl waits for the target alone
        until(lambda: MACHINE.show(role, "ActiveState") == "inactive", role)
        assert MACHINE.show(role, "Result") == "success", role
        ended[role] = int(MACHINE.show(role, "InactiveEnterTimestampMonotonic"))
    assert max(ended, key=ended.get) == "hub", ended
    said = MACHINE.run("dpkg", "--purge", "mindex")
    assert "removing /var/lib/mindex" in said, said
    assert "mindex" not in MACHINE.run("ls", "/var/lib", "/usr/bin", "/lib/systemd/system"), said


if not pathlib.Path("/sys/fs/cgroup/systemd").is_dir():
    print("skipped: the boot knows groups of processes as they were before cgroup 2 alone")
    sys.exit(0)
shutil.copy(DEB, ROOT / "srv/mindex.deb")
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
with Machine() as MACHINE:
    run([case for name, case in list(globals().items()) if name.startswith("test_")])
