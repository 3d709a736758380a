"""Those who read the feed in this process, and what waits for each of them."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from BE.core.live.change_log import Changes, LoggedChange
from BE.core.live.exceptions import ReaderTooSlow

MOST_WAITING = 256
"""Changes that may wait for a reader before it is cut off."""


class Reader:
    def __init__(self, user_id: UUID) -> None:
        self.user_id = user_id
        self._waiting: deque[Changes | None] = deque()
        self._size = 0
        self._filled = asyncio.Event()
        self._fault: Exception | None = None
        self._has_taken_all = False

    def offer(self, changes: Changes) -> None:
        """Let ``changes`` wait, or cut the reader off if too many do.

        A reader that had taken all is not to blame for a large commit: it reads it from the log.
        """
        if self._has_taken_all and len(changes.items) > MOST_WAITING:
            self.note_gap()
            return
        self._size += len(changes.items)
        if self._size > MOST_WAITING:
            self.interrupt(ReaderTooSlow())
        else:
            self._push(changes)

    def note_gap(self) -> None:
        """Changes may have been missed: they have to be read from the log."""
        if not self._waiting or self._waiting[-1] is not None:
            self._push(None)

    def interrupt(self, fault: Exception) -> None:
        self._fault = fault
        self._waiting.clear()
        self._filled.set()

    async def next(self) -> Changes | None:
        """The changes that come next, or ``None`` for a gap. Raises the fault."""
        while not self._waiting:
            if self._fault is not None:
                raise self._fault
            self._filled.clear()
            self._has_taken_all = True
            await self._filled.wait()
            self._has_taken_all = False
        changes = self._waiting.popleft()
        self._size -= len(changes.items) if changes else 0
        return changes

    def _push(self, changes: Changes | None) -> None:
        if self._fault is None:
            self._waiting.append(changes)
            self._filled.set()


class Readers:
    def __init__(self) -> None:
        self._by_user: dict[UUID, set[Reader]] = defaultdict(set)
        self.present = asyncio.Event()
        """Set while there is one."""

    @property
    def users(self) -> frozenset[UUID]:
        return frozenset(self._by_user)

    @contextmanager
    def hold(self, reader: Reader) -> Iterator[None]:
        self._by_user[reader.user_id].add(reader)
        self.present.set()
        try:
            yield
        finally:
            self._by_user[reader.user_id].remove(reader)
            if not self._by_user[reader.user_id]:
                del self._by_user[reader.user_id]
            if not self._by_user:
                self.present.clear()

    def distribute(self, changes: Changes, asked_for: frozenset[UUID]) -> None:
        """Offer each reader what it may see; who came after the users were ``asked_for``, a gap."""
        by_user: dict[UUID, list[LoggedChange]] = defaultdict(list)
        for change in changes.items:
            by_user[change.audience_id].append(change)
        for user_id, items in by_user.items():
            for reader in self._by_user.get(user_id, ()):
                reader.offer(Changes(changes.now, items))
        for user_id in self.users - asked_for:
            for reader in self._by_user[user_id]:
                reader.note_gap()

    def interrupt(self, fault: Exception) -> None:
        for readers in self._by_user.values():
            for reader in readers:
                reader.interrupt(fault)
