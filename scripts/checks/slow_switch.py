"""Joins network namespaces by their tap devices eth0, as a switch with slow links does, where the kernel's netem is missing.

usage: slow_switch.py RATE DELAY LOSS NAMESPACE…     such as: slow_switch.py 100mbit 1ms 0.1% parla-1 parla-2

Each frame takes its time on the link into the switch and on the one out of it, and DELAY once. RATE 0 is without limit.
"""

import ctypes
import fcntl
import heapq
import os
import random
import re
import selectors
import struct
import subprocess
import sys
import time

CLONE_NEWNET = 0x40000000
TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 2, 0x1000
MTU = 60_000
# What waits at a link for longer than this is lost, as where a queue is full.
LONGEST_QUEUE = 0.05


def number(text, units):
    match = re.fullmatch(r"([0-9.]+)([a-z%]*)", text)
    if not match or match[2] not in units:
        sys.exit(f"slow_switch: found {text}, expected a number and one of {', '.join(units)}.")
    return float(match[1]) * units[match[2]]


def tap(namespace):
    """The open device eth0 of `namespace`."""
    libc = ctypes.CDLL(None, use_errno=True)
    own = os.open("/proc/self/ns/net", os.O_RDONLY)
    other = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    if libc.setns(other, CLONE_NEWNET) != 0:
        sys.exit(f"slow_switch: {namespace}: {os.strerror(ctypes.get_errno())}")
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", b"eth0", IFF_TAP | IFF_NO_PI))
    subprocess.run(["ip", "link", "set", "eth0", "mtu", str(MTU)], check=True)
    libc.setns(own, CLONE_NEWNET)
    return device


class Link:
    """One direction of a cable."""

    def __init__(self, rate):
        self.rate, self.free = rate, 0.0

    def arrival(self, start, length):
        """When `length` bytes that come at `start` are through; None where the queue is full."""
        if not self.rate:
            return start
        if self.free - start > LONGEST_QUEUE:
            return None
        self.free = max(self.free, start) + 8 * length / self.rate
        return self.free


def main():
    rate = number(sys.argv[1], {"": 1, "kbit": 1e3, "mbit": 1e6, "gbit": 1e9})
    delay = number(sys.argv[2], {"us": 1e-6, "ms": 1e-3, "s": 1})
    loss = number(sys.argv[3], {"": 1, "%": 0.01})
    devices = [tap(name) for name in sys.argv[4:]]
    ups, downs = [Link(rate) for _ in devices], [Link(rate) for _ in devices]
    selector = selectors.SelectSelector()
    for index, device in enumerate(devices):
        selector.register(device, selectors.EVENT_READ, index)
    places, waiting, count = {}, [], 0
    while True:
        now = time.monotonic()
        while waiting and waiting[0][0] <= now:
            _, _, target, frame = heapq.heappop(waiting)
            try:
                os.write(devices[target], frame)
            except OSError:
                pass
        timeout = max(0.0, waiting[0][0] - now) if waiting else None
        for key, _ in selector.select(timeout):
            try:
                frame = os.read(key.fd, 1 << 17)
            except OSError:
                continue
            source, now = key.data, time.monotonic()
            places[frame[6:12]] = source
            through = ups[source].arrival(now, len(frame))
            if through is None or random.random() < loss:
                continue
            known = places.get(frame[:6])
            for target in [known] if known is not None else [t for t in range(len(devices)) if t != source]:
                # As if it began to leave while it still came in: what is one frame here is many on a real cable.
                end = downs[target].arrival(through - 8 * len(frame) / rate if rate else through, len(frame))
                if end is not None:
                    count += 1
                    heapq.heappush(waiting, (end + delay, count, target, frame))


main()
