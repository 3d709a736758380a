"""Limits how much of a kind an account stores, without a count for each request."""

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
    """The result of an account's last count."""

    credit: int
    room: int
    at: float


class Quota:
    """After a count, an account may use a part of its room (the credit) without another one.

    A count can cost more than the request. The credit is an eighth of the room, at most 1 000, and
    zero near the limit, where each request is counted. Each process gives its own credit, so that
    an account can pass the limit by 1 000 per process.
    """

    def __init__(
        self,
        most: int,
        refusal: Callable[[int], DomainError],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``refusal`` makes the error for an account that would store more than ``most``."""
        self._most = most
        self._refusal = refusal
        self._clock = clock
        self._accounts: dict[UUID, _Counted] = {}

    def draw(self, account: UUID, amount: int = 1) -> bool:
        """Use credit; if it does not suffice, the caller must count and call :meth:`settle`.

        Raises the refusal if a count of the last second left no room.
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
        """Whether ``held`` is so near the limit that each request must be counted."""
        return held > self._most - _NEAR

    def settle(self, account: UUID, amount: int, *, held: int) -> None:
        """Give credit out of the room that ``held`` and ``amount`` leave. Raises the refusal."""
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
        """Use more credit, for an amount that was larger than drawn."""
        counted = self._accounts.get(account)
        if counted is not None:
            counted.credit -= amount
