"""The guide for an index of one's own: its blocks, as they stand there, in one shell in an empty folder; each
prints what stands below it. And what a newcomer does wrong is told."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from suite import BUILD, MINDEX, ROOT, free_port, run

GUIDE = ROOT / "deploy" / "YOUR-INDEX.md"
END_OF_BLOCK = "~~~ end of block"


def blocks():
    """[(commands, what they print or None)], in their order."""
    found = []
    for kind, text in re.findall(r"^```(\w+)\n(.*?)^```$", GUIDE.read_text(), re.M | re.S):
        assert kind in ("sh", "text"), kind
        if kind == "sh":
            found.append([text, None])
        else:
            assert found[-1][1] is None, text
            found[-1][1] = text
    return found


def pattern(text):
    """`...` stands for the rest of a line, or, alone, for any lines."""
    lines = []
    for line in text.splitlines():
        lines.append(r"(?:.*\n)*?" if line == "..." else re.escape(line).replace(re.escape("..."), ".*") + r"\n")
    return re.compile("".join(lines) + r"\Z")


def test_every_block_prints_what_stands_below_it():
    guide = blocks()
    assert len(guide) >= 10 and sum(said is not None for _, said in guide) >= 8, len(guide)
    port = free_port()
    script = "".join(f"{commands}echo '{END_OF_BLOCK}'\n" for commands, _ in guide).replace(":5605", f":{port}")
    with tempfile.TemporaryDirectory() as home:
        path = f"{BUILD}:{os.environ['PATH']}"
        env = {name: value for name, value in os.environ.items() if not name.startswith("MINDEX_")}
        done = subprocess.run(["bash", "-s"], input=script, cwd=home, env=dict(env, PATH=path), text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300, check=False)
        log = pathlib.Path(home) / "my-index" / "service.log"
        printed = done.stdout.split(END_OF_BLOCK + "\n")
        assert len(printed) == len(guide) + 1, (done.stdout, log.read_text() if log.exists() else "")
    for (commands, said), out in zip(guide, printed):
        assert pattern((said or "").replace(":5605", f":{port}")).match(out), f"{commands}\nprinted\n{out}\nand not\n{said}"


def score(pack):
    return subprocess.run([MINDEX, "score", "--pack", pack], text=True, capture_output=True, timeout=60, check=False)


def test_what_a_newcomer_does_wrong_is_told():
    files = re.findall(r"^cat >(\S+) <<'END'\n(.*?)^END$", GUIDE.read_text(), re.M | re.S)
    wrong = [  # file, what stands there, what stands there by mistake, what is said
        ("index.yaml", ", direction: lower-is-need", "", "index.yaml:16:11: a metric needs the key 'direction'\n"),
        ("index.yaml", "  id: need\n", "\tid: need\n", "indent by blanks\n"),
        ("areas.csv", "52000", '"52,000"', "areas.csv:2:23: expected a population above 0, found '52,000'\n"),
        ("areas.csv", "code,name,region_code,region,type,population,longitude,latitude\n",
         "code,name,region_code,region,type,population\n", "areas.csv:1: expected 8 fields, found 6: no column 'longitude'\n"),
        ("data/pay/2024.csv", "A6,2024,640\n", "A6,2024,640", "the last line has no line end"),
        ("data/pay/2024.csv", "A1,2024,540\n", "A9,2024,540\n",
         "data/pay/2024.csv:2:1: 'A9' is no area code that the pack knows; did you mean A"),
        ("data/pay/2024.csv", "540", "n.a.", "data/pay/2024.csv:2:9: 'n.a.', expected a number such as 12.5"),
    ]
    with tempfile.TemporaryDirectory() as home:
        home = pathlib.Path(home)
        for name, text in files[:5]:
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).write_text(text)
        done = score(home)
        assert (done.returncode, done.stderr) == (0, ""), done
        right = done.stdout
        for name, there, instead, said in wrong:
            whole = (home / name).read_text()
            assert there in whole, (name, there)
            (home / name).write_text(whole.replace(there, instead, 1))
            done = score(home)
            assert done.returncode != 0 and said in done.stderr and done.stdout == "", (said, done)
            (home / name).write_text(whole)
        # As some editors write: a byte-order mark, and line ends of two characters.
        for name, text in files[:5]:
            (home / name).write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
        assert score(home).stdout == right
        (home / "data" / "pay" / "2024.csv").unlink()
        assert "no figures for 1 of 3 metrics: pay." in score(home).stderr


def test_who_hands_in_where_no_service_runs_is_told_so_at_once():
    with tempfile.TemporaryDirectory() as home:
        for command in (["load", ROOT / "deploy" / "wales"], ["withdraw", "1", "--reason", "A mistake."]):
            with subprocess.Popen([MINDEX, *command, "--state", home], stderr=subprocess.PIPE, text=True) as waiting:
                said = waiting.stderr.readline()
                assert waiting.poll() is None
                waiting.terminate()
            assert "no service runs here" in said and "Start it with 'mindex up'" in said, said


run([case for name, case in list(globals().items()) if name.startswith("test_")])
