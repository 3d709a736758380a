"""Refuses what a full process has no room for, before it costs what a request costs."""

from collections.abc import Sequence

import orjson

from BE.core.http.responses import error_body
from BE.core.http.routes import is_probe
from BE.core.limits.overload import Overloaded, retry_after
from BE.core.middleware.admission import Admission
from BE.core.middleware.headers import security_headers
from BE.core.middleware.request_context import request_id_of
from BE.core.server.refusals import Refusals

_WITHOUT_BODY = frozenset({b"GET", b"HEAD"})

type Headers = Sequence[tuple[bytes, bytes]]


class Shedding:
    """The answer is 503 as the application would give it."""

    def __init__(
        self,
        admission: Admission,
        refusals: Refusals,
        *,
        cors_origins: tuple[str, ...],
        https_only: bool,
    ) -> None:
        self._admission = admission
        self._refusals = refusals
        self._origins = frozenset(origin.encode() for origin in cors_origins)
        headers = {"Content-Type": "application/json", **security_headers(https_only=https_only)}
        fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._head = f"HTTP/1.1 503 Service Unavailable\r\n{fields}".encode()
        self._body = error_body(Overloaded.status, Overloaded.code, Overloaded.__doc__ or "")

    def delay(self) -> float:
        """For how many seconds to hold the answer that is about to be sent."""
        return self._admission.refusal_delay()

    def answer(
        self, method: bytes, path: bytes, headers: Headers, *, requests: int
    ) -> bytes | None:
        """What to send instead of serving; ``None`` where there is room.

        ``requests`` are those that are in this process. Only GET and HEAD are refused here: the
        body of another would still have to be read.
        """
        if method not in _WITHOUT_BODY:
            return None
        if self._admission.has_room(requests) or is_probe(path.partition(b"?")[0].decode("latin1")):
            return None
        self._refusals.by_load(Overloaded.status)
        sent = dict(headers)
        request_id = request_id_of(sent.get(b"x-request-id", b"").decode("latin1"))
        body = orjson.dumps(self._body | {"request_id": request_id})
        return b"".join(
            [
                self._head,
                b"retry-after: %d\r\n" % retry_after(),
                b"x-request-id: %s\r\n" % request_id.encode(),
                self._cors(sent.get(b"origin")),
                b"content-length: %d\r\n\r\n" % len(body),
                body if method == b"GET" else b"",
            ]
        )

    def _cors(self, origin: bytes | None) -> bytes:
        if origin is None or not self._origins & {origin, b"*"}:
            return b""
        return (
            b"access-control-allow-origin: %s\r\naccess-control-allow-credentials: true\r\n"
            b"access-control-expose-headers: Retry-After, X-Request-ID\r\nvary: Origin\r\n"
        ) % origin
