"""Plain Ray doing what the benchmark asks for: a word on a line in, milliseconds out."""

import os
import sys
import time

import ray


@ray.remote
def echo(x):
    return x


def burst():
    ray.get([echo.remote(i) for i in range(2000)])


def trip():
    for i in range(200):
        ray.get(echo.remote(i))


def blocks():
    for x in DATA:
        if len(ray.get(echo.remote(x))) != len(x):
            raise RuntimeError("a block is not what it was")


DATA = [os.urandom(1 << 20) * 8 for _ in range(8)]
ray.init(address=sys.argv[1], log_to_driver=False, configure_logging=False)
ray.get([echo.remote(i) for i in range(8)])
print("ready", flush=True)
for line in sys.stdin:
    began = time.perf_counter()
    globals()[line.strip()]()
    print((time.perf_counter() - began) * 1000, flush=True)
