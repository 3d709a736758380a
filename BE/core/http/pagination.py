"""Keyset pages: a cursor names the row before the next page, so that inserts shift nothing."""

import hmac
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import orjson
from pydantic import Field

from BE.core.exceptions import InvalidInputError
from BE.core.security.base64url import decode, encode
from BE.core.security.keys import Key, KeyRing
from BE.core.types import RequestSchema, ResponseSchema, record

_MAC_BYTES = 16
_CURSOR_MAX_LENGTH = 2048  # a sorted title of 200 control characters, each escaped


@record
class Page[Item]:
    items: list[Item]
    next_cursor: str | None

    def rendered[Response](self, render: Callable[[Item], Response]) -> "Page[Response]":
        return Page([render(item) for item in self.items], self.next_cursor)


class PageResponse[Item](ResponseSchema):
    """Subclass it to name the schema: ``TaskPage(PageResponse[TaskResponse])``."""

    items: list[Item]
    next_cursor: str | None


class PageQuery(RequestSchema):
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: Annotated[str, Field(max_length=_CURSOR_MAX_LENGTH)] | None = None


class InvalidCursor(InvalidInputError):
    """This cursor was altered or belongs to another list"""

    def __init__(self) -> None:
        super().__init__(details=[self.at("query.cursor", "cursor")])


class Cursors:
    """Seals the position in a list, so that a client can return to it but not forge one."""

    def __init__(self, keys: KeyRing) -> None:
        self._signing = _keyed(keys.signing)
        self._verifying = [_keyed(key) for key in keys]

    def page[Item](
        self, scope: str, rows: list[Item], limit: int, position: Callable[[Item], Sequence[Any]]
    ) -> Page[Item]:
        """Cut a page of ``limit`` from up to ``limit + 1`` rows.

        A further row shows that there is a next page: its cursor seals the ``position`` of this
        page's last row. See :meth:`seal` for ``scope``.
        """
        items = rows[:limit]
        has_next = len(rows) > limit
        return Page(items, self.seal(scope, position(items[-1])) if has_next else None)

    def seal(self, scope: str, position: Sequence[Any]) -> str:
        """``scope`` identifies the list: of what, of whom, in which order, with which filter."""
        payload = orjson.dumps(position, default=str)
        mac = _mac(self._signing, scope, payload)
        return encode(mac + payload)

    def open(self, scope: str, cursor: str) -> list[Any]:
        """The position that was sealed for ``scope``. Raises :class:`InvalidCursor`."""
        raw = decode(cursor)
        if raw is None:
            raise InvalidCursor
        mac, payload = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if not any(hmac.compare_digest(_mac(key, scope, payload), mac) for key in self._verifying):
            raise InvalidCursor
        position: list[Any] = orjson.loads(payload)
        return position


def _keyed(key: Key) -> hmac.HMAC:
    return hmac.new(key.derive("cursor"), digestmod="sha256")


def _mac(keyed: hmac.HMAC, scope: str, payload: bytes) -> bytes:
    mac = keyed.copy()  # OpenSSL takes longer to prepare a key than to hash a position
    mac.update(scope.encode() + b"\x00" + payload)
    return mac.digest()[:_MAC_BYTES]
