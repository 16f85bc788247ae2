"""The manifests of deploy/kubernetes: what kustomize makes of them, held against the schemas of the
Kubernetes API and against what this project promises of them. `make test-kubernetes` brings the
schemas; without kubectl, or without them, the cases say that they were skipped."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from suite import BUILD, MINDEX, ROOT, SANITIZED, run

HERE = ROOT / "deploy" / "kubernetes"
SCHEMAS = BUILD / "kubernetes"  # where make test-kubernetes has npm put them
OVERLAY = """apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: mindex
resources: [base]
images: [{name: MINDEX_IMAGE, newName: registry.example.org/mindex, newTag: "0.1.0"}]
configMapGenerator: [{name: mindex-workers, literals: ["hub=tcp://hub.example.org:5600"]}]
"""


def tools():
    try:
        import yaml
    except ImportError:
        yaml = None
    return shutil.which("kubectl") and shutil.which("node") and yaml


def built(name, overlay=OVERLAY):
    """The objects of one of the folders under an overlay as README.md describes it."""
    import yaml
    with tempfile.TemporaryDirectory(prefix="mindex-test-") as home:
        shutil.copytree(HERE / name, pathlib.Path(home) / "base")
        (pathlib.Path(home) / "kustomization.yaml").write_text(overlay)
        made = subprocess.run(["kubectl", "kustomize", home], text=True, capture_output=True, check=True,
                              env=dict(os.environ, HOME=home))
        return list(yaml.safe_load_all(made.stdout))


def complaints(objects):
    return subprocess.run(["node", ROOT / "tests" / "cluster" / "manifests.mjs", SCHEMAS], text=True, check=True,
                          input=json.dumps(objects), stdout=subprocess.PIPE).stdout.splitlines()


def pod_of(objects, kind):
    return next(each for each in objects if each["kind"] == kind)["spec"]["template"]["spec"]


def test_all_is_by_the_schemas_of_the_api_and_what_is_not_is_found():
    for name in ("workers", "batch"):
        objects = built(name)
        assert {each["metadata"]["namespace"] for each in objects} == {"mindex"}
        assert complaints(objects) == [], complaints(objects)
    objects = built("workers")
    pod = pod_of(objects, "Deployment")
    pod["containers"][0]["imagePolicy"] = "Always"
    pod["terminationGracePeriodSeconds"] = "soon"
    objects[-1]["spec"]["triggers"] = None
    found = "\n".join(complaints(objects))
    for wrong in ("terminationGracePeriodSeconds", "triggers"):
        assert wrong in found, found
    pod["terminationGracePeriodSeconds"] = 10
    found = "\n".join(complaints(objects))
    assert "/spec/template/spec/containers/0/imagePolicy is no key of the API" in found, found


def test_workers_are_confined_and_have_the_key_as_a_file():
    for name, kind in (("workers", "Deployment"), ("batch", "Job")):
        objects = built(name)
        pod = pod_of(objects, kind)
        container, = pod["containers"]
        assert container["image"] == "registry.example.org/mindex:0.1.0"
        assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["runAsUser"] != 0
        assert container["securityContext"] == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                                                "capabilities": {"drop": ["ALL"]}}
        assert pod["automountServiceAccountToken"] is False
        assert {"cpu", "memory"} == set(container["resources"]["requests"])
        assert "memory" in container["resources"]["limits"]
        key = next(volume for volume in pod["volumes"] if volume["name"] == "key")["secret"]
        assert key["defaultMode"] == 0o400 and key["secretName"] == "mindex-worker-key"
        mounts = {mount["name"]: mount for mount in container["volumeMounts"]}
        assert mounts["key"]["readOnly"]
        environment = {each["name"]: each for each in container["env"]}
        assert environment["MINDEX_KEY"]["value"] == mounts["key"]["mountPath"] + "/worker.key"
        assert environment["MINDEX_STATE"]["value"] == mounts["state"]["mountPath"]
        hub = environment["MINDEX_HUB"]["valueFrom"]["configMapKeyRef"]
        config = next(each for each in objects if each["kind"] == "ConfigMap")
        assert hub["name"] == config["metadata"]["name"] and hub["key"] in config["data"]
        assert not any(each["kind"] == "Secret" for each in objects)  # it is no part of what is kept in a repository


def test_both_kinds_of_workers_are_the_same_pod():
    deployment, job = pod_of(built("workers"), "Deployment"), pod_of(built("batch"), "Job")
    job.pop("restartPolicy")
    for pod in (deployment, job):
        pod["containers"][0].pop("args")
        pod["containers"][0]["env"][0]["valueFrom"]["configMapKeyRef"].pop("name")
    assert deployment == job


def test_without_an_overlay_there_is_no_image_to_run():
    pod = pod_of(built("workers", "resources: [base]\n"), "Deployment")
    assert pod["containers"][0]["image"] == "MINDEX_IMAGE"
    assert not re.fullmatch(r"[a-z0-9._/:-]+", "MINDEX_IMAGE")  # a reference to an image has no capitals in its path


def test_what_is_scaled_by_is_what_is_measured():
    text = (HERE / "workers" / "scaling.yaml").read_text()
    metrics = (ROOT / "services" / "publishing" / "metrics.c").read_text()
    names = set(re.findall(r"mindex_[a-z_]+", text))
    assert names
    for name in names:
        assert f'"{name}"' in metrics, f"{name} is no metric"


def test_the_image_has_the_libraries_that_the_program_needs():
    stage = (HERE / "Containerfile").read_text().rsplit("FROM ", 1)[1]
    needed = re.findall(r"\(NEEDED\)\s+Shared library: \[(.*)\]",
                        subprocess.run(["readelf", "-d", MINDEX], text=True, capture_output=True, check=True).stdout)
    assert len(needed) > 5
    for library in needed:
        if re.match(r"lib[cm]\.so", library):
            continue
        owner = subprocess.run(["dpkg", "-S", f"*/{library}"], text=True, capture_output=True, check=True).stdout
        assert any(re.search(rf"\s{re.escape(line.split(':')[0])}\s", stage) for line in owner.splitlines()), library


def with_key_as(mode, owner, user):
    """What a worker of `user` says of a key of `owner` with this mode and the user's own group."""
    with tempfile.TemporaryDirectory(prefix="mindex-test-") as home:
        home = pathlib.Path(home)
        home.chmod(0o755)
        program = shutil.copy(MINDEX, home / "mindex")
        subprocess.run([program, "key", "new", "scorer", "--role", "scoring", "--state", home / "service"], check=True,
                       capture_output=True)
        key = pathlib.Path(shutil.copy(home / "service" / "keys" / "scorer.key", home / "worker.key"))
        os.chown(key, owner, user)
        key.chmod(mode)
        (home / "state").mkdir()
        os.chown(home / "state", user, user)
        return subprocess.run([program, "scoring", "--hub", "tcp://127.0.0.1:9", "--idle", "1", "--state", home / "state"],
                              text=True, capture_output=True, timeout=60, user=user, group=user, extra_groups=[],
                              env={"MINDEX_KEY": str(key), "PATH": "/usr/bin:/bin"})


def test_a_key_of_root_that_the_workers_group_may_read_is_one_and_no_other_is():
    user, other = 10001, 10002
    for mode, owner in ((0o440, 0), (0o640, 0), (0o400, user)):
        worked = with_key_as(mode, owner, user)
        assert worked.returncode == 0 and "no task came" in worked.stderr, (oct(mode), owner, worked)
    for mode, owner in ((0o444, 0), (0o460, 0), (0o440, user), (0o440, other)):
        refused = with_key_as(mode, owner, user)
        assert refused.returncode == 1 and "others than its owner may use it" in refused.stderr, (oct(mode), owner, refused)


cases = [test_what_is_scaled_by_is_what_is_measured]
if SANITIZED:
    print("skipped: a program with sanitizers is not the one that ships")
elif shutil.which("dpkg") and shutil.which("readelf"):
    cases.append(test_the_image_has_the_libraries_that_the_program_needs)
if tools():
    cases += [test_workers_are_confined_and_have_the_key_as_a_file, test_both_kinds_of_workers_are_the_same_pod,
              test_without_an_overlay_there_is_no_image_to_run]
else:
    print("skipped: without kubectl, node and python3-yaml nobody tells what kustomize makes of the manifests")
if tools() and (SCHEMAS / "node_modules").is_dir():
    cases.append(test_all_is_by_the_schemas_of_the_api_and_what_is_not_is_found)
else:
    print("skipped: the schemas of the Kubernetes API are not here (make test-kubernetes)")
if os.geteuid() == 0:
    cases.append(test_a_key_of_root_that_the_workers_group_may_read_is_one_and_no_other_is)
else:
    print("skipped: only root can make root's files")
run(cases)
