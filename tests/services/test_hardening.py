"""What the built program has against mistakes in its memory, read from the file itself."""
import pathlib
import platform
import re
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from suite import MINDEX, run


def readelf(*options):
    return subprocess.run(["readelf", "--wide", *options, MINDEX], check=True, text=True,
                          capture_output=True).stdout


def code(symbol):
    """The instructions of a function, as objdump writes them."""
    text = subprocess.run(["objdump", "--no-show-raw-insn", f"--disassemble={symbol}", MINDEX],
                          check=True, text=True, capture_output=True).stdout
    return re.findall(r"^ +[0-9a-f]+:\t(.*)$", text, re.M)


def needed_symbols():
    return set(re.findall(r" UND (\w+)", readelf("--dyn-syms")))


def segments():
    return re.findall(r"^  (\w+) +(?:0x\w+ ){5}([RWE ]{3})", readelf("--program-headers"), re.M)


def test_the_program_may_be_loaded_anywhere():
    assert "DYN (Position-Independent Executable file)" in readelf("--file-header")


def test_what_the_linker_relocates_is_read_only_from_the_start():
    assert any(name == "GNU_RELRO" for name, _ in segments())
    flags = re.findall(r"\((?:FLAGS|FLAGS_1)\)(.*)", readelf("--dynamic"))
    assert any("BIND_NOW" in line or "NOW" in line for line in flags), flags


def test_nothing_is_both_written_and_run():
    found = segments()
    assert ("GNU_STACK", "RW ") in found, found
    assert not [entry for entry in found if "W" in entry[1] and "E" in entry[1]], found


def test_nothing_that_is_linked_wants_writable_code():
    assert "TEXTREL" not in readelf("--dynamic")


def test_functions_with_arrays_watch_their_stack():
    assert "__stack_chk_fail" in needed_symbols()


def test_copies_and_formats_are_bounded_at_run_time():
    checked = {name for name in needed_symbols() if name.endswith("_chk")}
    assert {"__memcpy_chk", "__snprintf_chk", "__vsnprintf_chk", "__fprintf_chk"} <= checked, checked


def test_large_frames_touch_each_page_of_the_stack():
    frames = subprocess.run(["objdump", "--disassemble", "--no-show-raw-insn", MINDEX], check=True,
                            text=True, capture_output=True).stdout
    # a page is taken, then touched, before the next is taken
    assert re.search(r"sub +\$0x1000,%rsp\n.*orq +\$0x0,\(%rsp\)", frames)


def test_indirect_jumps_land_where_they_may():
    assert code("main")[0].startswith("endbr64"), code("main")[:3]


if "__asan_init" in needed_symbols() or "__ubsan_handle_type_mismatch_v1_abort" in needed_symbols():
    print("skipped: a program with sanitizers is not the one that ships")
    run([test_functions_with_arrays_watch_their_stack])
cases = [case for name, case in sorted(globals().items()) if name.startswith("test_")]
if platform.machine() != "x86_64":
    print("skipped: instructions are only known of x86_64")
    cases.remove(test_large_frames_touch_each_page_of_the_stack)
    cases.remove(test_indirect_jumps_land_where_they_may)
run(cases)
