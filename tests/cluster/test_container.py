"""deploy/container/compose.yaml, held against what this project promises of it and what the program knows.
`make test-image` runs it."""
import os
import pathlib
import re
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from suite import MINDEX, ROOT, run

FOLDER = ROOT / "deploy" / "container"
ROLES = {"hub", "ingestion", "scoring", "comparison", "publishing"}


def services():
    return yaml.safe_load((FOLDER / "compose.yaml").read_text())["services"]


def plain(text):
    """With what a variable is where nobody sets it."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


def test_the_images_user_is_the_one_that_kubernetes_is_told():
    user, = re.findall(r"^USER (\d+):(\d+)$", (FOLDER / "Containerfile").read_text(), re.MULTILINE)
    for name in ("base/hub.yaml", "base/comparison.yaml", "scoring/deployment.yaml", "batch/job.yaml"):
        text = (ROOT / "deploy" / "kubernetes" / name).read_text()
        assert re.findall(r"runAs(?:User|Group): (\d+)", text) == list(user), name


def test_every_role_is_confined():
    assert set(services()) == ROLES
    for name, service in services().items():
        assert service["command"][0] == name
        assert service["read_only"] is True and service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges"] and "privileged" not in service and "user" not in service
        assert service["mem_limit"] and service["pids_limit"] and service["healthcheck"] and service["restart"], name
        assert service["logging"]["options"]["max-size"], name
        has_state = "state:/var/lib/mindex" in service["volumes"]
        assert has_state == (name not in ("scoring", "comparison")), name
        assert (service["networks"] == ["inside"]) == (name != "publishing"), name
    published = [port for service in services().values() for port in service.get("ports", [])]
    assert published == ["${MINDEX_HTTP_AT:-127.0.0.1:5605}:5605"]  # heard by this machine alone, if nobody says more


def test_what_is_set_is_what_the_program_knows():
    for name, service in services().items():
        shown = subprocess.run([MINDEX, "config", "show"], text=True, capture_output=True, check=True,
                               env={"PATH": os.environ["PATH"], **{key: plain(value) for key, value in service["environment"].items()}}).stdout
        for key in service["environment"]:
            assert not key.startswith("MINDEX_") or re.search(rf"\s{key}\s", shown), (name, key)
        helped = subprocess.run([MINDEX, "help", name], text=True, capture_output=True, check=True).stdout
        for word in service["command"]:
            assert not word.startswith("--") or f"  {word} " in helped, (name, word)


cases = [test_the_images_user_is_the_one_that_kubernetes_is_told]
try:
    import yaml
    cases += [test_every_role_is_confined, test_what_is_set_is_what_the_program_knows]
except ImportError:
    print("skipped: compose.yaml cannot be read without python3-yaml")
run(cases)
