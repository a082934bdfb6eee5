"""Messages between driver and sidecar. `frames.ts` has the other side."""

from __future__ import annotations

import json
import os
import socket
import struct
import threading
from typing import Any

# From the driver.
CONNECT, CODE, OPEN, START, DATA, STOP, CLOSE, FILES, PUT, RELEASE = range(1, 11)
# To the driver. DATA goes both ways.
READY, FAILED, NODES, UP, LOST, ENDED, IMPORTED = range(11, 18)

# Bodies of DATA from here on have the same memory each time, but for those that are larger than is to be kept.
LARGE = 64 << 10
BUFFER = 4 << 20
KEPT = 16 << 20

FRAME = struct.Struct("<IBI")


class Link:
    """The socket to the driver."""

    def __init__(self, fd: int) -> None:
        self._socket = socket.socket(fileno=fd)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
        self._lock = threading.Lock()
        self._memory = bytearray()

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

    def receive(self) -> tuple[int, int, Any] | None:
        """The next message, or `None` when the driver is gone. The body of large DATA is valid until the next call."""
        head = self._read(FRAME.size)
        if head is None:
            return None
        length, kind, seat = FRAME.unpack(head)
        body = self._read_again(length) if kind == DATA and LARGE <= length <= KEPT else self._read(length)
        return None if body is None else (kind, seat, body)

    def _read_again(self, size: int) -> memoryview | None:
        """Into the same memory each time: memory that is new to the process costs more than copying does."""
        if len(self._memory) < size:
            self._memory = bytearray(min(2 * size, KEPT))
        view = memoryview(self._memory)[:size]
        at = 0
        try:
            while at < size:
                count = self._socket.recv_into(view[at:], 0, socket.MSG_WAITALL)
                if count == 0:
                    return None
                at += count
        except OSError:
            return None
        return view

    def _read(self, size: int) -> bytes | None:
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
