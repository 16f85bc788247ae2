"""Hosts on one machine: network namespaces, and links between them that delay, drop, are narrow, or
break. The links are this process's own (each host's end is a tap device whose frames pass through it),
because netem is no part of many kernels. Only root can have them."""
import contextlib
import fcntl
import heapq
import os
import random
import selectors
import struct
import subprocess
import threading
import time

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000
FRAME_MAX = 2048
QUEUE_SECONDS = 0.5  # that frames wait for a narrow link before they are dropped
PREFIX = "mindex"


def ip(*arguments, check=True):
    return subprocess.run(["ip", *arguments], check=check, capture_output=True, text=True).stdout


def possible():
    """Why there can be none; None: there can."""
    if os.geteuid() != 0:
        return "only root can make network namespaces"
    try:
        name = f"{PREFIX}-{os.getpid()}-try"
        ip("netns", "add", name)
        ip("netns", "del", name)
        os.close(tap(f"try{os.getpid()}"[-15:]))
    except (OSError, subprocess.CalledProcessError) as fault:
        return f"no network namespaces or tap devices here: {getattr(fault, 'stderr', '') or fault}".strip()
    return None


def tap(name):
    """A tap device's descriptor, which reads and writes Ethernet frames."""
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    return device


def clear_away():
    """Namespaces of processes that were killed before they could do it."""
    for line in ip("netns", "list").splitlines():
        parts = line.split()[0].split("-")
        if parts[0] == PREFIX and len(parts) == 3 and parts[1].isdigit() and not os.path.exists(f"/proc/{parts[1]}"):
            ip("netns", "del", line.split()[0], check=False)


class Link:
    """One host's cable, in both directions. Its properties may be changed at any time."""

    def __init__(self, delay=0.0, loss=0.0, rate=None):
        self.delay, self.loss, self.rate = delay, loss, rate  # seconds, share, bytes a second
        self.sends = self.hears = True  # false: what the host sends, or is sent, is lost
        self.free = {True: 0.0, False: 0.0}  # when the narrow place has room again, by direction


class Network:
    """A switch with a host on each of its links."""

    def __init__(self, seed=1, **links):
        self.links, self.random = links, random.Random(seed)
        self.names = {host: f"{PREFIX}-{os.getpid()}-{host}" for host in links}
        self.addresses = {host: f"10.97.0.{i}" for i, host in enumerate(links, 1)}
        self.macs = {host: bytes((2, 0, 0, 0, 0, i)) for i, host in enumerate(links, 1)}
        self.devices, self.waiting, self.count = {}, [], 0

    def __enter__(self):
        clear_away()
        with contextlib.ExitStack() as undo:
            for host, namespace in self.names.items():
                self.add(host, namespace, undo)
            self.wake, waker = os.pipe()
            undo.callback(os.close, self.wake)
            thread = threading.Thread(target=self.carry)
            thread.start()
            undo.callback(thread.join)
            undo.callback(os.close, waker)
            self.undo = undo.pop_all()
        return self

    def __exit__(self, *_):
        self.undo.close()

    def add(self, host, namespace, undo):
        ip("netns", "add", namespace)
        undo.callback(ip, "netns", "del", namespace, check=False)
        name = f"mx{os.getpid()}{host}"[-15:]
        self.devices[host] = tap(name)
        undo.callback(os.close, self.devices[host])
        ip("link", "set", name, "netns", namespace)
        inside = ("-n", namespace)
        ip(*inside, "link", "set", name, "name", "eth0")
        ip(*inside, "link", "set", "eth0", "address", self.macs[host].hex(":"), "mtu", "1500")
        ip(*inside, "address", "add", f"{self.addresses[host]}/24", "dev", "eth0")
        ip(*inside, "link", "set", "lo", "up")
        ip(*inside, "link", "set", "eth0", "up")

    def command(self, host, *command):
        """The command, as it is run on a host; its process is the one that this starts."""
        return ["ip", "netns", "exec", self.names[host], *map(str, command)]

    def passes(self, link, outward, length, now):
        """When a frame is through the link; None: never."""
        if not (link.sends if outward else link.hears) or self.random.random() < link.loss:
            return None
        start = max(now, link.free[outward])
        if start - now > QUEUE_SECONDS:
            return None
        link.free[outward] = start + (length / link.rate if link.rate else 0)
        return link.free[outward] + link.delay

    def take(self, host, frame):
        now = time.monotonic()
        arrives = self.passes(self.links[host], True, len(frame), now)
        if arrives is None:
            return
        for other, mac in self.macs.items():
            if other != host and (frame[0] & 1 or frame[:6] == mac):
                there = self.passes(self.links[other], False, len(frame), arrives)
                if there is not None:
                    self.count += 1
                    heapq.heappush(self.waiting, (there, self.count, other, frame))

    def carry(self):
        with selectors.DefaultSelector() as selector:
            selector.register(self.wake, selectors.EVENT_READ)
            for host, device in self.devices.items():
                selector.register(device, selectors.EVENT_READ, host)
            while True:
                now = time.monotonic()
                while self.waiting and self.waiting[0][0] <= now:
                    _, _, host, frame = heapq.heappop(self.waiting)
                    with contextlib.suppress(OSError):  # it has no room, or is gone
                        os.write(self.devices[host], frame)
                ready = selector.select(max(0, self.waiting[0][0] - now) if self.waiting else None)
                for key, _ in ready:
                    if key.data is None:
                        return
                    with contextlib.suppress(OSError):
                        while True:
                            self.take(key.data, os.read(key.fd, FRAME_MAX))
