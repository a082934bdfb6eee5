"""The sidecar: a driver's way into a Ray cluster.

The driver, a Node process, starts it and talks to it over a socket. Every message is a length, a kind, the number of a seat, and a body;
bodies of wire.DATA are opaque. It uses Ray's public interface only, and needs nothing but Ray.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any

import sheaf_link as wire
from sheaf_directory import Directory
from sheaf_link import Link

# What runs in a seat, each after what it needs.
SEAT = ("sheaf_files", "sheaf_shelf", "sheaf_seat")

# Calls that wait in a seat for what its worker leaves: one is there while the answer of another is on its way.
HANDS = 2
NODES_EVERY_S = 1.0
LEAVE_S = 8.0


def text_of(module: str) -> str:
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), f"{module}.py")
    with open(path, encoding="utf-8") as file:
        return file.read()


class RaySeat:
    """The actor. Ray ships this class by its source; what it does is in the text that it is given."""

    def __init__(self, sources: list[tuple[str, str]], code: bytes, node: str | None) -> None:
        import sys as system
        import types

        import ray

        for name, source in sources:
            module = types.ModuleType(name)
            system.modules[name] = module
            exec(compile(source, f"{name}.py", "exec"), module.__dict__)
        self._problem: str | None = None
        try:
            self._seat = module.Seat(code, node, ray.get)
            self._about = self._seat.describe()
        except module.Problem as problem:
            self._problem = str(problem)

    def describe(self) -> str:
        import json as text

        import ray

        about: dict[str, Any] = {"problem": self._problem} if self._problem else self._about
        return text.dumps({**about, "place": ray.get_runtime_context().get_node_id()})

    def start(self, config: dict[str, Any]) -> None:
        self._seat.start(config)

    def put(self, name: str, archive: bytes) -> None:
        self._seat.put(name, archive)

    def write(self, data: bytes) -> None:
        self._seat.write(data)

    def stop(self) -> None:
        self._seat.stop()

    def poll(self) -> Any:
        return self._seat.poll()

    def hand(self) -> tuple[str, Any]:
        return self._seat.shelf.hand()

    def give(self, names: list[str], refs: list[Any]) -> None:
        import ray

        there = [ref for ref in refs if ref is not None]
        if there:
            ray.wait(there, num_returns=1, timeout=0)  # they set out for this node
        self._seat.shelf.give(names, refs)

    def forget(self, group: str) -> None:
        self._seat.shelf.forget(group)


class Cluster:
    """Everything that is done with Ray. Its methods are called by one thread."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._seats: dict[int, Any] = {}
        # Ray's answers are handled by a thread of ours: its own must not wait for anything.
        self._answers: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._code: Any = None
        self._files: dict[int, Any] = {}
        self._source: Any = None
        self._actor: Any = None
        self._directory = Directory(self._seats.get, self._later)
        self._leaving = False

    def connect(self, options: dict[str, Any]) -> None:
        try:
            import ray
        except ImportError as error:
            self._link.tell(wire.FAILED, 0, {"kind": "no-ray", "message": str(error), "python": sys.version.split()[0]})
            return
        version = ray.__version__
        if tuple(map(int, version.split(".")[:2])) < tuple(options["least"]):
            self._link.tell(wire.FAILED, 0, {"kind": "old-ray", "message": version, "python": sys.version.split()[0]})
            return
        self._link.tell(wire.IMPORTED, 0, {})
        try:
            ray.init(**options["init"])
        except BaseException as error:  # pylint: disable=broad-exception-caught
            self._link.tell(wire.FAILED, 0, {"kind": type(error).__name__, "message": str(error), "ray": version})
            return
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # what it means is for the driver to decide
        # What waits has a thread of its own.
        groups = {"in": ["start", "put", "write"], "out": ["poll"], "stop": ["stop"], "hand": ["hand"]}
        groups["shelf"] = ["give", "forget"]
        for group, methods in groups.items():
            for name in methods:
                returns = 2 if name == "hand" else 1
                method = ray.method(concurrency_group=group, num_returns=returns)(getattr(RaySeat, name))
                setattr(RaySeat, name, method)
        self._actor = ray.remote(concurrency_groups=dict.fromkeys(groups, 1), max_restarts=0, max_task_retries=0)(
            RaySeat
        )
        self._source = ray.put([(name, text_of(name)) for name in SEAT])
        nodes = self._nodes()
        self._link.tell(wire.READY, 0, {"ray": version, "python": sys.version.split()[0], "nodes": nodes})
        threading.Thread(target=self._watch, args=(nodes,), daemon=True).start()
        threading.Thread(target=self._answer, daemon=True).start()

    def leave(self) -> None:
        """The driver is gone, and with it all that this process is for: its job, or a cluster of its own, ends with it."""
        self._leaving = True
        late = threading.Timer(LEAVE_S, os._exit, [1])  # without its head, a cluster cannot be left
        late.daemon = True
        late.start()
        if self._actor is not None:
            import ray

            ray.shutdown()
        os._exit(0)

    def set_code(self, code: bytes) -> None:
        import ray

        self._code = ray.put(code)

    def set_files(self, number: int, archive: bytes) -> None:
        import ray

        self._files[number] = ray.put(archive)

    def put(self, number: int, what: dict[str, Any]) -> None:
        actor = self._seats.get(number)
        if actor is not None:
            self._heed(actor.put.remote(what["hash"], self._files[what["files"]]), number)

    def open(self, number: int, options: dict[str, Any]) -> None:
        # Events of calls that only carry bytes tell nobody anything, and cost a tenth of a call.
        actor = self._actor.options(enable_task_events=False, **options["actor"]).remote(
            self._source, self._code, options["node"]
        )
        self._seats[number] = actor
        self._when(actor.describe.remote(), number, lambda about: self._up(number, about))

    def start(self, number: int, config: dict[str, Any]) -> None:
        actor = self._seats.get(number)
        if actor is not None:
            actor.start.remote(config)

    def write(self, number: int, data: bytes) -> None:
        actor = self._seats.get(number)
        if actor is not None:
            if len(data) < wire.LARGE:
                actor.write.remote(data)
            else:  # as they lie: pickling would copy them twice. They go by way of the store, where they can be lost.
                self._heed(actor.write.remote(pickle.PickleBuffer(data)), number)

    def stop(self, number: int) -> None:
        actor = self._seats.get(number)
        if actor is not None:
            actor.stop.remote()

    def close(self, number: int) -> None:
        import ray

        actor = self._seats.pop(number, None)
        if actor is not None:
            ray.kill(actor)

    def _up(self, number: int, about: str) -> None:
        self._link.send(wire.UP, number, about.encode())
        self._poll(number)
        for _ in range(HANDS):
            self._hear(number)

    def _poll(self, number: int) -> None:
        actor = self._seats.get(number)
        if actor is not None:
            self._when(actor.poll.remote(), number, lambda said: self._said(number, said))

    def _said(self, number: int, said: Any) -> None:
        self._poll(number)  # first, so that the next answer is on its way meanwhile
        view = memoryview(said)
        self._link.send(wire.DATA if view[0] == 0 else wire.ENDED, number, view[1:])

    def _hear(self, number: int) -> None:
        actor = self._seats.get(number)
        if actor is not None:
            words, data = actor.hand.remote()
            self._when(words, number, lambda words: self._heard(number, words, data))

    def _heard(self, number: int, words: str, data: Any) -> None:
        self._hear(number)
        wanted, left = json.loads(words)
        if left is not None:
            self._directory.left(left, data)
        if wanted:
            self._directory.wanted(number, wanted)

    def _later(self, seconds: float, then: Callable[[], None]) -> None:
        timer = threading.Timer(seconds, self._answers.put, [then])
        timer.daemon = True
        timer.start()

    def release(self, group: str) -> None:
        self._answers.put(lambda: self._directory.release(group))

    def _heed(self, ref: Any, number: int) -> None:
        """A call that gives nothing, and without which the seat is of no use."""
        self._when(ref, number, lambda _: None)

    def _when(self, ref: Any, number: int, then: Callable[[Any], None]) -> None:
        import ray

        def handle(future: Any) -> None:
            try:
                result = future.result()
            except BaseException as error:  # pylint: disable=broad-exception-caught
                actor = self._seats.pop(number, None)
                if actor is not None:
                    lines = str(error).strip().splitlines() or [""]
                    self._link.tell(wire.LOST, number, {"kind": type(error).__name__, "message": "\n".join(lines[-8:])})
                    # Mostly it is gone. Where it is not, it waits in calls that nobody hears.
                    with contextlib.suppress(Exception):
                        ray.kill(actor)
                return
            then(result)

        ref.future().add_done_callback(lambda future: self._answers.put(lambda: handle(future)))

    def _answer(self) -> None:
        while True:
            answer = self._answers.get()
            if self._leaving:
                return  # as Ray ends, each seat is lost: whom it would be told is gone, which would end this process before Ray has
            try:
                answer()
            except BaseException:  # pylint: disable=broad-exception-caught
                if self._leaving:
                    return
                traceback.print_exc()
                os._exit(1)  # nobody would hear anything any more

    def _watch(self, last: list[Any]) -> None:
        """Tells of nodes that come and go."""
        pause = threading.Event()
        while True:
            pause.wait(NODES_EVERY_S)
            try:
                nodes = self._nodes()
            except BaseException:  # pylint: disable=broad-exception-caught
                continue  # without its head the cluster is gone, which ends this process
            if nodes != last:
                last = nodes
                self._link.tell(wire.NODES, 0, nodes)

    @staticmethod
    def _nodes() -> list[Any]:
        import ray

        return [
            {
                "id": node["NodeID"],
                "address": node["NodeManagerAddress"],
                "resources": node["Resources"],
                "labels": node.get("Labels") or {},
            }
            for node in ray.nodes()
            if node["Alive"]
        ]


def main() -> None:
    link = Link(3)
    cluster = Cluster(link)
    while True:
        message = link.receive()
        if message is None:
            cluster.leave()
        kind, number, body = message
        if kind == wire.DATA:
            cluster.write(number, body)
        elif kind == wire.START:
            cluster.start(number, json.loads(body))
        elif kind == wire.STOP:
            cluster.stop(number)
        elif kind == wire.OPEN:
            cluster.open(number, json.loads(body))
        elif kind == wire.CLOSE:
            cluster.close(number)
        elif kind == wire.PUT:
            cluster.put(number, json.loads(body))
        elif kind == wire.FILES:
            cluster.set_files(number, body)
        elif kind == wire.CODE:
            cluster.set_code(body)
        elif kind == wire.RELEASE:
            cluster.release(body.decode())
        elif kind == wire.CONNECT:
            cluster.connect(json.loads(body))


if __name__ == "__main__":
    main()
