"""How fast files are read, beside pandas, and beside reading their bytes and doing nothing with them.

The files are made here, always the same: a table of ten columns as a publisher's long release has
them. Each is read several times by one process, in turns with the rival's; the quickest counts. The time
is that of the reading alone, without a program's start and imports. For CSV pandas reads numbers as
numbers, which is its quickest; mindex reads cells as text.
"""
import gzip
import json
import pathlib
import random
import subprocess
import tempfile
import zipfile

HEADER = ["area_code", "area_name", "period", "sex", "age", "measure", "value", "lower", "upper",
          "status"]
PANDAS = """
import json, time
import pandas
quickest = None
for _ in range({times}):
    began = time.monotonic()
    frame = pandas.{call}
    seconds = time.monotonic() - began
    quickest = min(seconds, quickest or seconds)
print(json.dumps({{"rows": len(frame) + 1, "seconds": quickest}}))
"""
ROWS = 33_755  # England's small areas
TURNS = 3
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
ODS = "urn:oasis:names:tc:opendocument:xmlns:"


def lines(count):
    draw = random.Random(1)
    for n in range(count):
        value = draw.random() * 1000
        yield [f"E0{draw.randint(6000001, 9000033)}", f"Borough of Place {n % 400}",
               2000 + n % 25, "Persons", "All ages", "Rate per 100000", round(value, 4),
               round(value * 0.9, 3), round(value * 1.1, 3), "provisional"]


def make_csv(path, count):
    with open(path, "w", encoding="utf-8") as out:
        for row in [HEADER, *lines(count)]:
            out.write(",".join(map(str, row)) + "\n")


def make_zip(path, source):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.write(source, source.name)


def make_gzip(path, source):
    with gzip.open(path, "wb", 6) as out:
        out.write(source.read_bytes())


def make_xlsx(path, count):
    strings = {}

    def cell(value):
        if isinstance(value, str):
            return f'<c t="s"><v>{strings.setdefault(value, len(strings))}</v></c>'
        return f"<c><v>{value}</v></c>"

    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        with out.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(f"<worksheet {MAIN}><sheetData>".encode())
            for number, row in enumerate([HEADER, *lines(count)], 1):
                cells = "".join(cell(value).replace("<c", f'<c r="{chr(65 + at)}{number}" s="0"', 1)
                                for at, value in enumerate(row))
                sheet.write(f'<row r="{number}" spans="1:10">{cells}</row>'.encode())
            sheet.write(b"</sheetData></worksheet>")
        items = "".join(f"<si><t>{text}</t></si>" for text in strings)
        relation = f'<Relationship Id="{{}}" Type="{OFFICE}/{{}}" Target="{{}}"/>'.format
        space = "http://schemas.openxmlformats.org/package/2006"
        spread = "application/vnd.openxmlformats-officedocument.spreadsheetml"
        parts = {
            "[Content_Types].xml": f'<Types xmlns="{space}/content-types">'
            '<Default Extension="rels" ContentType='
            '"application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>' + "".join(
                f'<Override PartName="/xl/{part}.xml" ContentType="{spread}.{kind}+xml"/>'
                for part, kind in [("workbook", "sheet.main"), ("styles", "styles"),
                                   ("sharedStrings", "sharedStrings"),
                                   ("worksheets/sheet1", "worksheet")]) + "</Types>",
            "_rels/.rels": f'<Relationships xmlns="{space}/relationships">'
            + relation("a", "officeDocument", "xl/workbook.xml") + "</Relationships>",
            "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{OFFICE}"><sheets>'
            '<sheet name="Data" sheetId="1" r:id="s"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{space}/relationships">'
            + relation("s", "worksheet", "worksheets/sheet1.xml")
            + relation("t", "sharedStrings", "sharedStrings.xml")
            + relation("u", "styles", "styles.xml") + "</Relationships>",
            "xl/sharedStrings.xml": f"<sst {MAIN}>{items}</sst>",
            "xl/styles.xml": f"<styleSheet {MAIN}><cellXfs><xf/></cellXfs></styleSheet>",
        }
        for name, text in parts.items():
            out.writestr(name, text)


def make_ods(path, count):
    def cell(value):
        kind = 'string"' if isinstance(value, str) else f'float" office:value="{value}"'
        return (f'<table:table-cell office:value-type="{kind}><text:p>{value}</text:p>'
                "</table:table-cell>")

    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        out.writestr("META-INF/manifest.xml", "<manifest:manifest "
                     f'xmlns:manifest="{ODS}manifest:1.0"><manifest:file-entry '
                     'manifest:full-path="/" manifest:media-type='
                     '"application/vnd.oasis.opendocument.spreadsheet"/><manifest:file-entry '
                     'manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
                     "</manifest:manifest>")
        with out.open("content.xml", "w", force_zip64=True) as content:
            spaces = " ".join(f'xmlns:{name}="{ODS}{name}:1.0"' for name in
                              ["office", "table", "text"])
            content.write(f"<office:document-content {spaces}><office:body><office:spreadsheet>"
                          '<table:table table:name="Data">'.encode())
            for row in [HEADER, *lines(count)]:
                content.write(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>"
                              .encode())
            content.write(b"</table:table></office:spreadsheet></office:body>"
                          b"</office:document-content>")


def figures(*command):
    """What a program prints as JSON."""
    return json.loads(subprocess.run(list(map(str, command)), check=True, capture_output=True).stdout)


def quickest(turns):
    return min(turns, key=lambda turn: turn["seconds"])


def row(what, beside, ours, theirs, aim=None, least=None):
    ratio = theirs / ours
    return {"what": what, "beside": beside, "ours": 1000 * ours, "theirs": 1000 * theirs, "unit": "ms", "ratio": ratio,
            "aim": aim, "met": None if least is None else ratio >= least,
            "how": f"the quickest of {TURNS} processes, in turns, of several readings each"}


def rows(build):
    read_book = build / "tests" / "bench" / "read_book"
    excel = 'read_excel("{}", engine="{}")'.format
    with tempfile.TemporaryDirectory(prefix="mindex-bench-") as home:
        table = pathlib.Path(home) / "release.csv"
        files = [
            ("CSV", table, lambda p: make_csv(p, ROWS), 'read_csv("{}")', 5, 10),
            ("CSV in gzip", table.with_suffix(".csv.gz"), lambda p: make_gzip(p, table), 'read_csv("{}")', 5, None),
            ("XLSX", table.with_suffix(".xlsx"), lambda p: make_xlsx(p, ROWS), excel("{}", "openpyxl"), 1, 10),
        ]
        for name, path, make, call, times, least in files:
            make(path)
            program = PANDAS.format(call=call.format(path), times=times)
            turns = [(figures(read_book, "--times", 9, path), figures("/usr/bin/python3", "-c", program),
                      figures(read_book, "--bytes", "--times", 9, path)) for _ in range(TURNS)]
            ours, theirs, alone = map(quickest, zip(*turns))
            if ours["rows"] != theirs["rows"]:
                raise AssertionError(f"{name}: {ours['rows']} rows, by pandas {theirs['rows']}")
            what = f"reading {name}, {ROWS:,} rows, {path.stat().st_size / 1e6:.1f} MB"
            yield row(what, "pandas", ours["seconds"], theirs["seconds"], f">= {least} x" if least else None, least)
            yield row(what, "its bytes alone", ours["seconds"], alone["seconds"])
