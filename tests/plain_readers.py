"""Publishers' files read with Python's own modules, to hold mindex's reading against."""
import csv
import io
import re
import xml.etree.ElementTree as ET
import zipfile


def csv_rows(path, encoding="utf-8-sig"):
    return [row for _, row in csv_lines(path, encoding)]


def csv_lines(path, encoding="utf-8-sig"):
    """Each row with the line of the file that it begins on."""
    reader = csv.reader(io.StringIO(path.read_bytes().decode(encoding), newline=""))
    line = 1
    for row in reader:
        yield line, row
        line = reader.line_num + 1


def number(text):
    text = text.strip().replace(",", "")
    return float(text) if re.fullmatch(r"-?[0-9]+([.][0-9]+)?(e-?[0-9]+)?", text) else None


def xlsx_rows(path, sheet):
    """The rows of a sheet as {column letters: text}, by the parts of the package that ECMA-376 names."""
    main = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    relation = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
    with zipfile.ZipFile(path) as package:
        strings = ["".join(t.text or "" for t in si.iter(main + "t"))
                   for si in ET.fromstring(package.read("xl/sharedStrings.xml"))]
        targets = {r.get("Id"): r.get("Target") for r in ET.fromstring(package.read("xl/_rels/workbook.xml.rels"))}
        part = next(targets[s.get(relation)] for s in ET.fromstring(package.read("xl/workbook.xml")).find(main + "sheets")
                    if s.get("name") == sheet)
        for row in ET.fromstring(package.read("xl/" + part)).iter(main + "row"):
            cells = {}
            for cell in row:
                value = cell.find(main + "v")
                if value is not None:
                    text = strings[int(value.text)] if cell.get("t") == "s" else value.text
                    cells[re.match("[A-Z]+", cell.get("r"))[0]] = text
            yield cells


def ods_rows(path, sheet):
    """The rows of a sheet as lists of values: the number where there is one, else the text."""
    table = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
    office = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
    paragraph = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}p"
    with zipfile.ZipFile(path) as package, package.open("content.xml") as content:
        for _, element in ET.iterparse(content):
            if element.tag != table + "table":
                continue
            if element.get(table + "name") == sheet:
                for row in element.iter(table + "table-row"):
                    cells = []
                    for cell in row:
                        if cell.tag in (table + "table-cell", table + "covered-table-cell"):
                            value = cell.get(office + "value") or "\n".join("".join(p.itertext())
                                                                           for p in cell.findall(paragraph))
                            cells += [value] * min(int(cell.get(table + "number-columns-repeated", "1")), 50)
                    yield cells
                return
            element.clear()
