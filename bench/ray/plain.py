"""Plain Ray doing what the benchmark asks for: words on a line in, milliseconds and what came out back."""

import collections
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


def stored():
    """NumPy arrays in the store, each doubled by a task into another one. Two at a time, as the others have two workers."""
    import numpy

    @ray.remote(num_cpus=2)
    def double(x):
        return x * 2.0

    if not STORED:
        STORED.extend(ray.put(numpy.full(1 << 20, float(i))) for i in range(16))
        ray.get([double.remote(x) for x in STORED[:4]])
    began = time.perf_counter()
    ray.wait([double.remote(x) for x in STORED], num_returns=len(STORED), fetch_local=False)
    return (time.perf_counter() - began) * 1000


def count(batch):
    """Counts the words of a block, so that few rows move."""
    counts = collections.Counter()
    for line in batch["text"]:
        counts.update(line.split(" "))
    return {"word": list(counts.keys()), "n": list(counts.values())}


def counted(path):
    """Word count by Ray Data: blocks counted where they are, then put together."""
    rows = (
        ray.data.read_text(path)
        .map_batches(count, batch_size=None, batch_format="numpy")
        .groupby("word")
        .sum("n")
        .take_all()
    )
    return f"{len(rows)}:{sum(row['sum(n)'] for row in rows)}"


def settle():
    """Ray Data says much on its way, and is needed for some measures only."""
    import logging

    import ray.data

    logging.getLogger("ray.data").setLevel(logging.ERROR)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    # The default of 200 partitions takes Ray Data 25 s for a text of 1 MiB on this many cores.
    context.default_hash_shuffle_parallelism = 8


STORED: list[ray.ObjectRef] = []
DATA = [os.urandom(1 << 20) * 8 for _ in range(8)]
ray.init(address=sys.argv[1], log_to_driver=False, configure_logging=False)
ray.get([echo.remote(i) for i in range(8)])
print("ready", flush=True)
for line in sys.stdin:
    name, *arguments = line.split()
    if arguments:
        settle()
    began = time.perf_counter()
    answer = globals()[name](*arguments)
    print((time.perf_counter() - began) * 1000, answer or "", flush=True)
