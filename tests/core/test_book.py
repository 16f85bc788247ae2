"""The files of ../shared/data/raw read by core/book and, independently, by Python's zipfile, csv and
ElementTree: every cell is the same."""
import csv
import datetime
import io
import json
import pathlib
import posixpath
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
sys.dont_write_bytecode = True
import suite
from bench import readers

RAW = suite.ROOT.parent / "shared" / "data" / "raw"
READ = suite.BUILD / "tests" / "bench" / "read_book"
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
ODS = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
TABLE, TEXT, OFFICE, STYLE = (ODS % name for name in ["table", "text", "office", "style"])


def unescape(text):
    return re.sub(r"\\(.)", lambda m: {"t": "\t", "n": "\n", "r": "\r", "\\": "\\"}[m[1]], text)


def ours(path, *options):
    """[(sheet, hidden, {(row, column): (kind, text)})] by core/book."""
    done = subprocess.run([READ, *options, "--cells", path], capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    sheets = []
    for line in done.stdout.decode().split("\n")[:-1]:
        words = [unescape(word) for word in line.split("\t")]
        if words[0] == "sheet":
            sheets.append((words[3], words[2] == "hidden", {}))
        else:
            place = int(words[0]), int(words[1])
            assert place not in sheets[-1][2]
            sheets[-1][2][place] = (words[2], words[3])
    return sheets


def same(path, found, expected):
    assert [s[:2] for s in found] == [s[:2] for s in expected], [s[:2] for s in found]
    cells = 0
    for (name, _, mine), (_, _, other) in zip(found, expected):
        for place in mine.keys() | other.keys():
            assert mine.get(place) == other.get(place), \
                (path.name, name, place, mine.get(place), other.get(place))
        cells += len(other)
    assert cells > 1000, cells


def runs(element):
    """The text of an si or is, without its phonetic runs."""
    parts = [element.findtext(MAIN + "t") or ""]
    parts += [run.findtext(MAIN + "t") or "" for run in element.findall(MAIN + "r")]
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda m: chr(int(m[1], 16)), "".join(parts))


def column_of(reference):
    column = 0
    for letter in reference.rstrip("0123456789"):
        column = 26 * column + ord(letter) - 64
    return column


def date_styles(archive):
    root = ET.fromstring(archive.read("xl/styles.xml"))
    codes = {int(f.get("numFmtId")): f.get("formatCode") for f in root.iter(MAIN + "numFmt")}
    styles = []
    for xf in root.find(MAIN + "cellXfs"):
        number = int(xf.get("numFmtId", 0))
        bare = re.sub(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.', "", codes.get(number, "")).split(";")[0]
        styles.append(number in (14, 15, 16, 17, 22) or
                      (bare.lower() != "general" and bool(re.search("[yYdD]", bare))))
    return styles


def xlsx_cell(cell, strings, dates):
    kind, value = cell.get("t", "n"), cell.findtext(MAIN + "v")
    if kind == "inlineStr":
        return "text", runs(cell.find(MAIN + "is"))
    if value is None or value == "":
        return None
    if kind == "n" and dates[int(cell.get("s", 0))] and float(value) >= 61:
        day = datetime.datetime(1899, 12, 30) + datetime.timedelta(days=float(value))
        whole = day.time() == datetime.time(0)
        return "date", (day.date() if whole else day).isoformat()
    return {"s": lambda: ("text", strings[int(value)]), "str": lambda: ("text", value),
            "b": lambda: ("boolean", "TRUE" if value == "1" else "FALSE"),
            "e": lambda: ("error", value), "n": lambda: ("number", value)}[kind]()


def xlsx(path):
    sheets = []
    with zipfile.ZipFile(path) as archive:
        strings = [runs(si) for si in ET.fromstring(archive.read("xl/sharedStrings.xml"))]
        dates = date_styles(archive)
        targets = {r.get("Id"): posixpath.join("xl", r.get("Target"))
                   for r in ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))}
        for sheet in ET.fromstring(archive.read("xl/workbook.xml")).iter(MAIN + "sheet"):
            root = ET.fromstring(archive.read(targets[sheet.get(RELATION)]))
            cells = {}
            for row in root.iter(MAIN + "row"):
                for cell in row:
                    read = xlsx_cell(cell, strings, dates)
                    if read and read[1]:
                        cells[int(row.get("r")), column_of(cell.get("r"))] = read
            sheets.append((sheet.get("name"), sheet.get("state", "visible") != "visible", cells))
    return sheets


def paragraph(element):
    """Text with white space folded, as runs (text, whether it may be folded)."""
    pieces = []

    def walk(at):
        if at.text:
            pieces.append((at.text, True))
        for child in at:
            local = child.tag.split("}")[1]
            if local == "s":
                pieces.append((" " * int(child.get(TEXT + "c", 1)), False))
            elif local == "line-break":
                pieces.append(("\n", False))
            elif local == "tab":
                pieces.append(("\t", False))
            elif child.tag.startswith(TEXT):
                walk(child)
            if child.tail:
                pieces.append((child.tail, True))

    walk(element)
    out, fold = "", True
    for text, may_fold in pieces:
        for letter in text:
            blank = may_fold and letter in " \t\r\n"
            if not (blank and fold):
                out += " " if blank else letter
            fold = blank
    return out[:-1] if fold and out.endswith(" ") else out


def ods_cell(cell):
    kind = cell.get(OFFICE + "value-type")
    if kind in ("float", "percentage", "currency"):
        return "number", cell.get(OFFICE + "value")
    if kind == "date":
        return "date", cell.get(OFFICE + "date-value").removesuffix("T00:00:00")
    if kind == "boolean":
        return "boolean", cell.get(OFFICE + "boolean-value").upper()
    text = cell.get(OFFICE + "string-value")
    if text is None:
        text = "\n".join(paragraph(p) for p in cell.findall(TEXT + "p"))
    return "text", text


def table_rows(element):
    for child in element:
        if child.tag == TABLE + "table-row":
            yield child
        elif child.tag in (TABLE + "table-row-group", TABLE + "table-header-rows"):
            yield from table_rows(child)


def ods_table(table):
    cells, number = {}, 1
    for row in table_rows(table):
        times, column, read = int(row.get(TABLE + "number-rows-repeated", 1)), 1, {}
        for cell in row:
            wide = int(cell.get(TABLE + "number-columns-repeated", 1))
            if cell.tag == TABLE + "table-cell":
                kind, text = ods_cell(cell)
                if text:
                    read.update({column + i: (kind, text) for i in range(wide)})
            column += wide
        if read:
            for i in range(times):
                cells.update({(number + i, c): value for c, value in read.items()})
        number += times
    return cells


def ods(path):
    with zipfile.ZipFile(path) as archive:
        root = ET.fromstring(archive.read("content.xml"))
    hidden = {s.get(STYLE + "name") for s in root.iter(STYLE + "style")
              if any(p.get(TABLE + "display") == "false" for p in s)}
    return [(t.get(TABLE + "name"),
             t.get(TABLE + "style-name") in hidden or t.find(TABLE + "table-source") is not None,
             ods_table(t)) for t in root.find(OFFICE + "body")[0].findall(TABLE + "table")]


def comma(path, encoding):
    lines = csv.reader(io.StringIO(path.read_bytes().decode(encoding), newline=""))
    cells, begins = {}, 1
    for record in lines:
        if any(record):
            cells.update({(begins, i + 1): ("text", text) for i, text in enumerate(record)})
        begins = lines.line_num + 1
    return [("", False, cells)]


def test_workbooks_of_xlsx_are_the_same():
    for path in sorted(RAW.glob("*.xlsx")):
        same(path, ours(path), xlsx(path))


def test_spreadsheets_of_ods_are_the_same():
    for path in sorted(RAW.glob("*.ods")):
        same(path, ours(path), ods(path))


def test_csv_files_are_the_same():
    for path in sorted(RAW.glob("*.csv")):
        encoding = "cp1252" if path.name.startswith("PROV") else "utf-8-sig"
        options = ["--windows-1252"] if encoding == "cp1252" else []
        same(path, ours(path, *options), comma(path, encoding))


def test_memory_does_not_grow_with_rows():
    """Beyond the mapped file itself, of which every page may be resident."""
    with tempfile.TemporaryDirectory(prefix="mindex-test-") as home:
        home = pathlib.Path(home)
        beyond = {}
        for count in [2_000, 40_000]:
            table = home / "a.csv"
            readers.make_csv(table, count)
            for name, make in [("a.csv.gz", lambda p: readers.make_gzip(p, table)),
                               ("a.zip", lambda p: readers.make_zip(p, table)),
                               ("a.xlsx", lambda p: readers.make_xlsx(p, count)),
                               ("a.ods", lambda p: readers.make_ods(p, count))]:
                make(home / name)
                done = subprocess.run([READ, home / name], check=True, capture_output=True)
                found = json.loads(done.stdout)
                assert found["rows"] == count + 1, (name, found)
                beyond[name, count] = found["kB"] - (home / name).stat().st_size // 1024
    for name in ["a.csv.gz", "a.zip", "a.xlsx", "a.ods"]:
        growth = beyond[name, 40_000] - beyond[name, 2_000]
        # A few MB: a CSV's window fills, and one of the longer files has more shared strings.
        assert growth < 6 * 1024, (name, growth, beyond)


cases = [case for name, case in sorted(globals().items()) if name.startswith("test_")]
if not RAW.is_dir():
    print("skipped: real files, as ../shared/data/raw is not beside the project")
    cases = [test_memory_does_not_grow_with_rows]
suite.run(cases)
