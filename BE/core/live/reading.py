"""One reader's progress through the log."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterator
from dataclasses import replace

from BE.core.live.change_log import ChangeLog, Changes, LoggedChange
from BE.core.live.position import Position
from BE.core.live.readers import Reader

_PAGE = 256


class Reading:
    """Hands out changes; ``position`` is the one after the last of them.

    A ``regrouping`` change means that the reader belongs to other groups. Changes read together
    with it are read again after ``regroup``, as the new groups see them.
    """

    def __init__(
        self,
        log: ChangeLog,
        reader: Reader,
        position: Position,
        *,
        regrouping: Collection[str],
        regroup: Callable[[], Awaitable[None]],
    ) -> None:
        self._log = log
        self._reader = reader
        self.position = position
        self._regrouping = regrouping
        self._regroup = regroup

    async def catch_up(self) -> AsyncGenerator[LoggedChange]:
        """The changes in the log after the position, up to its end."""
        is_at_end = False
        while not is_at_end:
            began = self.position
            page = await self._page(began)
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

    async def _page(self, began: Position) -> Changes:
        followed: set[int] = set()
        while True:
            page = await self._log.page(began, self._reader.audiences, limit=_PAGE)
            regroupings = {change.id for change in page.items if change.name in self._regrouping}
            if regroupings <= followed:
                return page
            followed |= regroupings
            await self._regroup()

    def regroups(self, changes: Changes) -> bool:
        """Whether one of these is regrouping: :meth:`catch_up` then hands them out."""
        return any(change.name in self._regrouping for change in changes.items)

    def take(self, changes: Changes) -> Iterator[LoggedChange]:
        """Those of the changes that the position has not seen."""
        began = self.position
        unseen = [change for change in changes.items if not began.seen.sees(change.xid)]
        for number, change in enumerate(unseen, start=1):
            is_last = number == len(unseen)
            end = changes.now
            self.position = end if is_last else began.within(end.seen, change.id)
            yield change
