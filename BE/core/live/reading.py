"""One reader's way through the log."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from uuid import UUID

from BE.core.live.change_log import ChangeLog, Changes, LoggedChange
from BE.core.live.position import Position

_PAGE = 256


class Reading:
    """Hands out changes; ``position`` is the one after the last of them."""

    def __init__(self, log: ChangeLog, user_id: UUID, position: Position) -> None:
        self._log = log
        self._user_id = user_id
        self.position = position

    async def catch_up(self) -> AsyncIterator[LoggedChange]:
        """What the log has after the position, up to its end."""
        is_at_end = False
        while not is_at_end:
            began = self.position
            page = await self._log.page(began, self._user_id, limit=_PAGE)
            until = began.until or page.now.seen
            is_at_end = began.until is None and len(page.items) < _PAGE
            is_whole = len(page.items) < _PAGE
            end = page.now if is_at_end else replace(began, seen=until, until=None, last=0)
            for number, change in enumerate(page.items, start=1):
                is_last = is_whole and number == len(page.items)
                self.position = end if is_last else began.within(until, change.id)
                yield change
            if is_whole:
                self.position = end

    def take(self, changes: Changes) -> Iterator[LoggedChange]:
        """What of these the position has not seen."""
        began = self.position
        unseen = [change for change in changes.items if not began.seen.sees(change.xid)]
        for number, change in enumerate(unseen, start=1):
            is_last = number == len(unseen)
            end = changes.now
            self.position = end if is_last else began.within(end.seen, change.id)
            yield change
