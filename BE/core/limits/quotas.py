"""How much of a kind one account may keep, which is counted seldom."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from BE.core.exceptions import DomainError

_SHARE = 8
_MOST_CREDIT = 1000
_NEAR = 1000
_REMEMBERED = 1.0
_ACCOUNTS = 10_000


@dataclass(slots=True)
class _Counted:
    """What the last count of an account came to."""

    credit: int
    room: int
    at: float


class Quota:
    """Gives credit: after a count, a part of the room that was left is used without another.

    To count what an account keeps can cost more than the request. The credit is an eighth of the
    room, 1 000 at most, and none where the bound is near: there each request is counted. What
    several processes have given out before can pass the bound by as much, 1 000 for each.
    """

    def __init__(
        self,
        most: int,
        refusal: Callable[[int], DomainError],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``refusal`` makes the error of an account that would keep more than ``most``."""
        self._most = most
        self._refusal = refusal
        self._clock = clock
        self._accounts: dict[UUID, _Counted] = {}

    def draw(self, account: UUID, amount: int = 1) -> bool:
        """Whether credit covers it; else it must be counted and :meth:`settle` be called.

        Raises the refusal, where a count of the last second left no room.
        """
        counted = self._accounts.get(account)
        if counted is None:
            return False
        if amount <= counted.credit:
            counted.credit -= amount
            return True
        if amount > counted.room and self._clock() - counted.at < _REMEMBERED:
            raise self._refusal(self._most)
        return False

    def is_near(self, held: int) -> bool:
        """Whether each request must be counted, after those that run at the same time."""
        return held > self._most - _NEAR

    def settle(self, account: UUID, amount: int, *, held: int) -> None:
        """Give credit for what is left beside ``held`` and ``amount``. Raises the refusal."""
        room = self._most - held
        left = room - amount
        near = self.is_near(held + amount)
        credit = 0 if near else min(left // _SHARE, _MOST_CREDIT)
        self._accounts.pop(account, None)
        if len(self._accounts) == _ACCOUNTS:
            del self._accounts[next(iter(self._accounts))]
        self._accounts[account] = _Counted(credit, max(room, 0), self._clock())
        if left < 0:
            raise self._refusal(self._most)

    def spend(self, account: UUID, amount: int) -> None:
        """Use up credit for what turned out larger than was drawn."""
        counted = self._accounts.get(account)
        if counted is not None:
            counted.credit -= amount
