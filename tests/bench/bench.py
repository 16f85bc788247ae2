"""Measures mindex beside its rivals: the parts that lie here, one table, and JSON.

    /usr/bin/python3 tests/bench/bench.py BUILD [PART...]
    /usr/bin/python3 tests/bench/bench.py BUILD --fill deploy/SPEED.md   # the last run's table into the note

A part is tests/bench/PART.py with `rows(build)`, which yields dictionaries: what, beside, ours, theirs,
unit, ratio (how many times as good as the rival), aim (of the ratio in words), met (True, False, or None
where nothing was aimed at), how. The rival runs in the same run of the part, in turns with ours. A part
that fails is told at the end, and the others go on.
"""
import datetime
import importlib
import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import time
import traceback

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(HERE.parent)]
PARTS = ["flow", "web", "replicates", "scoring", "incremental", "workers", "readers", "replay", "footprint"]
BY_NAME = ["full_hub", "crowd"]  # take minutes, and say what one hub can bear
HEADS = ["what", "ours", "beside", "", "ratio", "aim", "met"]
RIGHT = {1, 3, 4}  # columns of numbers
MET = {True: "yes", False: "NO", None: ""}


def said(*command):
    """What a program prints, or None where it cannot be run."""
    try:
        return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def circumstances():
    """What the figures depend on beside the source: machine, compiler, flags, commit."""
    cpu = re.search(r"^model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = re.search(r"MemTotal:\s*(\d+) kB", pathlib.Path("/proc/meminfo").read_text())
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "commit": said("git", "rev-parse", "HEAD"),
        "changed": bool(said("git", "status", "--porcelain", "--untracked-files=no")),
        "machine": {"cpu": cpu[1].strip() if cpu else platform.machine(), "cores": len(os.sched_getaffinity(0)),
                    "memory_mb": int(memory[1]) // 1024, "kernel": platform.release(), "load_before": os.getloadavg()[0]},
        "compiler": (said("cc", "--version") or "").split("\n")[0],
        "built_with": os.environ.get("BUILT_WITH"),  # make bench says it
        "libraries": {name: said("pkg-config", "--modversion", name) for name in ("libzmq", "sqlite3", "libprotobuf-c", "zlib", "expat")},
    }


def number(value, unit=""):
    """Three digits that count, thousands set off."""
    if value is None:
        return ""
    if isinstance(value, int) or abs(value) >= 100:
        text = f"{value:,.0f}"
    else:
        text = f"{value:#.3g}".rstrip(".")
    return f"{text} {unit}".strip()


def cells(row):
    return [row["what"], number(row["ours"], row["unit"]), row["beside"] or "", number(row["theirs"], row["unit"]),
            number(row["ratio"]), row["aim"] or "", MET[row["met"]]]


def table(rows):
    """The rows as lines of text, each column as wide as its widest cell."""
    lines = [HEADS, *map(cells, rows)]
    widths = [max(len(line[k]) for line in lines) for k in range(len(HEADS))]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join("  ".join(cell.rjust(width) if k in RIGHT else cell.ljust(width)
                               for k, (cell, width) in enumerate(zip(line, widths))).rstrip() for line in lines)


def described(result):
    machine = result["machine"]
    return (f"{result['date'][:10]}, commit {(result['commit'] or '?')[:12]}{' and changes' if result['changed'] else ''}; "
            f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_mb'] // 1024} GB, Linux {machine['kernel']}, "
            f"load {machine['load_before']:.1f} when it began; {result['compiler']}")


def fill(result, note):
    """Puts the run into the note, between its marks."""
    lines = [HEADS, ["---:" if k in RIGHT else "---" for k in range(len(HEADS))], *map(cells, result["rows"])]
    text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    before, rest = note.read_text(encoding="utf-8").split(" -->\n", 1)
    _, after = rest.split("<!-- end -->", 1)
    note.write_text(f"{before} -->\n\n{described(result)}.\n\n{text}\n\n<!-- end -->{after}", encoding="utf-8")


def measure(part, build):
    """The part's rows and the fault that ended it, if one did."""
    rows, began = [], time.monotonic()
    print(f"== {part}", flush=True)
    try:
        for row in importlib.import_module(part).rows(build):
            rows.append(dict(row, part=part))
            shown = cells(row)
            print(f"   {shown[0]}: {shown[1]}" + (f"; {shown[2]}: {shown[3]}" if shown[2] else "")
                  + (f"; ratio {shown[4]}" if shown[4] else ""), flush=True)
        fault = None if rows else "it measured nothing"
    except (Exception, SystemExit) as error:  # whatever ends a part, the others go on
        traceback.print_exc()
        fault = f"{type(error).__name__}: {error}"
    print(f"   {time.monotonic() - began:.0f} s", flush=True)
    return rows, fault


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    build = pathlib.Path(sys.argv[1]).resolve()
    if sys.argv[2:3] == ["--fill"]:
        fill(json.loads((build / "bench.json").read_text()), pathlib.Path(sys.argv[3]))
        return
    there = [part for part in PARTS if (HERE / f"{part}.py").exists()]
    parts = sys.argv[2:] or there
    unknown = [part for part in parts if part not in there + BY_NAME]
    if unknown:
        sys.exit(f"there is no part {', '.join(unknown)}; the parts are {', '.join(there + BY_NAME)}")
    result = dict(circumstances(), rows=[], faults={})
    for part in parts:
        rows, fault = measure(part, build)
        result["rows"] += rows
        if fault:
            result["faults"][part] = fault
    print(f"\n{described(result)}\n{result['built_with']}\n\n{table(result['rows'])}")
    for part, fault in result["faults"].items():
        print(f"{part} FAILED: {fault}")
    (build / "bench.json").write_text(json.dumps(result, indent=1) + "\n")
    print(f"\n{build / 'bench.json'}")
    sys.exit(1 if result["faults"] else 0)


if __name__ == "__main__":
    main()
