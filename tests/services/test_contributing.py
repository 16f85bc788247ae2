"""What the page for contributors names is there: files, folders, targets, words in files."""
import pathlib
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from suite import ROOT, run

PAGE = (ROOT / "CONTRIBUTING.md").read_text()
MAKEFILE = "".join((ROOT / name).read_text() for name in ("Makefile", "tests/tests.mk", "deploy/deploy.mk"))


def test_every_file_that_is_named_is_there():
    named = set(re.findall(r"`([\w./-]+(?:\.\w+|/))`", PAGE))
    assert len(named) > 40, named
    for name in named:
        places = [ROOT, ROOT / "services", ROOT / "tests", ROOT / "services" / "publishing", ROOT / "deploy" / "england",
                  ROOT / "deploy" / "england" / "datasets"]
        assert any((place / name).exists() for place in places), name


def test_every_target_that_is_named_is_there():
    for target in re.findall(r"`make ([a-z-]+)", PAGE):
        assert re.search(rf"^(?:[a-z-]+ )*{target}:", MAKEFILE, re.M), target


def test_every_room_is_on_the_map():
    rooms = re.findall(r"`([^`]+)`", "".join(line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `")))
    folders = {path.name for path in (ROOT / "services").iterdir() if path.is_dir()}
    folders |= {name for name in ("proto", "core", "deploy", "tests")}
    assert {room.rstrip("/").split("/")[-1] for room in rooms} == folders, rooms


def test_where_each_thing_is_told_to_stand_one_like_it_stands():
    like = {  # file that the page names: what of the kind stands in it
        "core/method.h": "NORMALISE_", "core/definition_scale.c": "NORMALISE_", "core/normalise.c": "NORMALISE_",
        "services/views/method_words.c": "NORMALISE_", "services/bus/rights.c": "CASE(WITHDRAW)",
        "services/hub/hub.c": "BODY_WITHDRAW", "proto/bus.proto": "Withdraw withdraw =", "services/bus/messages.h": "typedef Mindex__V1__Receipt Receipt;",
        "services/publishing/publishing.c": "webhooks_", "services/publishing/metrics_hub.c": "webhook",
        "tests/memory/test_channels.c": "hook", "tests/fuzz/channels.c": "filter", "tests/services/test_webhooks.py": "kill",
        "tests/core/test_methods.py": "percentile-rank", "deploy/england/files.md": "gigabit",
    }
    for name, words in like.items():
        assert name in PAGE, name
        assert words in (ROOT / name).read_text(), (name, words)


def test_no_place_of_a_normalisation_is_forgotten():
    sources = [path for room in ("core", "services") for path in (ROOT / room).rglob("*.[ch]")]
    places = {str(path.relative_to(ROOT)) for path in sources if "NORMALISE_EXPONENTIAL" in path.read_text()}
    told = PAGE[PAGE.index("**A new normalisation**"):PAGE.index("**A new message**")]
    assert len(places) >= 4 and all(f"`{place}`" in told for place in places), places


run([case for name, case in list(globals().items()) if name.startswith("test_")])
