"""The image, run as it is meant to be: as no root, read-only, without capabilities, with bounds. As a whole
service in one container, by compose.yaml, and as the pods of deploy/kubernetes. `make test-image` has built
it. Not a part of `make test`: it takes podman, root and minutes."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from suite import ENGLAND, ROOT, run

IMAGE = os.environ.get("IMAGE", "mindex:latest")
NAME = f"mindex-test-{os.getpid()}"
NEWER = ENGLAND / "newer" / "gigabit-broadband" / "2026-05-19.csv"
CONFINED = ["--read-only", "--cap-drop=all", "--security-opt=no-new-privileges", "--memory=1g", "--pids-limit=200",
            "--no-healthcheck"]

# In a network of our own, that nothing of it stays behind; and out of sight of the half of cgroup 2 that
# some sandboxes have, of which crun takes none.
if "MINDEX_WITHIN" not in os.environ:
    within = "ip link set lo up; ! mountpoint -q /sys/fs/cgroup/unified || umount /sys/fs/cgroup/unified; exec \"$@\""
    os.execvpe("unshare", ["unshare", "-m", "-n", "sh", "-c", within, "sh", sys.executable, *sys.argv],
               dict(os.environ, MINDEX_WITHIN="1"))
# Podman asks for more processes and files than a sandbox may give.
SETTINGS = pathlib.Path(tempfile.mkdtemp(prefix="mindex-test-"))
(SETTINGS / "containers.conf").write_text('[containers]\ndefault_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]\n'
                                          '[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n')
os.environ["CONTAINERS_CONF"] = str(SETTINGS / "containers.conf")


def podman(*arguments, check=True, **options):
    done = subprocess.run(["podman", *map(str, arguments)], text=True, capture_output=True, timeout=300, **options)
    assert not check or done.returncode == 0, (arguments, done.stdout, done.stderr)
    return done.stdout.strip()


def logged(name):
    """What a container has written, which is on standard error."""
    return subprocess.run(["podman", "logs", name], text=True, check=True, capture_output=True).stderr


def get(url):
    with urllib.request.urlopen(url, timeout=60) as answer:
        return answer.read().decode()


def await_text(say, wanted, seconds=120):
    """What `say` says, when `wanted` is in it."""
    end = time.monotonic() + seconds
    while wanted not in (said := say()):
        assert time.monotonic() < end, (wanted, said[-3000:])
        time.sleep(0.2)
    return said


@contextlib.contextmanager
def container(*options, command=()):
    podman("run", "-d", "--name", NAME, *CONFINED, *options, IMAGE, *command)
    try:
        yield lambda *words, **more: podman("exec", NAME, *words, **more)
    finally:
        podman("rm", "-f", "-t", "5", NAME, check=False)


@contextlib.contextmanager
def volume():
    podman("volume", "create", NAME)
    try:
        yield NAME
    finally:
        podman("volume", "rm", "-f", NAME, check=False)


def test_the_image_says_what_it_is_and_has_no_more_than_it_needs():
    image, = json.loads(podman("image", "inspect", IMAGE))
    config = image["Config"]
    version = re.search(r'MINDEX_VERSION "(.*)"', (ROOT / "services" / "bus" / "version.h").read_text())[1]
    assert config["User"] == "10001:10001"
    assert config["Labels"]["org.opencontainers.image.version"] == version
    assert image["Healthcheck"]["Test"] == ["CMD", "mindex", "status"]
    assert image["Size"] < 130e6, image["Size"]
    said = podman("run", "--rm", *CONFINED, "--read-only-tmpfs=false", "--entrypoint", "sh", IMAGE, "-c",
                  "command -v gcc make protoc-c; find / -xdev '(' -type f -perm /6002 -o -user 10001 ')' 2>/dev/null",
                  check=False).split()
    assert sorted(said) == ["/run/mindex", "/var/lib/mindex"], said


def test_a_whole_service_runs_confined_and_its_volume_outlives_it():
    with volume() as state:
        mounted = ["-v", f"{state}:/var/lib/mindex", "-v", f"{NEWER.parents[1]}:/newer:ro", "-p", "127.0.0.1::5605"]
        with container(*mounted) as inside:
            assert "edition 1: 307 places ranked" in inside("mindex", "load", "/usr/share/mindex/england")
            assert "1033 rank changes" in inside("mindex", "ingest", "/newer/gigabit-broadband/2026-05-19.csv")
            at = podman("port", NAME, "5605")
            assert get(f"http://{at}/readyz") == "ok, edition 2\n"
            assert "Burnley" in get(f"http://{at}/api/v1/editions/latest/ranks.csv?node=growth")
            assert "Read-only file system" in podman("exec", NAME, "sh", "-c", "touch /x 2>&1", check=False)
            status = inside("grep", "-E", "^(Uid|CapEff|CapBnd|NoNewPrivs|Seccomp):", "/proc/1/status").split()
            assert status == ["Uid:", *["10001"] * 4, "CapEff:", "0" * 16, "CapBnd:", "0" * 16, "NoNewPrivs:", "1",
                              "Seccomp:", "2"], status
            inside("mindex", "status")
            began = time.monotonic()
            podman("stop", "-t", "20", NAME)
            assert time.monotonic() - began < 15, "it had to be killed"
            ended, = json.loads(podman("inspect", NAME))
            assert ended["State"]["ExitCode"] == 0 and not ended["State"]["OOMKilled"], ended["State"]
        with container(*mounted) as inside:
            await_text(lambda: inside("mindex", "editions", check=False), "gigabit-broadband")
            inside("mindex", "verify")


def test_compose_runs_a_container_for_each_role():
    import yaml
    with tempfile.TemporaryDirectory(prefix="mindex-test-") as home:
        compose = yaml.safe_load((ROOT / "deploy" / "container" / "compose.yaml").read_text())
        checks = {name: service.pop("healthcheck")["test"] for name, service in compose["services"].items()}
        file = pathlib.Path(home) / "compose.yaml"  # podman runs health checks by systemd's timers: below, by hand
        file.write_text(yaml.safe_dump(compose))
        def by_compose(*words):
            return subprocess.run(["podman-compose", "-p", NAME, "-f", file, *words], text=True, capture_output=True,
                                  timeout=300, env=dict(os.environ, MINDEX_IMAGE=IMAGE, MINDEX_HTTP_AT="127.0.0.1:5695"))
        try:
            up = by_compose("up", "-d")
            assert up.returncode == 0, up.stderr[-3000:]
            loaded = podman("exec", f"{NAME}_hub_1", "mindex", "load", "/usr/share/mindex/england")
            assert "edition 1: 307 places ranked" in loaded
            assert get("http://127.0.0.1:5695/readyz") == "ok, edition 1\n"
            workers = json.loads(podman("exec", f"{NAME}_hub_1", "mindex", "status", "--json"))["workers"]
            assert sorted(each["role"] for each in workers) == ["comparison", "ingestion", "publishing", "scoring",
                                                                "scoring"], workers
            for name, test in checks.items():
                podman("exec", f"{NAME}_{name}_1", *[word.replace("$$", "$") for word in test[1:]])
            # A worker has no way out, and none to the state.
            assert "mindex.db" not in podman("exec", f"{NAME}_scoring_1", "ls", "/var/lib/mindex", "/run/mindex")
            routes = podman("exec", f"{NAME}_scoring_1", "cat", "/proc/net/route").splitlines()[1:]
            assert all(route.split()[1] != "00000000" for route in routes), routes
            # One that dies is started again, and the next release goes on.
            for name in ("scoring_1", "scoring_2"):
                os.kill(int(podman("inspect", "-f", "{{.State.Pid}}", f"{NAME}_{name}")), signal.SIGKILL)
            file = "/tmp/gigabit-broadband-2026-05-19.csv"
            taken = podman("exec", "-i", f"{NAME}_hub_1", "sh", "-c", f"cat >{file} && mindex ingest {file}",
                           input=NEWER.read_text())
            assert "edition 2" in taken, taken
        finally:
            by_compose("down", "-v")
            podman("volume", "rm", "-f", f"{NAME}_state", f"{NAME}_sockets", check=False)
            podman("network", "rm", "-f", f"{NAME}_inside", f"{NAME}_outside", check=False)
        assert NAME not in podman("ps", "-a") + podman("volume", "ls")


def pod(documents, kind, name, image, claims=()):
    """A bare pod as podman plays it, of a StatefulSet or a Deployment: probes are done by hand."""
    found, = [each for each in documents if each["kind"] == kind and each["metadata"]["name"] == name]
    template = found["spec"]["template"]
    for each in template["spec"]["containers"]:
        each["image"] = image
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            each.pop(probe, None)
    template["spec"]["volumes"] += [{"name": claim, "persistentVolumeClaim": {"claimName": f"{NAME}-{claim}"}}
                                    for claim in claims]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"{NAME}-{name}", "labels": {"app": NAME}},
            "spec": template["spec"]}


def test_the_pods_of_the_manifests_find_each_other_by_key():
    import yaml
    made = subprocess.run(["kubectl", "kustomize", ROOT / "deploy" / "kubernetes" / "base"], text=True, check=True,
                          capture_output=True, env=dict(os.environ, HOME=str(SETTINGS)))
    documents = list(yaml.safe_load_all(made.stdout))
    configs = [each for each in documents if each["kind"] == "ConfigMap"]
    hub = pod(documents, "StatefulSet", "mindex-hub", f"localhost/{IMAGE}", claims=["state"])
    played = []
    def play(*objects):
        file = SETTINGS / f"{objects[0]['metadata']['name']}.yaml"
        file.write_text(yaml.safe_dump_all([*configs, *objects]))
        played.append(file)
        podman("kube", "play", file)
    def inside(name, *words, **options):
        return podman("exec", f"{NAME}-mindex-{name}", *words, **options)
    try:
        play(hub)
        await_text(lambda: logged(f"{NAME}-mindex-hub-hub"), '"worker_role":"publishing"')
        inside("hub-hub", "mindex", "status")
        address = podman("inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}",
                         podman("pod", "inspect", "-f", "{{.InfraContainerID}}", f"{NAME}-mindex-hub"))
        assert get(f"http://{address}:5605/assets/site.css")
        next(each for each in configs if "hub" in each["data"])["data"]["hub"] = f"tcp://{address}:5600"
        for worker in ("scoring", "comparison"):
            inside("hub-hub", "mindex", "key", "new", worker, "--role", f"{worker},reader")
            # As Kubernetes mounts a Secret for a group: root's, and the group may read it.
            keys = SETTINGS / worker
            keys.mkdir()
            (keys / "worker.key").write_text(inside("hub-hub", "cat", f"/var/lib/mindex/keys/{worker}.key") + "\n")
            os.chown(keys / "worker.key", 0, 10001)
            (keys / "worker.key").chmod(0o440)
            SETTINGS.chmod(0o755)
            it = pod(documents, "Deployment", f"mindex-{worker}", f"localhost/{IMAGE}")
            for each in it["spec"]["volumes"]:
                if "secret" in each:
                    del each["secret"]
                    each["hostPath"] = {"path": str(keys), "type": "Directory"}
            play(it)
        loaded = inside("hub-hub", "mindex", "load", "/usr/share/mindex/england")
        assert "edition 1: 307 places ranked" in loaded
        assert get(f"http://{address}:5605/readyz") == "ok, edition 1\n"
        assert "places compared" in loaded
        for worker in ("scoring", "comparison"):
            inside(f"{worker}-{worker}", "mindex", "status")
        lines = logged(f"{NAME}-mindex-hub-hub").splitlines()
        assert lines and all(json.loads(line)["role"] == "hub" for line in lines), lines[:3]
    finally:
        for file in played:
            podman("kube", "down", file, check=False)
        podman("volume", "rm", "-f", f"{NAME}-state", *[each["metadata"]["name"] for each in configs], check=False)
        podman("network", "rm", "podman-default-kube-network", check=False)


cases = [test_the_image_says_what_it_is_and_has_no_more_than_it_needs,
         test_a_whole_service_runs_confined_and_its_volume_outlives_it]
if shutil.which("podman-compose"):
    cases.append(test_compose_runs_a_container_for_each_role)
else:
    print("skipped: compose.yaml, without podman-compose")
if shutil.which("kubectl"):
    cases.append(test_the_pods_of_the_manifests_find_each_other_by_key)
else:
    print("skipped: the pods of deploy/kubernetes, without kubectl")
try:
    run(cases)
finally:
    shutil.rmtree(SETTINGS)
