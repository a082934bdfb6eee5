"""The sidecar: a driver's way into a Ray cluster.

The driver, a Node process, starts it and talks to it over a socket. Every message is a length, a kind, the number of a seat, and a body;
bodies of DATA are opaque. It uses Ray's public interface only, and needs nothing but Ray.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import socket
import struct
import sys
import threading
from typing import Any, Callable, Optional

# From the driver.
CONNECT, CODE, OPEN, START, DATA, STOP, CLOSE, FILES, PUT = range(1, 10)
# To the driver. DATA goes both ways.
READY, FAILED, NODES, UP, LOST, ENDED = range(11, 17)

FRAME = struct.Struct("<IBI")
NODES_EVERY_S = 1.0
LEAVE_S = 8.0


class Link:
    """The socket to the driver."""

    def __init__(self, fd: int) -> None:
        self._socket = socket.socket(fileno=fd)
        self._lock = threading.Lock()

    def send(self, kind: int, seat: int, *parts: bytes) -> None:
        frame = FRAME.pack(sum(map(len, parts)), kind, seat)
        try:
            with self._lock:
                if sum(map(len, parts)) < 65536:
                    self._socket.sendall(b"".join((frame, *parts)))
                else:
                    for part in (frame, *parts):
                        self._socket.sendall(part)
        except OSError:
            os._exit(0)  # the driver is gone, and with it all that this process is for

    def tell(self, kind: int, seat: int, what: Any) -> None:
        self.send(kind, seat, json.dumps(what).encode())

    def receive(self) -> Optional[tuple[int, int, bytes]]:
        """The next message, or `None` when the driver is gone."""
        head = self._read(FRAME.size)
        if head is None:
            return None
        length, kind, seat = FRAME.unpack(head)
        body = self._read(length)
        return None if body is None else (kind, seat, body)

    def _read(self, size: int) -> Optional[bytes]:
        if size == 0:
            return b""
        try:
            data = self._socket.recv(size, socket.MSG_WAITALL)
            if len(data) == size:
                return data
            parts = [data]
            missing = size - len(data)
            while missing > 0 and parts[-1]:
                parts.append(self._socket.recv(missing, socket.MSG_WAITALL))
                missing -= len(parts[-1])
            return b"".join(parts) if missing == 0 else None
        except OSError:
            return None


class RaySeat:
    """The actor. Ray ships this class by its source; what it does is in the text that it is given."""

    def __init__(self, source: str, code: bytes, node: Optional[str]) -> None:
        import sys as system
        import types

        module = types.ModuleType("sheaf_seat")
        system.modules["sheaf_seat"] = module
        exec(compile(source, "sheaf_seat.py", "exec"), module.__dict__)
        self._problem: Optional[str] = None
        try:
            self._seat = module.Seat(code, node)
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

    def poll(self) -> bytes:
        return self._seat.poll()


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

    def connect(self, options: dict[str, Any]) -> None:
        try:
            import ray
        except ImportError as error:
            self._link.tell(FAILED, 0, {"kind": "no-ray", "message": str(error), "python": sys.version.split()[0]})
            return
        version = ray.__version__
        if tuple(map(int, version.split(".")[:2])) < tuple(options["least"]):
            self._link.tell(FAILED, 0, {"kind": "old-ray", "message": version, "python": sys.version.split()[0]})
            return
        try:
            ray.init(**options["init"])
        except BaseException as error:  # pylint: disable=broad-exception-caught
            self._link.tell(FAILED, 0, {"kind": type(error).__name__, "message": str(error), "ray": version})
            return
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # what it means is for the driver to decide
        groups = {"in": 1, "out": 1, "stop": 1}
        methods = {"start": "in", "put": "in", "write": "in", "poll": "out", "stop": "stop"}
        for name, group in methods.items():
            setattr(RaySeat, name, ray.method(concurrency_group=group)(getattr(RaySeat, name)))
        self._actor = ray.remote(concurrency_groups=groups, max_restarts=0, max_task_retries=0)(RaySeat)
        path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "seat.py")
        with open(path, encoding="utf-8") as file:
            self._source = ray.put(file.read())
        nodes = self._nodes()
        self._link.tell(READY, 0, {"ray": version, "python": sys.version.split()[0], "nodes": nodes})
        threading.Thread(target=self._watch, args=(nodes,), daemon=True).start()
        threading.Thread(target=self._answer, daemon=True).start()

    def leave(self) -> None:
        """The driver is gone, and with it all that this process is for: its job, or a cluster of its own, ends with it."""
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
            actor.put.remote(what["hash"], self._files[what["files"]])

    def open(self, number: int, options: dict[str, Any]) -> None:
        actor = self._actor.options(**options["actor"]).remote(self._source, self._code, options["node"])
        self._seats[number] = actor
        self._when(actor.describe.remote(), number, lambda about: self._up(number, about))

    def start(self, number: int, config: dict[str, Any]) -> None:
        actor = self._seats.get(number)
        if actor is not None:
            actor.start.remote(config)

    def write(self, number: int, data: bytes) -> None:
        actor = self._seats.get(number)
        if actor is not None:
            actor.write.remote(data)

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
        self._link.send(UP, number, about.encode())
        self._poll(number)

    def _poll(self, number: int) -> None:
        actor = self._seats.get(number)
        if actor is not None:
            self._when(actor.poll.remote(), number, lambda said: self._said(number, said))

    def _said(self, number: int, said: bytes) -> None:
        self._poll(number)  # first, so that the next answer is on its way meanwhile
        kind = DATA if said[0] == 0 else ENDED
        self._link.send(kind, number, memoryview(said)[1:])

    def _when(self, ref: Any, number: int, then: Callable[[Any], None]) -> None:
        def handle(future: Any) -> None:
            try:
                result = future.result()
            except BaseException as error:  # pylint: disable=broad-exception-caught
                if self._seats.pop(number, None) is not None:
                    lines = str(error).strip().splitlines() or [""]
                    self._link.tell(LOST, number, {"kind": type(error).__name__, "message": "\n".join(lines[-8:])})
                return
            then(result)

        ref.future().add_done_callback(lambda future: self._answers.put(lambda: handle(future)))

    def _answer(self) -> None:
        while True:
            self._answers.get()()

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
                self._link.tell(NODES, 0, nodes)

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
        if kind == DATA:
            cluster.write(number, body)
        elif kind == START:
            cluster.start(number, json.loads(body))
        elif kind == STOP:
            cluster.stop(number)
        elif kind == OPEN:
            cluster.open(number, json.loads(body))
        elif kind == CLOSE:
            cluster.close(number)
        elif kind == PUT:
            cluster.put(number, json.loads(body))
        elif kind == FILES:
            cluster.set_files(number, body)
        elif kind == CODE:
            cluster.set_code(body)
        elif kind == CONNECT:
            cluster.connect(json.loads(body))


if __name__ == "__main__":
    main()
