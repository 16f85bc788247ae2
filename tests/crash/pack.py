"""A country of six areas in two regions, with two metrics and a spend series: small, so that an
edition takes milliseconds. Its releases are made from a random generator."""

DEFINITION = """\
index: crash
title: An index for crash tests
areas: {table: areas.csv, geography: geography.csv, codes: codes.csv}
bands: 5
levels:
  - {id: index, name: Index, aggregate: arithmetic, coverage: 0.8, normalise: none}
  - {id: mission, name: Mission, aggregate: arithmetic, coverage: 0.5, normalise: min-max, range: [0, 100]}
  - {id: metric, name: Metric, normalise: percentile-rank, range: [0, 100]}
tree:
  id: all
  name: All
  children:
    - id: work
      name: Work
      children:
        - {id: pay, name: Pay, unit: GBP, direction: lower-is-need}
    - id: air
      name: Air
      children:
        - {id: soot, name: Soot, unit: mg, direction: higher-is-need}
datasets:
  - {id: pay, title: T, publisher: P, licence: L, level: lad, vintage: "2021", accept-warnings: all}
  - {id: soot, title: T, publisher: P, licence: L, level: lad, vintage: "2021", accept-warnings: all}
  - {id: money, title: T, publisher: P, licence: L, level: region, vintage: "2021", accept-warnings: all}
spend: {dataset: money, name: money, node: work, measure: total, need-threshold: mean, spend-threshold: mean}
"""

REGIONS = {"R1": "North", "R2": "South"}
AREAS = {"E01": "Ash", "E02": "Birch", "E03": "Cedar", "E04": "Damson", "E05": "Elm", "E06": "Fir"}
CODES = {"pay": list(AREAS), "soot": list(AREAS), "money": list(REGIONS)}
PERIODS = {"pay": "2024", "soot": "2025", "money": "2022-23"}
HEADER = "area_code,period,value,status\n"


def region(area):
    return "R1" if area < "E04" else "R2"


def areas():
    lines = ["code,name,region_code,region,type,population,longitude,latitude"]
    for i, (code, name) in enumerate(AREAS.items()):
        of = region(code)
        lines.append(f"{code},{name},{of},{REGIONS[of]},district,{1000000 + i * 500000},{-1 - i / 10},"
                     f"{54 if of == 'R1' else 51}")
    return "\n".join(lines) + "\n"


def geography():
    lines = ["area_code,level,step,source_code,weight"]
    lines += [f"{code},lad,1,{code}," for code in AREAS]
    lines += [f"{code},region,1,{region(code)}," for code in AREAS]
    return "\n".join(lines) + "\n"


def codes():
    lines = ["code,name,level"] + [f"{code},{name},region" for code, name in REGIONS.items()]
    return "\n".join(lines + [f"{code},{name},lad" for code, name in AREAS.items()]) + "\n"


def release(random, dataset):
    """The text of a release: some figures alike, and now and then one that is missing."""
    lines = []
    for code in CODES[dataset]:
        if dataset == "money":  # so many that no two releases are the same
            rest = f"{random.randint(1, 10**9)},"
        else:
            rest = ",[x]" if random.random() < 0.05 else f"{random.randint(1, 40)},"
        lines.append(f"{code},{PERIODS[dataset]},{rest}\n")
    return (HEADER + "".join(lines)).encode()


def bad_release(random):
    """The text of a file that must be refused."""
    return f"{HEADER}E01,2025,{random.randint(1, 10**9)}x,\n".encode()


def files(random):
    """The pack as a hand-in has it, with its first releases: names and contents."""
    out = {"index.yaml": DEFINITION.encode(), "areas.csv": areas().encode(),
           "geography.csv": geography().encode(), "codes.csv": codes().encode()}
    for dataset in CODES:
        out[f"data/{dataset}/first.csv"] = release(random, dataset)
    return out
