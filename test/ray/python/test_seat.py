"""A seat and its child, without Ray and without Node: a program in Python says the same as it is told."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import unittest

sys.path.insert(0, os.environ["SHEAF_PYTHON_SOURCES"])

if sys.platform != "linux":
    raise unittest.SkipTest("workers of a cluster run on Linux")

from sheaf_files import HEADER, Problem
from sheaf_seat import ENDED, KEPT, MOST, Child, Seat
from sheaf_shelf import Shelf

# What plays Node's part: it reads the code, then says the same as it is told, and prints what it does not understand.
ECHO = """
import os, socket
link = socket.socket(fileno=int(os.environ["SHEAF_FDS"].split(",")[0]))
def read(size):
    data = bytearray()
    while len(data) < size:
        part = link.recv(size - len(data))
        if not part:
            os._exit(3)
        data += part
    return bytes(data)
read(int.from_bytes(read(4), "little"))
while True:
    head = read(4)
    link.sendall(head + read(int.from_bytes(head, "little")))
"""


class ChildCase(unittest.TestCase):
    def start(self, program: str = ECHO, **env: str) -> Child:
        config = {"args": ["-c", program], "cwd": "/no/such/folder", "env": env}
        child = Child(sys.executable, b"code", config, Shelf(lambda _: b""))

        def end() -> None:
            if child._socket.fileno() >= 0:
                child.kill()
                child.ended()

        self.addCleanup(end)
        return child

    def send(self, child: Child, *bodies: bytes) -> threading.Thread:
        stream = b"".join(HEADER.pack(len(body)) + body for body in bodies)
        writer = threading.Thread(target=child.write, args=(stream,))
        writer.start()
        return writer

    def hear(self, child: Child) -> bytes:
        said = child.read()
        self.assertIsNotNone(said)
        view = memoryview(said)
        self.assertEqual(view[0], 0)
        return bytes(view[1:])

    def test_messages_of_all_sizes_come_back_as_they_are(self) -> None:
        child = self.start()
        sizes = (0, 1, 65_530, 65_536, 300_000, 10, 5 << 20, 70_000, KEPT + 7, 3, 1 << 20)
        bodies = [os.urandom(size) for size in sizes]
        for body in bodies:  # one after the other: each whole, in one answer
            writer = self.send(child, body)
            self.assertEqual(self.hear(child), HEADER.pack(len(body)) + body)
            writer.join()
        writer = self.send(child, *bodies)  # all at once: the same bytes
        expected = b"".join(HEADER.pack(len(body)) + body for body in bodies)
        found = b""
        while len(found) < len(expected):
            found += self.hear(child)
        self.assertEqual(found, expected)
        writer.join()

    def test_what_is_larger_than_a_lot_comes_in_parts(self) -> None:
        child = self.start()
        body = bytes(MOST + (8 << 20))
        writer = self.send(child, body)
        first = len(self.hear(child))
        self.assertLess(first, len(body))
        self.assertEqual(first + len(self.hear(child)), HEADER.size + len(body))
        writer.join()

    def test_memory_is_used_again_but_for_what_is_too_large_to_keep(self) -> None:
        child = self.start()
        places = []
        for size in (1 << 20, 1 << 20, 900_000, KEPT + 1, 100):
            writer = self.send(child, bytes(size))
            self.hear(child)
            places.append((id(child._memory), len(child._memory)))
            writer.join()
        self.assertEqual(len(set(places[:3])), 1)
        self.assertLess(places[-1][1], 1 << 20)

    def test_a_worker_does_not_learn_secrets_and_its_end_is_told(self) -> None:
        secret = {"RAY_AUTH_TOKEN": "secret", "RAY_AUTH_TOKEN_PATH": "/secret", "RAY_REDIS_PASSWORD": "secret"}
        before = {name: os.environ.get(name) for name in secret}
        os.environ.update(secret)
        try:
            check = "import os; os._exit(5 if 'secret' in str(os.environ) else 7 if os.environ['OWN'] == 'x' else 6)"
            child = self.start(check, OWN="x")
        finally:
            for name, value in before.items():
                os.environ.pop(name)
                if value is not None:
                    os.environ[name] = value
        self.assertIsNone(child.read())
        self.assertEqual(child.ended(), {"code": 7, "marks": None})

    def test_the_end_is_told_though_what_it_has_started_lives_on(self) -> None:
        more = """
import os, socket, time
link = socket.socket(fileno=int(os.environ["SHEAF_FDS"].split(",")[0]))
child = os.fork()
if child == 0:
    time.sleep(60)
    os._exit(0)
link.sendall(child.to_bytes(4, "little"))
os._exit(9)
"""
        child = self.start(more)
        told = [child.read(), child.read()]
        self.addCleanup(os.kill, int.from_bytes(bytes(told[0])[1:], "little"), signal.SIGKILL)
        self.assertIsNone(told[1])
        self.assertEqual(child.ended()["code"], 9)

    def test_a_worker_that_cannot_be_started_is_told(self) -> None:
        seat = Seat(b"code", sys.executable, lambda _: b"")
        for env in ({"A": "nothing\0more"}, {"A=": "x"}, {"A": 7}):
            seat.start({"args": [], "cwd": "/", "env": env})
            said = seat.poll()
            self.assertEqual(said[:1], ENDED)
            self.assertTrue(json.loads(said[1:])["message"])

    def test_a_node_that_does_not_run_is_told(self) -> None:
        seat = Seat(b"code", sys.executable, lambda _: b"")
        with self.assertRaisesRegex(Problem, "does not run"):
            seat.describe()
        with self.assertRaisesRegex(Problem, "there is no no-such-node"):
            Seat(b"code", "no-such-node", lambda _: b"")


if __name__ == "__main__":
    unittest.main()
