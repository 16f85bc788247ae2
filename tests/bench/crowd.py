"""Up to a thousand workers before one hub, and small areas: crowd.c plays them, with pieces of the size
that tallies of as many places and items really have. What there is to see: that the hub makes tasks longer
as workers become more and pieces larger, so that its own time is enough for them; and for how many.

The hub's own share of a task has little to do with the machine's other work; how busy the workers are has.
"""
import json
import pathlib
import re
import subprocess
import tempfile
import time

from workers import ENGLAND, Installation

# Places, microseconds an item on one core, numbers of workers, seconds.
CASES = ((307, 40, (1, 10, 100, 300, 1000), 4), (33755, 3000, (1, 10, 30), 20))


def rows(build):
    build = pathlib.Path(build)
    for places, item_us, counts, seconds in CASES:
        with tempfile.TemporaryDirectory(prefix="mindex-bench-") as home:
            service = Installation(build / "mindex", home, 1)
            try:
                service.run("load", ENGLAND)
                service.processes.pop().terminate()  # the one real worker, which the first edition needed
                hub = service.processes[0].pid
                for count in counts:
                    done = subprocess.run([build / "tests" / "bench" / "crowd", f"ipc://{service.state}/hub", str(hub),
                                           str(places), str(item_us), str(count), str(seconds)],
                                          check=True, capture_output=True, text=True)
                    yield row(json.loads(done.stdout))
            finally:
                service.stop()


def row(of):
    how = (f"tasks of {of['task_ms']:.0f} ms with pieces of {of['piece_bytes'] / 1000:.0f} KB; the hub's process spends "
           f"{of['hub_us_a_task']:.0f} us on each, and {of['hub_share']:.0%} of one core in all; "
           f"{of['tasks'] / of['seconds']:.0f} tasks a second, {of['merges']} mergings; a task has {of['in_a_task'] / 1000:.1f} KB "
           f"to the hub and {of['out_a_task'] / 1000:.1f} KB from it")
    return dict(what=f"{of['workers']} played workers at work, {of['areas']} places", beside="all of their time",
                ours=100 * of["busy_share"], theirs=100.0, unit="%", ratio=of["busy_share"], aim=None, met=None, how=how)
