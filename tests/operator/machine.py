"""A machine with mindex installed, as an operator meets it: namespaces of its own for mounts, processes and
the network, with a copy of /etc, folders in memory over /var/lib, /var/backups, /run and /usr/local, and the
user mindex. Needs root, and changes nothing of the machine that it runs on."""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

from suite import BUILD, ROOT

HERE = pathlib.Path(__file__).resolve().parent
PLAYED = ("systemctl", "journalctl", "sudo")  # where no systemd is
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# The first process: it takes in who is left behind.
FIRST = """import os, signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
print("up", flush=True)
while True:
    signal.sigwait([signal.SIGCHLD])
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
"""
STATE_MIB = 1200  # of the disk under /var/lib/mindex, so that it can be filled


def possible():
    """Why not; None: it is."""
    if os.geteuid() != 0:
        return "it needs root"
    if subprocess.run(["unshare", "--mount", "--pid", "--net", "--fork", "true"], capture_output=True).returncode:
        return "no namespaces can be made here"
    return None


class Machine:
    """`beside`: another one, whose network it shares."""

    def __init__(self, beside=None):
        self.beside = beside

    def __enter__(self):
        self.home = tempfile.TemporaryDirectory(prefix="mindex-operator-")
        base = pathlib.Path(self.home.name)
        subprocess.run(["make", "-s", "-C", ROOT, "install", f"BUILD={BUILD}", f"DESTDIR={base}/root", "PREFIX=/usr/local"],
                       check=True, stdout=subprocess.DEVNULL)
        for name in ("run", "var-lib", "backups", "srv", "tmp"):
            (base / name).mkdir()
        (base / "tmp").chmod(0o1777)
        (base / "root/usr/local/sbin").mkdir(exist_ok=True)
        for name in PLAYED:
            shutil.copy(HERE / name, base / "root/usr/local/sbin" / name)
        subprocess.run(["cp", "-a", "/etc", base / "etc"], check=True)
        if (base / "root/etc").exists():
            subprocess.run(["cp", "-a", f"{base / 'root'}/etc/.", base / "etc"], check=True)
        shutil.rmtree(base / "etc/systemd/system", ignore_errors=True)
        (base / "etc/systemd/system").mkdir(parents=True)
        (base / "etc/mindex").mkdir(exist_ok=True)
        mounts = {"etc": "/etc", "var-lib": "/var/lib", "backups": "/var/backups", "run": "/run", "srv": "/srv", "root/usr/local": "/usr/local", "tmp": "/tmp"}
        prepare = " && ".join(["mount --make-rprivate /", *(f"mount --bind {base}/{of} {at}" for of, at in mounts.items()),
                               "ip link set lo up", "mkdir /var/lib/mindex", f"mount -t tmpfs -o size={STATE_MIB}m tmpfs /var/lib/mindex",
                               f"exec {sys.executable} -c '{FIRST}'"])
        enter = ["nsenter", "-n", "-t", str(self.beside.first())] if self.beside else []
        own = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", *([] if self.beside else ["--net"])]
        self.holder = subprocess.Popen([*enter, *own, "sh", "-c", prepare], stdout=subprocess.PIPE, text=True)
        assert self.holder.stdout.readline() == "up\n"
        self.sh("mkdir -p /run/systemd/system && systemd-sysusers /usr/local/lib/sysusers.d/mindex.conf && chown mindex: /var/lib/mindex && chmod 750 /var/lib/mindex")
        return self

    def __exit__(self, *_):
        self.holder.send_signal(signal.SIGKILL)  # and with it all that runs there
        self.holder.wait()
        self.holder.stdout.close()
        self.home.cleanup()

    def first(self):
        """The process id of its first process, as it is seen from outside."""
        return int(pathlib.Path(f"/proc/{self.holder.pid}/task/{self.holder.pid}/children").read_text())

    def sh(self, text, check=True):
        """Runs the lines as root there; the completed process, its output as text."""
        done = subprocess.run(["nsenter", "-m", "-p", "-n", "-t", str(self.first()), "--wd=/root", "env", "-i", f"PATH={PATH}", "HOME=/root",
                               "LANG=C.UTF-8", "bash", "-euo", "pipefail", "-c", text], text=True, capture_output=True, timeout=120)
        assert not check or done.returncode == 0, (text, done.returncode, done.stdout, done.stderr)
        return done

    def mindex(self, *words, check=True):
        return self.sh("sudo -u mindex mindex " + " ".join(map(str, words)), check)

    def file(self, path):
        """A path there as it is reached from here."""
        return pathlib.Path(f"/proc/{self.first()}/root{path}")
