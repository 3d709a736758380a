"""Reads a request that asks for another protocol as if it did not (RFC 9110 §7.8).

Only a request that becomes a WebSocket is left to its receiver.
"""

from collections.abc import Sequence
from typing import Any

import httptools

_OF_UPGRADE = frozenset({b"upgrade", b"http2-settings"})


class PlainParser:
    """Httptools' parser, which stops after the head of a request with ``Upgrade``.

    From such a head the receiver makes a plain one by :func:`plain_head`. A new parser reads that
    instead, and goes on with the rest.
    """

    def __init__(self, receiver: Any) -> None:
        """``receiver`` has uvicorn's callbacks, ``take_plain_head()`` and ``hand_over(rest)``."""
        self._receiver = receiver
        self._renew()

    def _renew(self) -> None:
        parser = self._parser = httptools.HttpRequestParser(self._receiver)
        parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn does
        self.get_http_version = parser.get_http_version
        self.get_method = parser.get_method
        self.should_keep_alive = parser.should_keep_alive
        self.should_upgrade = parser.should_upgrade

    def feed_data(self, data: bytes) -> None:
        """Raises what httptools raises, except :class:`httptools.HttpParserUpgrade`."""
        while True:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                rest = data[upgrade.args[0] :]
                if self._receiver.hand_over(rest):
                    return
                self._renew()
                data = self._receiver.take_plain_head() + rest
            else:
                return


def plain_head(
    method: bytes, target: bytes, http_version: str, headers: Sequence[tuple[bytes, bytes]]
) -> bytes:
    """The head without its request for another protocol. Names are in lower case."""
    lines = [b"%s %s HTTP/%s" % (method, target, http_version.encode())]
    for name, value in headers:
        if name == b"connection":
            options = [option.strip() for option in value.split(b",")]
            value = b", ".join(  # noqa: PLW2901 - the same header
                option for option in options if option.lower() not in _OF_UPGRADE
            )
        if name not in _OF_UPGRADE:
            lines.append(b"%s: %s" % (name, value))
    return b"\r\n".join([*lines, b"", b""])
