"""A small index for tests in Python: two metrics, spend by region, as many places as wanted."""
HEADER = "area_code,period,value\n"


def codes(places):
    return [f"E{i:05}" for i in range(1, places + 1)]


def region_of(i):
    return f"R{1 + i % 2}"


def definition(replicates=0):
    text = """index: small
title: A small index
areas: {table: areas.csv, geography: geography.csv, codes: codes.csv}
bands: 5
levels:
  - {id: index, name: Index, aggregate: arithmetic, coverage: 0.8, normalise: none}
  - {id: metric, name: Metric, normalise: min-max, range: [0, 100]}
tree:
  id: all
  name: All
  children:
    - {id: pay, name: Pay, unit: GBP, direction: lower-is-need}
    - {id: soot, name: Soot, unit: mg, direction: higher-is-need}
datasets:
  - {id: pay, title: T, publisher: P, licence: L, level: lad, vintage: "2021"}
  - {id: soot, title: T, publisher: P, licence: L, level: lad, vintage: "2021"}
  - {id: money, title: T, publisher: P, licence: L, level: region, vintage: "2021"}
spend: {dataset: money, name: money, node: all, measure: total, need-threshold: mean, spend-threshold: mean}
"""
    if replicates:
        text += f"""uncertainty:
  replicates: {replicates}
  factors:
    - {{vary: normalise, level: metric, among: [{{normalise: min-max, range: [0, 100]}}, {{normalise: percentile-rank, range: [0, 100]}}]}}
"""
    return text


def release(places, seed):
    """The text of a release. Figures follow from `seed`, no two seeds have the same, and from one to
    another none jumps suspiciously."""
    return HEADER + "".join(f"{code},2025,{500 + i * 7919 % 1009 + i * seed % 53}.{seed:06}\n"
                            for i, code in enumerate(codes(places), 1))


def pack(places=20, replicates=0):
    """The files of a pack by name."""
    return {
        "index.yaml": definition(replicates),
        "areas.csv": "code,name,region_code,region,type,population,longitude,latitude\n" + "".join(
            f"{code},Place {code},{region_of(i)},Region {region_of(i)},district,1000,-1.{i:05},54.{i:05}\n"
            for i, code in enumerate(codes(places))),
        "geography.csv": "area_code,level,step,source_code,weight\n" + "".join(
            f"{code},lad,1,{code},\n{code},region,1,{region_of(i)},\n" for i, code in enumerate(codes(places))),
        "codes.csv": "code,name,level\nR1,Region R1,region\nR2,Region R2,region\n" + "".join(
            f"{code},Place {code},lad\n" for code in codes(places)),
        "data/pay/2025.csv": release(places, 1),
        "data/soot/2025.csv": release(places, 2),
        "data/money/2022-23.csv": HEADER + "R1,2022-23,1000\nR2,2022-23,2000\n",
    }


def write(files, folder):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def hand_in(files, **how):
    """A HandIn's fields for bus.Peer.ask."""
    return {"hand_in": {"files": [{"name": name, "content": text.encode()} for name, text in files.items()], **how}}
