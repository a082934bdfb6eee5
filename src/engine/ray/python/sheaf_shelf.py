"""The shelf of a seat: bytes that its workers leave for other workers, and take from others, by way of Ray's object store.

A worker talks to it over a socket of its own, one request after the other, and waits for each answer. What is left here goes to the
sidecar as the result of a call that waits for it, and so belongs to the program and not to this process, which may end. Names are the
worker's; a name up to its first slash is a group, and groups are forgotten as a whole.
"""

from __future__ import annotations

import contextlib
import json
import pickle
import socket
import struct
import threading
from collections.abc import Callable
from typing import Any

# What a worker asks: to keep bytes, for a part of something kept, and, ahead of that, for what it is going to ask for.
PUT, GET, WANT = range(1, 4)
REQUEST = struct.Struct("<BIQQ")
FOUND, GONE, KEPT = range(3)
ANSWER = struct.Struct("<BQ")

# So much memory of what was taken is kept for what comes.
SPARE = 4

Fetch = Callable[[Any], Any]


class Shelf:
    """All that a seat knows of objects. Its methods may be called by several threads."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._changed = threading.Condition()
        # Left by workers and not yet handed over; and who waits for that.
        self._left: dict[str, tuple[bytearray, socket.socket]] = {}
        # What the sidecar has said of objects: a reference, or nothing where there is none.
        self._refs: dict[str, Any] = {}
        self._asked: set[str] = set()
        self._wanted: list[str] = []
        # The one that was read last, since it is read in parts.
        self._last: tuple[str, memoryview] | None = None
        # Memory of what was taken before. Memory that is new to the process costs more than what is copied into it.
        self._taken: bytearray | None = None
        self._spare: list[bytearray] = []

    def hand(self) -> tuple[str, pickle.PickleBuffer | None]:
        """For the sidecar: what is asked for, and something that was left, by its name. Waits until there is either."""
        with self._changed:
            # What the call before this one gave has been copied to the store: calls follow each other.
            if self._taken is not None and len(self._spare) < SPARE:
                self._spare.append(self._taken)
            self._taken = None
            while not self._wanted and not self._left:
                self._changed.wait()
            wanted, self._wanted = self._wanted, []
            name = next(iter(self._left), None)
            if name is None:
                return json.dumps([wanted, name]), None
            self._taken, owner = self._left.pop(name)
            data = pickle.PickleBuffer(self._taken)
        with contextlib.suppress(OSError):  # it has ended meanwhile
            owner.sendall(ANSWER.pack(KEPT, 0))
        return json.dumps([wanted, name]), data

    def give(self, names: list[str], refs: list[Any]) -> None:
        """What the sidecar has under these names."""
        with self._changed:
            self._refs.update(zip(names, refs, strict=True))
            self._asked.difference_update(names)
            self._changed.notify_all()

    def forget(self, group: str) -> None:
        with self._changed:
            for name in [name for name in self._refs if name.split("/")[0] == group]:
                del self._refs[name]
            if self._last is not None and self._last[0].split("/")[0] == group:
                self._last = None

    def serve(self, worker: socket.socket) -> None:
        """Answers one worker until it ends."""
        with worker:
            try:
                while True:
                    op, length, first, second = REQUEST.unpack(read(worker, REQUEST.size))
                    name = read(worker, length).decode()
                    if op == PUT:
                        self._keep(name, read(worker, first, self._memory(first)), worker)
                    elif op == WANT:
                        self._ask(json.loads(name))
                    else:
                        self._answer(name, first, second, worker)
            except (OSError, EOFError):
                pass
        with self._changed:
            for name in [name for name, (_, owner) in self._left.items() if owner is worker]:
                del self._left[name]

    def _keep(self, name: str, data: bytearray, worker: socket.socket) -> None:
        with self._changed:
            self._left[name] = (data, worker)
            self._changed.notify_all()

    def _memory(self, size: int) -> bytearray:
        with self._changed:
            for i, one in enumerate(self._spare):
                if len(one) == size:
                    return self._spare.pop(i)
            self._spare.clear()
        return bytearray(size)

    def _ask(self, names: list[str]) -> None:
        with self._changed:
            missing = [name for name in names if self._refs.get(name) is None and name not in self._asked]
            if missing:
                for name in missing:
                    self._refs.pop(name, None)
                self._asked.update(missing)
                self._wanted.extend(missing)
                self._changed.notify_all()

    def _answer(self, name: str, offset: int, length: int, worker: socket.socket) -> None:
        try:
            part = self._whole(name)[offset : offset + length]
        except BaseException as error:  # Ray has many ways to say that something is gone
            text = f"{type(error).__name__}: {error}".split("\n")[0].encode()
            worker.sendall(ANSWER.pack(GONE, len(text)) + text)
            return
        worker.sendall(ANSWER.pack(FOUND, len(part)))
        worker.sendall(part)

    def _whole(self, name: str) -> memoryview:
        last = self._last
        if last is not None and last[0] == name:
            return last[1]
        self._ask([name])
        with self._changed:
            while name not in self._refs:
                self._changed.wait()
            ref = self._refs[name]
        if ref is None:
            raise LookupError("the program does not have it any more")
        view = memoryview(self._fetch(ref))
        self._last = (name, view)
        return view


def read(source: socket.socket, size: int, data: bytearray | None = None) -> bytearray:
    """So many bytes, in `data` if that is given. Raises `EOFError` if there are not as many."""
    if data is None:
        data = bytearray(size)
    view = memoryview(data)
    at = 0
    while at < size:
        count = source.recv_into(view[at:])
        if count == 0:
            raise EOFError
        at += count
    return data
