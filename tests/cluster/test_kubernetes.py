"""The manifests of deploy/kubernetes: what kustomize makes of them, held against the schemas of the
Kubernetes API and against what this project promises of them. `make test-kubernetes` brings the
schemas; without kubectl, or without them, the cases say that they were skipped."""
import functools
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from suite import BUILD, MINDEX, ROOT, run

HERE = ROOT / "deploy" / "kubernetes"
SCHEMAS = BUILD / "kubernetes"  # where make test-kubernetes has npm put them
OVERLAY = """apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: mindex
resources: [kubernetes/NAME]
images: [{name: MINDEX_IMAGE, newName: registry.example.org/mindex, newTag: "0.2.0"}]
"""
ELSEWHERE = OVERLAY + """configMapGenerator: [{name: mindex-workers, literals: ["hub=tcp://hub.example.org:5600"]}]
"""
OVERLAYS = {"base": OVERLAY, "workers": ELSEWHERE, "batch": ELSEWHERE}


def tools():
    try:
        import yaml
    except ImportError:
        yaml = None
    return shutil.which("kubectl") and shutil.which("node") and yaml


def built(name, overlay=None):
    """The objects of one of the folders under an overlay as README.md describes it."""
    import yaml
    return list(yaml.safe_load_all(kustomized(name, overlay or OVERLAYS[name])))


@functools.cache
def kustomized(name, overlay):
    with tempfile.TemporaryDirectory(prefix="mindex-test-") as home:
        shutil.copytree(HERE, pathlib.Path(home) / "kubernetes")
        (pathlib.Path(home) / "kustomization.yaml").write_text(overlay.replace("NAME", name))
        made = subprocess.run(["kubectl", "kustomize", home], text=True, capture_output=True, check=True,
                              env=dict(os.environ, HOME=home))
        return made.stdout


def complaints(objects):
    return subprocess.run(["node", ROOT / "tests" / "cluster" / "manifests.mjs", SCHEMAS], text=True, check=True,
                          input=json.dumps(objects), stdout=subprocess.PIPE).stdout.splitlines()


def one(objects, kind, name=None):
    found, = [each for each in objects if each["kind"] == kind and (not name or each["metadata"]["name"] == name)]
    return found


def pod_of(objects, kind, name=None):
    return one(objects, kind, name)["spec"]["template"]["spec"]


def pods(objects):
    """Every pod's specification and labels."""
    for each in objects:
        if "template" in each.get("spec", {}):
            template = each["spec"]["template"]
            yield template["spec"], template["metadata"]["labels"]


def selected(selector, labels):
    """Whether a selector of labels takes them."""
    assert not set(selector) - {"matchLabels", "matchExpressions"}, selector
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items()) and all(
        labels.get(each["key"]) in each["values"] for each in selector.get("matchExpressions", []))


def test_all_is_by_the_schemas_of_the_api_and_what_is_not_is_found():
    for name in OVERLAYS:
        objects = built(name)
        assert {each["metadata"].get("namespace", each["metadata"]["name"]) for each in objects} == {"mindex"}
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


def test_every_pod_is_confined():
    """As the restricted profile of Pod Security asks, and more."""
    for objects in map(built, OVERLAYS):
        for pod, _ in pods(objects):
            security = pod["securityContext"]
            assert security["runAsNonRoot"] and security["runAsUser"] == security["fsGroup"] == 10001
            assert security["seccompProfile"] == {"type": "RuntimeDefault"}
            assert pod["automountServiceAccountToken"] is False
            for container in pod["containers"]:
                assert container["image"] == "registry.example.org/mindex:0.2.0"
                assert container["securityContext"] == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                                                        "capabilities": {"drop": ["ALL"]}}
                assert {"cpu", "memory"} == set(container["resources"]["requests"])
                assert "memory" in container["resources"]["limits"]
                environment = {each["name"]: each.get("value") for each in container["env"]}
                assert int(environment["WATCHDOG_USEC"]) >= 10_000_000, "a busy loop is no hung one"
                mounts = [mount["mountPath"] for mount in container["volumeMounts"]]
                assert environment["MINDEX_STATE"] in mounts
                assert {mount["name"] for mount in container["volumeMounts"]} <= {
                    each["metadata"]["name"] for claim in objects if claim["kind"] == "StatefulSet"
                    for each in claim["spec"]["volumeClaimTemplates"]} | {each["name"] for each in pod["volumes"]}
        assert not any(each["kind"] == "Secret" for each in objects)  # it is no part of what is kept in a repository


def test_workers_have_a_key_as_a_file_and_the_hubs_address():
    for name, kind, worker in (("workers", "Deployment", "scoring"), ("batch", "Job", "batch"),
                               ("base", "Deployment", "scoring"), ("base", "Deployment", "comparison")):
        objects = built(name)
        pod = pod_of(objects, kind, f"mindex-{worker}")
        container, = pod["containers"]
        key = next(volume for volume in pod["volumes"] if volume["name"] == "key")["secret"]
        assert key["defaultMode"] == 0o400
        assert key["secretName"] == ("mindex-comparison-key" if worker == "comparison" else "mindex-worker-key")
        mounts = {mount["name"]: mount for mount in container["volumeMounts"]}
        assert mounts["key"]["readOnly"]
        environment = {each["name"]: each for each in container["env"]}
        assert environment["MINDEX_KEY"]["value"] == mounts["key"]["mountPath"] + "/worker.key"
        hub = environment["MINDEX_HUB"]["valueFrom"]["configMapKeyRef"]
        config = next(each for each in objects if each["kind"] == "ConfigMap" and each["metadata"]["name"] == hub["name"])
        assert config["data"][hub["key"]].startswith("tcp://")


def test_the_services_lead_to_the_pod_also_while_it_is_not_ready():
    objects = built("base")
    hub = one(objects, "StatefulSet")
    _, labels = next(pods([hub]))
    ports = {port["name"]: port["containerPort"] for container in pod_of(objects, "StatefulSet")["containers"]
             for port in container.get("ports", [])}
    assert ports == {"hub": 5600, "replay": 5601, "events": 5602, "http": 5605}
    for service in (one(objects, "Service", "mindex"), one(objects, "Service", "mindex-hub")):
        assert selected({"matchLabels": service["spec"]["selector"]}, labels)
        assert all(port["targetPort"] in ports for port in service["spec"]["ports"])
        assert service["spec"]["publishNotReadyAddresses"] is True
    workers = one(objects, "Service", hub["spec"]["serviceName"])["spec"]
    assert {port["port"] for port in workers["ports"]} == {5600, 5601, 5602}
    where = next(each for each in objects if each["kind"] == "ConfigMap" and "hub" in each["data"])["data"]["hub"]
    assert where == f"tcp://{hub['spec']['serviceName']}:5600"


def test_the_network_lets_through_what_is_needed_and_nothing_else():
    objects = built("base")
    policies = [each["spec"] for each in objects if each["kind"] == "NetworkPolicy"]
    nothing = next(each for each in policies if each["podSelector"] == {})
    assert nothing == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    of_batch = {"app.kubernetes.io/name": "mindex", "app.kubernetes.io/component": "batch"}
    labels = [each for _, each in pods(objects)] + [of_batch]
    hub = next(each for each in labels if each["app.kubernetes.io/component"] == "hub")
    def ports_into(pod, peer):
        return {port["port"] for policy in policies if selected(policy["podSelector"], pod)
                for rule in policy.get("ingress", []) for source in rule["from"]
                if "namespaceSelector" not in source and selected(source["podSelector"], peer) for port in rule["ports"]}
    def ports_out(pod, peer):
        return {port["port"] for policy in policies if selected(policy["podSelector"], pod)
                for rule in policy.get("egress", []) for goal in rule["to"]
                if "ipBlock" not in goal and "namespaceSelector" not in goal and selected(goal["podSelector"], peer)
                for port in rule["ports"]}
    for pod in labels:
        if pod is not hub:
            assert ports_into(hub, pod) == ports_out(pod, hub) == {5600}, pod
        assert not any(ports_into(pod, peer) for peer in labels if pod is not hub)
    assert not ports_into(hub, {"app.kubernetes.io/name": "another"})
    anywhere = [rule for policy in policies for rule in policy.get("egress", []) if "ipBlock" in rule["to"][0]]
    assert [[port["port"] for port in rule["ports"]] for rule in anywhere] == [[443]]
    assert "169.254.0.0/16" in anywhere[0]["to"][0]["ipBlock"]["except"]


def test_probes_ask_what_there_is():
    """No restart for another's fault: publishing lives without a hub, and is ready with an edition."""
    containers = {each["name"]: each for each in pod_of(built("base"), "StatefulSet")["containers"]}
    for name in ("startupProbe", "livenessProbe"):
        assert containers["hub"][name]["exec"]["command"] == ["mindex", "status"]
        assert containers["publishing"][name]["httpGet"]["path"] == "/assets/site.css"
    assert containers["publishing"]["readinessProbe"]["httpGet"]["path"] == "/readyz"
    with tempfile.TemporaryDirectory(prefix="mindex-test-") as home, \
            open(pathlib.Path(home) / "log", "w+") as log, socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
        free.close()
        publishing = subprocess.Popen([MINDEX, "publishing", "--state", home, "--http", f"http://127.0.0.1:{port}"],
                                      stderr=log)
        try:
            while "http open" not in (pathlib.Path(home) / "log").read_text():
                assert publishing.poll() is None
                time.sleep(0.02)
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/assets/site.css", timeout=60) as answer:
                assert answer.status == 200
        finally:
            publishing.terminate()
            assert publishing.wait(60) == 0


def test_what_the_manifests_set_is_what_the_program_knows():
    with tempfile.TemporaryDirectory(prefix="mindex-test-") as home:
        for objects in map(built, OVERLAYS):
            for container in (each for pod, _ in pods(objects) for each in pod["containers"]):
                environment = {each["name"]: each.get("value", "tcp://mindex-hub:5600") for each in container["env"]}
                if "MINDEX_CONFIG" in environment:
                    config = one([each for each in objects if "mindex.conf" in each.get("data", {})], "ConfigMap")
                    environment["MINDEX_CONFIG"] = f"{home}/mindex.conf"
                    (pathlib.Path(home) / "mindex.conf").write_text(config["data"]["mindex.conf"])
                shown = subprocess.run([MINDEX, "config", "show"], text=True, capture_output=True, check=True,
                                       env=dict(environment, PATH=os.environ["PATH"])).stdout
                for name in environment:
                    if name.startswith("MINDEX_") and name != "MINDEX_CONFIG":
                        assert re.search(rf"\s{name}\s", shown), (name, shown)
                role, options = container["args"][0], [word for word in container["args"] if word.startswith("--")]
                known = subprocess.run([MINDEX, "help", role], text=True, capture_output=True, check=True).stdout
                assert all(f"  {option} " in known for option in options), (role, options)


def test_both_kinds_of_workers_are_the_same_pod():
    deployment, job = pod_of(built("workers"), "Deployment"), pod_of(built("batch"), "Job")
    job.pop("restartPolicy")
    deployment["containers"][0].pop("readinessProbe")
    for pod in (deployment, job):
        pod["containers"][0].pop("args")
        pod["containers"][0]["env"][0]["valueFrom"]["configMapKeyRef"].pop("name")
    assert deployment == job


def test_without_an_overlay_there_is_no_image_to_run():
    pod = pod_of(built("workers", "resources: [kubernetes/workers]\n"), "Deployment")
    assert pod["containers"][0]["image"] == "MINDEX_IMAGE"
    assert not re.fullmatch(r"[a-z0-9._/:-]+", "MINDEX_IMAGE")  # a reference to an image has no capitals in its path


def test_prometheus_asks_by_a_name_that_the_overlay_of_the_readme_gives():
    text = (HERE / "README.md").read_text()
    asked, = re.findall(r"http://([a-z.]+)/metrics", text)
    given, = re.findall(r'MINDEX_HTTP_NAME, value: "([^"]*)"', text)
    assert asked in given.split(","), (asked, given)


def test_what_is_scaled_by_is_what_is_measured():
    text = (HERE / "scaling" / "scaling.yaml").read_text()
    metrics = "".join(file.read_text() for file in (ROOT / "services" / "publishing").glob("metrics*.c"))
    names = set(re.findall(r"mindex_[a-z_]+", text))
    assert names
    for name in names:
        assert f'"{name}"' in metrics, f"{name} is no metric"


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


cases = [test_what_is_scaled_by_is_what_is_measured,
         test_prometheus_asks_by_a_name_that_the_overlay_of_the_readme_gives]
if tools():
    cases += [test_every_pod_is_confined, test_workers_have_a_key_as_a_file_and_the_hubs_address,
              test_both_kinds_of_workers_are_the_same_pod, test_without_an_overlay_there_is_no_image_to_run,
              test_the_services_lead_to_the_pod_also_while_it_is_not_ready,
              test_the_network_lets_through_what_is_needed_and_nothing_else, test_probes_ask_what_there_is,
              test_what_the_manifests_set_is_what_the_program_knows]
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
