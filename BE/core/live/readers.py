"""The readers of the feed in this process, and their pending changes."""

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
        self.audiences = frozenset({user_id})
        """Whose changes it sees."""
        self._waiting: deque[Changes | None] = deque()
        self._size = 0
        self._filled = asyncio.Event()
        self._fault: Exception | None = None
        self._has_taken_all = False

    def offer(self, changes: Changes) -> None:
        """Queue ``changes``, or cut the reader off if too many wait.

        A reader with an empty queue is not to blame for a large commit: it reads it from the log.
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
        """The next changes, or ``None`` for a gap. Raises the fault."""
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
        self._by_audience: dict[UUID, set[Reader]] = defaultdict(set)
        self._present: set[Reader] = set()
        self.present = asyncio.Event()
        """Set while there is one."""

    @property
    def audiences(self) -> frozenset[UUID]:
        return frozenset(self._by_audience)

    @contextmanager
    def hold(self, reader: Reader) -> Iterator[None]:
        self._present.add(reader)
        self._enter(reader)
        self.present.set()
        try:
            yield
        finally:
            self._leave(reader)
            self._present.remove(reader)
            if not self._present:
                self.present.clear()

    def regroup(self, reader: Reader, audiences: frozenset[UUID]) -> None:
        """Show the reader the changes for these, from the next distribution on."""
        self._leave(reader)
        reader.audiences = audiences
        self._enter(reader)

    def distribute(self, changes: Changes, queried: frozenset[UUID]) -> None:
        """Offer each reader its changes; a gap if its audiences were not all ``queried``."""
        offers: dict[Reader, list[LoggedChange]] = defaultdict(list)
        for change in changes.items:
            for reader in self._by_audience.get(change.audience_id, ()):
                offers[reader].append(change)
        for reader, items in offers.items():
            reader.offer(Changes(changes.now, items))
        missed = {
            reader
            for audience in self.audiences - queried
            for reader in self._by_audience[audience]
        }
        for reader in missed:
            reader.note_gap()

    def interrupt(self, fault: Exception) -> None:
        for reader in self._present:
            reader.interrupt(fault)

    def _enter(self, reader: Reader) -> None:
        for audience in reader.audiences:
            self._by_audience[audience].add(reader)

    def _leave(self, reader: Reader) -> None:
        for audience in reader.audiences:
            self._by_audience[audience].remove(reader)
            if not self._by_audience[audience]:
                del self._by_audience[audience]
