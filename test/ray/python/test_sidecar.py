"""The Python side without Ray: messages, the shelf of a seat, what the sidecar knows of objects, and files that travel."""

from __future__ import annotations

import json
import os
import socket
import struct
import sys
import tempfile
import threading
import time
import unittest
from typing import Any

sys.path.insert(0, os.environ["SHEAF_PYTHON_SOURCES"])

from sheaf_directory import Directory
from sheaf_files import HEADER, KEPT_S, USED, Problem, hold, own_folder, sweep, unpack
from sheaf_link import FRAME, Link
from sheaf_shelf import ANSWER, FOUND, GET, GONE, KEPT, PUT, REQUEST, WANT, Shelf, read


class LinkCase(unittest.TestCase):
    def setUp(self) -> None:
        ours, self.driver = socket.socketpair()
        self.link = Link(ours.detach())
        self.addCleanup(self.driver.close)
        self.addCleanup(self.link._socket.close)

    def test_messages_go_both_ways(self) -> None:
        for size in (0, 1, 65_535, 65_536, 3 << 20):
            body = os.urandom(size)
            sender = threading.Thread(target=self.link.send, args=(5, 7, body[: size // 2], body[size // 2 :]))
            sender.start()
            length, kind, seat = FRAME.unpack(read(self.driver, FRAME.size))
            self.assertEqual((length, kind, seat), (size, 5, 7))
            self.assertEqual(read(self.driver, size), body)
            sender.join()

    def test_messages_may_come_in_pieces_and_several_at_once(self) -> None:
        bodies = [b"", b"one", os.urandom(1 << 20)]
        stream = b"".join(FRAME.pack(len(body), kind, kind + 1) + body for kind, body in enumerate(bodies))

        def write() -> None:
            for at in range(0, len(stream), 100_003):
                self.driver.sendall(stream[at : at + 100_003])
            self.driver.shutdown(socket.SHUT_WR)

        writer = threading.Thread(target=write)
        writer.start()
        for kind, body in enumerate(bodies):
            self.assertEqual(self.link.receive(), (kind, kind + 1, body))
        self.assertIsNone(self.link.receive())
        writer.join()

    def test_half_a_message_is_none(self) -> None:
        self.driver.sendall(FRAME.pack(10, 1, 1) + b"half")
        self.driver.shutdown(socket.SHUT_WR)
        self.assertIsNone(self.link.receive())


class Worker:
    """What a worker does at its end of the shelf."""

    def __init__(self, shelf: Shelf) -> None:
        ours, theirs = socket.socketpair()
        self.socket = ours
        self.thread = threading.Thread(target=shelf.serve, args=(theirs,))
        self.thread.start()

    def ask(self, op: int, name: str, first: int = 0, second: int = 0, data: bytes = b"") -> None:
        words = name.encode()
        self.socket.sendall(REQUEST.pack(op, len(words), first, second) + words + data)

    def answer(self) -> tuple[int, bytes]:
        kind, size = ANSWER.unpack(read(self.socket, ANSWER.size))
        return kind, bytes(read(self.socket, size))

    def end(self) -> None:
        self.socket.close()
        self.thread.join()


class ShelfCase(unittest.TestCase):
    def setUp(self) -> None:
        self.store: dict[str, Any] = {}
        self.shelf = Shelf(lambda ref: self.store[ref])
        self.worker = Worker(self.shelf)
        self.addCleanup(self.worker.end)

    def test_what_is_left_is_taken_once_and_then_answered(self) -> None:
        data = os.urandom(100_000)
        self.worker.ask(PUT, "g/a", len(data), data=data)
        self.assertEqual(json.loads(self.shelf.news()), [["left", ["g/a"]]])
        self.assertEqual(bytes(self.shelf.take("g/a")), data)
        self.assertEqual(self.worker.answer(), (KEPT, b""))
        with self.assertRaises(KeyError):
            self.shelf.take("g/a")

    def test_parts_of_what_is_given(self) -> None:
        self.store["ref"] = data = os.urandom(1000)
        self.worker.ask(GET, "g/a", 10, 20)
        self.assertEqual(json.loads(self.shelf.news()), [["wanted", ["g/a"]]])
        self.shelf.give(["g/a"], ["ref"])
        self.assertEqual(self.worker.answer(), (FOUND, data[10:30]))
        self.worker.ask(GET, "g/a", 990, 20)  # known by now: nothing is asked
        self.assertEqual(self.worker.answer(), (FOUND, data[990:]))

    def test_what_is_wanted_ahead_is_asked_for_once(self) -> None:
        self.store.update(r1=b"one", r2=b"two")
        self.worker.ask(WANT, json.dumps(["g/a", "g/b"]))
        self.worker.ask(GET, "g/b", 0, 3)
        self.assertEqual(json.loads(self.shelf.news()), [["wanted", ["g/a", "g/b"]]])
        self.shelf.give(["g/a", "g/b"], ["r1", "r2"])
        self.assertEqual(self.worker.answer(), (FOUND, b"two"))
        self.assertEqual(self.shelf._news, [])

    def test_what_is_gone_is_told_and_may_come_back(self) -> None:
        self.worker.ask(GET, "g/a", 0, 1)
        self.shelf.news()
        self.shelf.give(["g/a"], [None])
        self.assertEqual(self.worker.answer()[0], GONE)
        self.worker.ask(GET, "g/a", 0, 1)
        self.assertEqual(json.loads(self.shelf.news()), [["wanted", ["g/a"]]])
        self.shelf.give(["g/a"], ["lost"])  # the store raises
        kind, why = self.worker.answer()
        self.assertEqual(kind, GONE)
        self.assertIn(b"KeyError", why)

    def test_groups_are_forgotten_whole(self) -> None:
        self.store["ref"] = b"x"
        self.shelf.give(["g/a", "g/b", "gg/a"], ["ref"] * 3)
        self.shelf.forget("g")
        self.assertEqual(list(self.shelf._refs), ["gg/a"])

    def test_a_worker_that_ends_leaves_nothing_behind(self) -> None:
        worker = Worker(self.shelf)
        worker.ask(PUT, "g/a", 1, data=b"x")
        self.shelf.news()
        worker.end()
        self.assertEqual(self.shelf._left, {})

    def test_memory_of_what_was_taken_is_used_again_and_not_before_it_was_copied(self) -> None:
        all_taken: list[Any] = []  # kept, so that no place is used again but by the shelf
        data = b""
        for i in range(30):
            last, data = data, os.urandom(70_000 if i == 15 else 100_000)
            self.worker.ask(PUT, f"g/{i}", len(data), data=data)
            self.shelf.news()
            if i > 0:  # the call before this one may still be copied
                self.assertEqual(bytes(all_taken[-1].raw()), last)
            all_taken.append(self.shelf.take(f"g/{i}"))
            self.assertEqual(self.worker.answer(), (KEPT, b""))
            self.assertEqual(bytes(all_taken[-1].raw()), data)
        places = {id(taken.raw().obj) for taken in all_taken}
        self.assertLess(len(places), 10)


class Call:
    def __init__(self, calls: list[Any], name: str) -> None:
        self.calls = calls
        self.name = name

    def remote(self, *args: Any) -> str:
        self.calls.append((self.name, *args))
        return f"ref of {args[0]}"


class FakeSeat:
    def __init__(self) -> None:
        self.calls: list[Any] = []
        self.take, self.give, self.forget = (Call(self.calls, name) for name in ("take", "give", "forget"))


class DirectoryCase(unittest.TestCase):
    def test_who_has_left_what_and_who_is_given_it(self) -> None:
        seats = {1: FakeSeat(), 2: FakeSeat()}
        directory = Directory(seats.get)
        directory.heard(1, [["left", ["g/a", "h/a"]]])
        directory.heard(2, [["wanted", ["g/a", "g/none"]]])
        self.assertEqual(seats[1].calls, [("take", "g/a"), ("take", "h/a")])
        self.assertEqual(seats[2].calls, [("give", ["g/a", "g/none"], ["ref of g/a", None])])
        directory.release("g")
        self.assertEqual(seats[2].calls[1:], [("forget", "g")])
        self.assertEqual(directory.size, 1)
        directory.heard(1, [["left", ["g/late"]]])  # its worker is answered, but nothing is kept
        self.assertEqual(seats[1].calls[2:], [("take", "g/late")])
        self.assertEqual(directory.size, 1)
        directory.heard(3, [["left", ["h/b"]]])  # a seat that is gone
        self.assertEqual(directory.size, 1)


class FilesCase(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def archive(self, entries: list[Any], *contents: bytes) -> bytes:
        words = json.dumps(entries).encode()
        return HEADER.pack(len(words)) + words + b"".join(contents)

    def test_files_and_links(self) -> None:
        place = os.path.join(self.folder, "place")
        unpack(self.archive([["/no/a.js", 3, "?"], ["/no/b.js", 2, "?"], ["/no/c", "/no/a.js"]], b"abc", b"de"), place)
        for name, text in (("a.js", b"abc"), ("b.js", b"de"), ("c", b"abc")):
            with open(f"{place}/no/{name}", "rb") as file:
                self.assertEqual(file.read(), text)
        self.assertEqual(os.listdir(self.folder), ["place"])

    def test_what_is_there_already_is_not_copied(self) -> None:
        import hashlib

        path = os.path.realpath(os.path.join(self.folder, "there.js"))
        with open(path, "wb") as file:
            file.write(b"same")
        place = os.path.join(self.folder, "place")
        unpack(self.archive([[path, 4, hashlib.sha256(b"same").hexdigest()]], b"same"), place)
        self.assertEqual(os.readlink(place), "/")

    def test_what_nobody_has_used_for_long_is_swept(self) -> None:
        def make(name: str, old: bool) -> str:
            place = os.path.join(self.folder, name)
            os.makedirs(os.path.join(place, "inside"))
            os.close(hold(place))  # of a process that has ended
            if old:
                for path in (place, place + USED):
                    os.utime(path, (0, time.time() - KEPT_S - 60))
            return place

        old, fresh, used = make("old", True), make("fresh", False), make("used", True)
        link = os.path.join(self.folder, "link")
        os.symlink("/", link)
        os.utime(link, (0, 0), follow_symlinks=False)
        mark = hold(used)
        self.addCleanup(os.close, mark)
        for path in (used, used + USED):
            os.utime(path, (0, 0))  # for long, but in use
        sweep(self.folder)
        self.assertEqual(sorted(os.listdir(self.folder)), ["fresh", "fresh.used", "used", "used.used"])
        self.assertFalse(os.path.lexists(old) or os.path.lexists(link))
        self.assertTrue(os.path.isdir("/tmp") and os.path.isdir(fresh))
        again = hold(old)  # a mark that was swept is made anew
        self.addCleanup(os.close, again)
        self.assertEqual(os.stat(old + USED).st_ino, os.fstat(again).st_ino)

    def test_a_folder_that_others_can_write_to_is_refused(self) -> None:
        path = os.path.join(self.folder, "open")
        os.mkdir(path)
        os.chmod(path, 0o777)
        with self.assertRaises(Problem):
            own_folder(path)


assert struct.calcsize("<BIQQ") == REQUEST.size  # as in objects.ts

if __name__ == "__main__":
    unittest.main()
