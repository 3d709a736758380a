"""Which requests become a WebSocket: handshakes of RFC 6455, for the paths that have one."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from BE.core.middleware.root_path import without_prefix

type Headers = Sequence[tuple[bytes, bytes]]

_KEY = re.compile(rb"[A-Za-z0-9+/]{22}==")  # 16 bytes
_VERSION = b"13"
_OF_BODIES = {b"content-length", b"transfer-encoding"}


@dataclass(frozen=True, slots=True)
class Handshakes:
    paths: frozenset[str]
    root_path: str = ""

    def key_of(self, method: bytes, target: bytes, headers: Headers) -> bytes | None:
        """The key of a handshake; ``None`` for any other request. Names are in lower case."""
        path = target.partition(b"?")[0].decode("latin-1")
        if method != b"GET" or without_prefix(path, self.root_path) not in self.paths:
            return None
        sent = dict(headers)
        if len(sent) < len(headers) and _is_repeated(headers):
            return None
        asks = (
            sent.get(b"upgrade", b"").strip().lower() == b"websocket"
            and sent.get(b"sec-websocket-version") == _VERSION
            and b"upgrade" in _options(value for name, value in headers if name == b"connection")
            and not _OF_BODIES & sent.keys()
        )
        key = sent.get(b"sec-websocket-key", b"")
        return key if asks and _KEY.fullmatch(key) else None


def _options(values: Iterable[bytes]) -> set[bytes]:
    return {option.strip().lower() for option in b",".join(values).split(b",")}


def _is_repeated(headers: Headers) -> bool:
    """Whether a header that must be unique comes twice: a proxy could read the other one."""
    names = [name for name, _ in headers]
    single = (b"upgrade", b"sec-websocket-key", b"sec-websocket-version")
    return any(names.count(name) > 1 for name in single)
