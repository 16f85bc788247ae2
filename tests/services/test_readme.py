"""Every command of the README and of the page on using it, as it stands there, in its order, against a service as
`make serve` runs it; what names a file or a machine that is not here is left out, and listed. And every link of the
documents."""
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import urllib.request

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from suite import BUILD, ENGLAND, ROOT, Service, free_port, run

PAGES = (ROOT / "README.md", ROOT / "deploy" / "USING.md")
# Files of the reader's own; and what make would build or test in the middle of a test.
NOT_HERE = ("DOWNLOAD.xlsx", "make ")
FEWER = {"--replicates 100000 ": "--replicates 200 ", "--replicates 1000000 ": "--replicates 2000 ", "--steps 20": "--steps 4"}
# What may be refused here: no task was set aside.
REFUSED = {"build/mindex tasks retry 17": 3}
ENDLESS = ("build/mindex watch ",)


def commands():
    """The lines of the indented blocks that are commands, without what is said of them."""
    found = []
    for line in "".join(page.read_text() for page in PAGES).splitlines():
        if re.match(r"    (build/mindex|export|sed|curl|make) ", line):
            found.append(re.sub(r"\s+# .*", "", line).strip())
    return found


def run_line(line, home, port):
    """Its exit status, and what it said."""
    text = line.replace(":5605", f":{port}")
    for much, less in FEWER.items():
        text = text.replace(much, less)
    if text.startswith("curl "):
        text = text.replace("curl ", "curl --fail --silent --show-error --max-time 60 ", 1)
    with subprocess.Popen(["bash", "-c", text], cwd=home, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          start_new_session=True, env=dict(os.environ, MINDEX_STATE="build/serve")) as process:
        if line.startswith(ENDLESS):
            assert "following events after" in process.stderr.readline(), line
            os.killpg(process.pid, signal.SIGINT)
            return -process.wait(30), ""
        out, err = process.communicate(timeout=300)
        return process.returncode, out + err


def test_every_command_does_what_it_is_shown_for():
    port = free_port()
    lines = commands()
    left_out = [line for line in lines if any(word in line for word in NOT_HERE)]
    assert len(lines) - len(left_out) > 35 and len(left_out) <= 7, left_out
    with tempfile.TemporaryDirectory(prefix="mindex-test-") as folder, Service("--http", f"http://127.0.0.1:{port}") as service:
        home = pathlib.Path(folder)
        (home / "build").mkdir()
        (home / "build" / "mindex").symlink_to(BUILD / "mindex")
        (home / "build" / "serve").symlink_to(service.state)
        (home / "deploy").symlink_to(ROOT / "deploy")
        service.run("load", ENGLAND)
        for line in lines:
            if line in left_out:
                continue
            status, said = run_line(line, home, port)
            assert status == (signal.SIGINT if line.startswith(ENDLESS) else REFUSED.get(line, 0)), (line, status, said)
        found = answers_of_the_addresses(port)
        assert len(found) > 8 and set(found.values()) == {200}, found


def answers_of_the_addresses(port):
    """What each address of the pages says to GET: its status, by the address."""
    named = re.findall(r"http://127\.0\.0\.1:5605(/[^\s`'|<>]*)|`(/(?:feeds|api)/[^\s`]*)`",
                       "".join(page.read_text() for page in PAGES))
    found = {}
    for path in sorted({first or second for first, second in named}):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:  # the stream's head is enough
            found[path] = answer.status
    return found


def anchors(document):
    """As GitHub makes them of headings."""
    text = re.sub(r"^```.*?^```$", "", document.read_text(), flags=re.M | re.S)
    headings = re.findall(r"^#+ (.*)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_link_of_the_documents_leads_somewhere():
    documents = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "deploy").rglob("*.md")]
    assert len(documents) > 20, documents
    for document in documents:
        for target, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)(?:#([^)]*))?\)", document.read_text()):
            leads_to = document.parent / target if target else document
            assert leads_to.exists(), (document, target)
            assert not anchor or anchor in anchors(leads_to), (document, target, anchor)


def test_every_document_is_in_the_list_of_documents():
    listed = set(re.findall(r"\]\(([^)#]+)", (ROOT / "deploy" / "README.md").read_text()))
    for document in (ROOT / "deploy").glob("*.md"):
        assert document.name == "README.md" or document.name in listed, document


run([case for name, case in sorted(globals().items()) if name.startswith("test_")])
