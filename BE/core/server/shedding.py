"""Load shedding: a full process refuses a request before the request costs anything."""

from collections.abc import Sequence

from BE.core.http.errors import ErrorAnswer
from BE.core.http.paths import is_probe
from BE.core.limits.overload import Overloaded, retry_after
from BE.core.middleware.admission import Admission
from BE.core.middleware.request_context import request_id_of
from BE.core.middleware.root_path import without_prefix
from BE.core.server.raw_errors import RawErrors
from BE.core.server.refusals import Refusals

_WITHOUT_BODY = frozenset({b"GET", b"HEAD"})
_OVERLOADED = ErrorAnswer(Overloaded.status, Overloaded.code, Overloaded.__doc__ or "")

type Headers = Sequence[tuple[bytes, bytes]]


class Shedding:
    """Answers 503 as the application would."""

    def __init__(
        self,
        admission: Admission,
        refusals: Refusals,
        errors: RawErrors,
        *,
        cors_origins: tuple[str, ...],
        root_path: str = "",
    ) -> None:
        self._root_path = root_path
        self._admission = admission
        self._refusals = refusals
        self._origins = frozenset(origin.encode() for origin in cors_origins)
        self._errors = errors

    def delay(self) -> float:
        """Seconds for which to hold the next answer."""
        return self._admission.refusal_delay()

    def answer(
        self, method: bytes, path: bytes, headers: Headers, *, requests: int
    ) -> bytes | None:
        """The answer to send instead of serving; ``None`` if there is room.

        ``requests`` are already in this process. Only GET and HEAD are refused here: the body of
        another method would still have to be read.
        """
        if method not in _WITHOUT_BODY:
            return None
        if self._admission.has_room(requests) or self._is_probe(path):
            return None
        self._refusals.report_by_load(Overloaded.status)
        sent = dict(headers)
        request_id = request_id_of(sent.get(b"x-request-id", b"").decode("latin1"))
        return self._errors.to_bytes(
            _OVERLOADED,
            request_id=request_id,
            headers=b"Retry-After: %d\r\n%s" % (retry_after(), self._cors(sent.get(b"origin"))),
            has_body=method == b"GET",
        )

    def _is_probe(self, target: bytes) -> bool:
        path = target.partition(b"?")[0].decode("latin1")
        return is_probe(without_prefix(path, self._root_path))

    def _cors(self, origin: bytes | None) -> bytes:
        if origin is None or not self._origins & {origin, b"*"}:
            return b""
        return (
            b"access-control-allow-origin: %s\r\naccess-control-allow-credentials: true\r\n"
            b"access-control-expose-headers: Retry-After, X-Request-ID\r\nvary: Origin\r\n"
        ) % origin
