"""Which objects the workers of this program have left in the cluster, and who is told where they are. Called by one thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def group_of(name: str) -> str:
    return name.split("/")[0]


class Directory:
    """References by name. They are this process's own, so that what they stand for outlives the seat where it was made."""

    def __init__(self, seat_of: Callable[[int], Any]) -> None:
        self._seat_of = seat_of
        self._refs: dict[str, dict[str, Any]] = {}
        # Seats that have been given some of a group.
        self._given: dict[str, set[int]] = {}
        # What a task that was not stopped in time leaves in one of these, nobody will ask for.
        self._released: set[str] = set()

    def heard(self, number: int, news: list[Any]) -> None:
        """A seat has been left something, or asks for something."""
        seat = self._seat_of(number)
        if seat is None:
            return
        for what, names in news:
            if what == "left":
                for name in names:
                    ref = seat.take.remote(name)
                    if group_of(name) not in self._released:
                        self._refs.setdefault(group_of(name), {})[name] = ref
                continue
            for name in names:
                self._given.setdefault(group_of(name), set()).add(number)
            seat.give.remote(names, [self._refs.get(group_of(name), {}).get(name) for name in names])

    def release(self, group: str) -> None:
        """Nobody asks for any of these again."""
        self._released.add(group)
        self._refs.pop(group, None)
        for number in self._given.pop(group, ()):
            seat = self._seat_of(number)
            if seat is not None:
                seat.forget.remote(group)

    @property
    def size(self) -> int:
        return sum(map(len, self._refs.values()))
