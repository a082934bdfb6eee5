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
from collections.abc import Callable
from typing import Any
from unittest.mock import call, patch

sys.path.insert(0, os.environ["SHEAF_PYTHON_SOURCES"])

from sheaf_directory import Directory
from sheaf_files import HEADER, KEPT_S, USED, Problem, hold, own_folder, sweep, unpack
from sheaf_link import FRAME, Link
from sheaf_shelf import ANSWER, FOUND, GET, GONE, KEPT, PUT, REQUEST, WANT, Shelf, read
from sidecar import Cluster


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

    def wanted(self) -> list[str]:
        words, data = self.shelf.hand()
        self.assertIsNone(data)
        wanted, left = json.loads(words)
        self.assertIsNone(left)
        return wanted

    def test_what_is_left_is_handed_over_and_then_answered(self) -> None:
        contents = {name: os.urandom(100_000) for name in ("g/a", "g/b")}
        for name, data in contents.items():
            self.worker.ask(PUT, name, len(data), data=data)
        for name, data in contents.items():
            words, given = self.shelf.hand()
            self.assertEqual(json.loads(words), [[], name])
            self.assertEqual(bytes(given), data)
            self.assertEqual(self.worker.answer(), (KEPT, b""))
        self.assertEqual(self.shelf._left, {})

    def test_parts_of_what_is_given(self) -> None:
        self.store["ref"] = data = os.urandom(1000)
        self.worker.ask(GET, "g/a", 10, 20)
        self.assertEqual(self.wanted(), ["g/a"])
        self.shelf.give(["g/a"], ["ref"])
        self.assertEqual(self.worker.answer(), (FOUND, data[10:30]))
        self.worker.ask(GET, "g/a", 990, 20)  # known by now: nothing is asked
        self.assertEqual(self.worker.answer(), (FOUND, data[990:]))

    def test_what_is_wanted_ahead_is_asked_for_once(self) -> None:
        self.store.update(r1=b"one", r2=b"two")
        self.worker.ask(WANT, json.dumps(["g/a", "g/b"]))
        self.worker.ask(GET, "g/b", 0, 3)
        self.assertEqual(self.wanted(), ["g/a", "g/b"])
        self.shelf.give(["g/a", "g/b"], ["r1", "r2"])
        self.assertEqual(self.worker.answer(), (FOUND, b"two"))
        self.assertEqual(self.shelf._wanted, [])

    def test_what_is_gone_is_told_and_may_come_back(self) -> None:
        self.worker.ask(GET, "g/a", 0, 1)
        self.wanted()
        self.shelf.give(["g/a"], [None])
        self.assertEqual(self.worker.answer()[0], GONE)
        self.worker.ask(GET, "g/a", 0, 1)
        self.assertEqual(self.wanted(), ["g/a"])
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
        worker.ask(WANT, json.dumps(["g/b"]))
        with self.shelf._changed:
            while not self.shelf._wanted:
                self.shelf._changed.wait()
        worker.end()
        self.assertEqual(self.shelf._left, {})

    def test_memory_of_what_was_taken_is_used_again_and_not_before_it_was_copied(self) -> None:
        all_taken: list[Any] = []  # kept, so that no place is used again but by the shelf
        data = b""
        for i in range(30):
            last, data = data, os.urandom(70_000 if i == 15 else 100_000)
            self.worker.ask(PUT, f"g/{i}", len(data), data=data)
            with self.shelf._changed:
                while not self.shelf._left:
                    self.shelf._changed.wait()
            if i > 0:  # the call before this one may still be copied
                self.assertEqual(bytes(all_taken[-1].raw()), last)
            all_taken.append(self.shelf.hand()[1])
            self.assertEqual(self.worker.answer(), (KEPT, b""))
            self.assertEqual(bytes(all_taken[-1].raw()), data)
        places = {id(taken.raw().obj) for taken in all_taken}
        self.assertLess(len(places), 10)


class Call:
    def __init__(self, calls: list[Any], name: str) -> None:
        self.calls = calls
        self.name = name

    def remote(self, *args: Any) -> None:
        self.calls.append((self.name, *args))


class FakeSeat:
    def __init__(self) -> None:
        self.calls: list[Any] = []
        self.give, self.forget = (Call(self.calls, name) for name in ("give", "forget"))

    def heard(self) -> list[Any]:
        """What was called since the last time."""
        calls = self.calls[:]
        self.calls.clear()
        return calls


class DirectoryCase(unittest.TestCase):
    def setUp(self) -> None:
        self.seats = {1: FakeSeat(), 2: FakeSeat()}
        self.late: list[Callable[[], None]] = []
        self.directory = Directory(self.seats.get, lambda _, then: self.late.append(then))

    def test_who_has_left_what_and_who_is_given_it(self) -> None:
        self.directory.left("g/a", "ref of a")
        self.directory.left("h/a", "ref of h")
        self.directory.wanted(2, ["g/a", "h/a"])
        self.assertEqual(self.seats[2].heard(), [("give", ["g/a", "h/a"], ["ref of a", "ref of h"])])
        self.directory.release("g")
        self.assertEqual(self.seats[2].heard(), [("forget", "g")])
        self.assertEqual(self.seats[1].heard(), [])
        self.assertEqual(self.directory.size, 1)
        self.directory.left("g/late", "ref")  # nobody will ask for it
        self.assertEqual(self.directory.size, 1)
        self.directory.wanted(1, ["g/a", "g/late"])
        self.assertEqual(self.seats[1].heard(), [("give", ["g/a", "g/late"], [None, None])])
        self.directory.wanted(3, ["h/a"])  # a seat that is gone
        self.assertEqual(self.late, [])

    def test_who_asks_before_it_is_heard_of_is_told_then(self) -> None:
        self.directory.left("g/a", "ref of a")
        self.directory.wanted(1, ["g/a", "g/b", "g/c"])
        self.directory.wanted(2, ["g/b"])
        self.assertEqual(self.seats[1].heard(), [("give", ["g/a"], ["ref of a"])])
        self.assertEqual(self.seats[2].heard(), [])
        self.directory.left("g/b", "ref of b")
        for seat in self.seats.values():
            self.assertEqual(seat.heard(), [("give", ["g/b"], ["ref of b"])])
        for then in self.late:  # time is up
            then()
        self.assertEqual(self.seats[1].heard(), [("give", ["g/c"], [None])])
        self.assertEqual(self.seats[2].heard(), [])

    def test_nobody_waits_for_what_is_released(self) -> None:
        self.directory.wanted(1, ["g/a", "h/a"])
        self.directory.release("g")
        self.assertEqual(self.seats[1].heard(), [("give", ["g/a"], [None]), ("forget", "g")])
        self.directory.left("h/a", "ref")
        self.assertEqual(self.seats[1].heard(), [("give", ["h/a"], ["ref"])])


class LeavingCase(unittest.TestCase):
    def setUp(self) -> None:
        ours, self.driver = socket.socketpair()
        self.cluster = Cluster(Link(ours.detach()))
        self.addCleanup(self.cluster._link._socket.close)
        self.addCleanup(self.driver.close)

    def fail_late(self) -> None:
        raise OSError("Ray is gone")

    def test_answers_while_ray_ends_do_not_end_the_process_before(self) -> None:
        with patch("os._exit") as ended, patch("threading.Timer"):
            self.cluster._answers.put(self.fail_late)
            self.cluster.leave()
            self.cluster._answer()
            self.assertEqual(ended.call_args_list, [call(0)])

    def test_one_that_was_begun_before_does_not_either(self) -> None:
        with patch("os._exit") as ended, patch("threading.Timer"):

            def fail() -> None:
                self.cluster.leave()
                self.fail_late()

            self.cluster._answers.put(fail)
            self.cluster._answer()
            self.assertEqual(ended.call_args_list, [call(0)])

    def test_one_that_fails_at_another_time_ends_it(self) -> None:
        with patch("os._exit", side_effect=SystemExit) as ended, patch("traceback.print_exc"):
            self.cluster._answers.put(self.fail_late)
            with self.assertRaises(SystemExit):
                self.cluster._answer()
            self.assertEqual(ended.call_args_list, [call(1)])


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
