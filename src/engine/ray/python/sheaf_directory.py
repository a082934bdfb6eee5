"""Which objects the workers of this program have left in the cluster, and who is told where they are. Called by one thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

# So long after somebody has asked for it an object is taken to be lost. Word of what was left can be slower than who asks for it.
PATIENCE_S = 10.0


def group_of(name: str) -> str:
    return name.split("/")[0]


class Directory:
    """
    References by name. They are this process's own, so that what they stand for outlives the seat where it was made.

    `later` calls something after so many seconds, in the thread that calls this.
    """

    def __init__(self, seat_of: Callable[[int], Any], later: Callable[[float, Callable[[], None]], None]) -> None:
        self._seat_of = seat_of
        self._later = later
        self._refs: dict[str, dict[str, Any]] = {}
        # Seats that have been given some of a group.
        self._given: dict[str, set[int]] = {}
        # Asked for, and not heard of: who has asked.
        self._awaited: dict[str, set[int]] = {}
        # What a task that was not stopped in time leaves in one of these, nobody will ask for.
        self._released: set[str] = set()

    def left(self, name: str, ref: Any) -> None:
        """A seat has been left something."""
        if group_of(name) not in self._released:
            self._refs.setdefault(group_of(name), {})[name] = ref
            self._answer([name])

    def wanted(self, number: int, names: list[str]) -> None:
        """A seat asks for something."""
        known = []
        missing = []
        for name in names:
            group = group_of(name)
            is_known = group in self._released or name in self._refs.get(group, {})
            (known if is_known else missing).append(name)
        if known:
            self._give(number, known)
        if missing:
            for name in missing:
                self._awaited.setdefault(name, set()).add(number)
            self._later(PATIENCE_S, lambda: self._answer(missing))

    def release(self, group: str) -> None:
        """Nobody asks for any of these again."""
        self._released.add(group)
        self._refs.pop(group, None)
        self._answer([name for name in self._awaited if group_of(name) == group])
        for number in self._given.pop(group, ()):
            seat = self._seat_of(number)
            if seat is not None:
                seat.forget.remote(group)

    def _answer(self, names: list[str]) -> None:
        """Tells those who wait what there is by now."""
        for name in names:
            for number in self._awaited.pop(name, ()):
                self._give(number, [name])

    def _give(self, number: int, names: list[str]) -> None:
        seat = self._seat_of(number)
        if seat is None:
            return
        for name in names:
            self._given.setdefault(group_of(name), set()).add(number)
        seat.give.remote(names, [self._refs.get(group_of(name), {}).get(name) for name in names])

    @property
    def size(self) -> int:
        return sum(map(len, self._refs.values()))
