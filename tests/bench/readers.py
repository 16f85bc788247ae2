"""Rows per second and peak memory of each reader, beside python3-pandas on the same file.

The files are made here, always the same: a table of ten columns as a publisher's long release has
them. Each is read in a process of its own, three times; the quickest counts. The time is that of the
reading alone, without a program's start; the memory is the largest that the process had resident, of
which a mapped file is a part. For CSV pandas
reads numbers as numbers, which is its quickest; mindex reads cells as text.
"""
import argparse
import gzip
import json
import pathlib
import random
import subprocess
import sys
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEADER = ["area_code", "area_name", "period", "sex", "age", "measure", "value", "lower", "upper",
          "status"]
PANDAS = """
import json, re, time
import pandas
began = time.monotonic()
frame = pandas.{call}
seconds = time.monotonic() - began
peak = int(re.search("VmHWM:[^0-9]*([0-9]+)", open("/proc/self/status").read())[1])
print(json.dumps({{"rows": len(frame) + 1, "seconds": seconds, "kB": peak}}))
"""
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
ODS = "urn:oasis:names:tc:opendocument:xmlns:"


def rows(count):
    draw = random.Random(1)
    for n in range(count):
        value = draw.random() * 1000
        yield [f"E0{draw.randint(6000001, 9000033)}", f"Borough of Place {n % 400}",
               2000 + n % 25, "Persons", "All ages", "Rate per 100000", round(value, 4),
               round(value * 0.9, 3), round(value * 1.1, 3), "provisional"]


def make_csv(path, count):
    with open(path, "w", encoding="utf-8") as out:
        for row in [HEADER, *rows(count)]:
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
            for number, row in enumerate([HEADER, *rows(count)], 1):
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
            for row in [HEADER, *rows(count)]:
                content.write(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>"
                              .encode())
            content.write(b"</table:table></office:spreadsheet></office:body>"
                          b"</office:document-content>")


def best(command, times):
    """The figures of the quickest of several runs of a program that prints them as JSON."""
    return min((json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
                for _ in range(times)), key=lambda figures: figures["seconds"])


def main():
    options = argparse.ArgumentParser()
    options.add_argument("build", type=pathlib.Path)
    options.add_argument("--json", type=pathlib.Path)
    options.add_argument("--shrink", type=int, default=1, help="divide the files' sizes by this")
    chosen = options.parse_args()
    work = chosen.build / "bench"
    work.mkdir(parents=True, exist_ok=True)
    table = work / "release.csv"
    excel = 'read_excel("{}", engine="{}")'.format
    files = [
        ("CSV", table, lambda p: make_csv(p, 1_000_000 // chosen.shrink), 'read_csv("{}")', 3),
        ("zip of it", work / "release.zip", lambda p: make_zip(p, table), 'read_csv("{}")', 3),
        ("gzip of it", work / "release.csv.gz", lambda p: make_gzip(p, table), 'read_csv("{}")', 3),
        ("XLSX", work / "release.xlsx", lambda p: make_xlsx(p, 100_000 // chosen.shrink),
         excel("{}", "openpyxl"), 1),
        ("ODS", work / "release.ods", lambda p: make_ods(p, 20_000 // chosen.shrink),
         excel("{}", "odf"), 1),
    ]
    figures = []
    print(f"{'':12}{'MB':>7}{'rows':>9}   {'mindex rows/s':>14}{'MB':>6}   "
          f"{'pandas rows/s':>14}{'MB':>6}   {'times as fast':>13}")
    for name, path, make, call, times in files:
        make(path)
        ours = best([chosen.build / "tests" / "bench" / "read_book", path], 3)
        theirs = best(["/usr/bin/python3", "-c", PANDAS.format(call=call.format(path))], times)
        if ours["rows"] != theirs["rows"]:
            sys.exit(f"{name}: {ours['rows']} rows, by pandas {theirs['rows']}")
        rate, other = (f["rows"] / f["seconds"] for f in [ours, theirs])
        size = path.stat().st_size / 1e6
        print(f"{name:12}{size:7.1f}{ours['rows']:9}   {rate:14,.0f}{ours['kB'] / 1024:6.0f}   "
              f"{other:14,.0f}{theirs['kB'] / 1024:6.0f}   {rate / other:13.1f}", flush=True)
        figures.append({"file": name, "MB": size, "mindex": ours, "pandas": theirs})
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
