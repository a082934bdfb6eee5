"""Files of the driver's that a node does not have: an archive of them, unpacked where workers look for them."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import stat
import struct
import tempfile
import time
from typing import Any

HEADER = struct.Struct("<I")

# What no process has had a use for so long makes way.
KEPT_S = 24 * 3600
USED = ".used"


class Problem(Exception):
    """Why a worker cannot run here, in words for the driver."""


def own_folder(path: str) -> None:
    """Makes a folder that nobody else can put anything into."""
    os.makedirs(path, mode=0o700, exist_ok=True)
    status = os.lstat(path)
    if status.st_uid != os.getuid() or status.st_mode & 0o077 or not stat.S_ISDIR(status.st_mode):
        raise Problem(f"{path} belongs to somebody else")


def hold(place: str) -> int:
    """Says that a place is in use, until this process ends. The descriptor that says it."""
    while True:
        mark = os.open(place + USED, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(mark, fcntl.LOCK_SH)
        with contextlib.suppress(FileNotFoundError):
            if os.stat(place + USED).st_ino == os.fstat(mark).st_ino:
                os.utime(mark)
                return mark
        os.close(mark)  # it was swept just now


def sweep(folder: str) -> None:
    """Removes what lies in a folder, is in nobody's use, and was not for long."""
    before = time.time() - KEPT_S
    for name in {name.removesuffix(USED) for name in os.listdir(folder)}:
        place = os.path.join(folder, name)
        with contextlib.suppress(OSError):  # somebody else sweeps as well, or it came back into use
            newest = max(os.lstat(path).st_mtime for path in (place, place + USED) if os.path.lexists(path))
            if newest >= before:
                continue
            mark = os.open(place + USED, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.path.islink(place):
                    os.unlink(place)
                else:
                    shutil.rmtree(place, ignore_errors=True)
                os.unlink(place + USED)
            finally:
                os.close(mark)


def unpack(archive: bytes, place: str) -> None:
    """Makes the files of an archive below `place`. Where all of them are on this machine as they are, `place` leads there."""
    (length,) = HEADER.unpack_from(archive)
    start = HEADER.size + length
    entries = json.loads(archive[HEADER.size : start])
    # What is made at once by several takes the place as a whole, and the first one stays.
    own = tempfile.mkdtemp(dir=os.path.dirname(place))
    whole = os.path.join(own, "files")
    if all(is_here(entry) for entry in entries):
        os.symlink("/", whole)
    else:
        os.mkdir(whole)
        at = start
        for entry in entries:
            path = whole + entry[0]
            os.makedirs(os.path.dirname(path), exist_ok=True)
            if len(entry) == 2:
                os.symlink(os.path.relpath(whole + entry[1], os.path.dirname(path)), path)
                continue
            with open(path, "wb") as file:
                file.write(archive[at : at + entry[1]])
            at += entry[1]
    with contextlib.suppress(OSError):
        os.rename(whole, place)
    shutil.rmtree(own, ignore_errors=True)


def is_here(entry: list[Any]) -> bool:
    """Whether a file of an archive is on this machine, the same and at the same place."""
    path = entry[0]
    try:
        if len(entry) == 2:
            return os.path.realpath(path) == entry[1]
        if os.path.getsize(path) != entry[1]:
            return False
        with open(path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest() == entry[2]
    except OSError:
        return False
