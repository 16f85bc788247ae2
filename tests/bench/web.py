"""Requests per second of a cached league table, beside nginx with the same bytes as a static file.

wrk asks each in turns on 64 connections from one thread, so that two cores hold the client and the server.
mindex serves on one thread; nginx with one worker and with one for each core, its best with logs off and
files kept open. Both send the table as it is and compressed (nginx: made beforehand, gzip_static). The best
of the rounds, and the 99th hundredth of the time of an answer in that round.
"""
import http.client
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time

from suite import ENGLAND, Service

CONNECTIONS = 64
SECONDS = 3
ROUNDS = 3
PATHS = {"JSON": "/api/v1/editions/latest/ranks?limit=400", "page": "/league"}
AIM, AIM_P99_MS = 10_000, 10
MS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(port, path, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, answer.headers, body


def wait_for(port, path):
    """Until it answers with 200."""
    end = time.monotonic() + 60
    while True:
        try:
            if get(port, path)[0] == 200:
                return
        except OSError:
            pass
        if time.monotonic() > end:
            raise RuntimeError(f"no answer from {path}")
        time.sleep(0.05)


def wrk(port, path, accept):
    """Requests a second, and the 99th hundredth in ms."""
    out = subprocess.run(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency", "-H", f"Accept-Encoding: {accept}",
                          f"http://127.0.0.1:{port}{path}"], check=True, capture_output=True, text=True).stdout
    wrong = re.search(r"Non-2xx.*: (\d+)|Socket errors.*", out)
    if wrong:
        raise RuntimeError(out)
    late = re.search(r"99%\s+([\d.]+)(us|ms|s)", out)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]), float(late[1]) * MS[late[2]]


class Nginx:
    """Serves a folder; gone with the block."""

    def __init__(self, folder, workers):
        self.folder, self.port = folder, free_port()
        configuration = folder / f"nginx-{workers}.conf"
        configuration.write_text(f"""
worker_processes {workers};
daemon off;
pid {folder}/nginx-{workers}.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; open_file_cache max=100;
  default_type application/octet-stream;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{ listen 127.0.0.1:{self.port}; root {folder}/files; gzip_static on; }}
}}
""", encoding="utf-8")
        self.command = [shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin"), "-c", str(configuration), "-p", str(folder)]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stderr=subprocess.DEVNULL)
        wait_for(self.port, "/JSON")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)


def best(rounds):
    return max(rounds, key=lambda found: found[0])


def rows(build):
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="mindex-bench-") as home, \
            Service("--http", f"http://127.0.0.1:{port}") as service:
        folder = pathlib.Path(home)
        folder.chmod(0o755)  # nginx's workers may be another user
        (folder / "files").mkdir()
        service.run("load", ENGLAND)
        for name, path in PATHS.items():
            wait_for(port, path)
            for ending, accept in (("", "identity"), (".gz", "gzip")):
                (folder / "files" / (name + ending)).write_bytes(get(port, path, **{"Accept-Encoding": accept})[2])
        with Nginx(folder, 1) as one, Nginx(folder, os.cpu_count()) as each:
            for name, path in PATHS.items():
                for accept in ("identity", "gzip"):
                    servers = {"ours": (port, path), "one": (one.port, f"/{name}"), "each": (each.port, f"/{name}")}
                    found = {server: [] for server in servers}
                    for _ in range(ROUNDS):
                        for server, (where, what) in servers.items():
                            found[server].append(wrk(where, what, accept))
                    yield from told(name, accept, found, (folder / "files" / name).stat().st_size)


def told(name, accept, found, size):
    ours, late = best(found["ours"])
    kind = f"cached league table by HTTP, {name}" + (", gzip" if accept == "gzip" else "")
    how = f"{size / 1000:.1f} kB, wrk with {CONNECTIONS} connections for {SECONDS} s, the best of {ROUNDS} rounds in turns"
    for workers, server in (("1 worker", "one"), (f"{os.cpu_count()} workers", "each")):
        theirs, _ = best(found[server])
        yield {"what": kind, "beside": f"nginx, static file, {workers}", "ours": round(ours), "theirs": round(theirs), "unit": "/s",
               "ratio": ours / theirs, "aim": f">= {AIM:,}/s, p99 < {AIM_P99_MS} ms", "met": ours >= AIM and late < AIM_P99_MS,
               "how": how}
    theirs = best(found["one"])[1]
    yield {"what": f"{kind}: p99", "beside": "nginx, static file, 1 worker", "ours": late, "theirs": theirs, "unit": "ms",
           "ratio": theirs / late, "aim": f"< {AIM_P99_MS} ms", "met": late < AIM_P99_MS, "how": how}
