"""Rules for the head of a request, beyond those of the parser."""

import re
from collections.abc import Sequence

type Headers = Sequence[tuple[bytes, bytes]]

_VERSIONS = {"1.0", "1.1"}
# Of two, a proxy may read one and the application the other.
_SINGLE = frozenset(
    {
        b"authorization",
        b"content-length",
        b"content-type",
        b"host",
        b"idempotency-key",
        b"origin",
        b"sec-fetch-site",
        b"transfer-encoding",
    }
)
_HOST = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(:[0-9]{0,5})?")


# A target in absolute form, with the part that corresponds to a Host header.
_ABSOLUTE = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)")


def fault_of_head(http_version: str, target: bytes, headers: Headers) -> str | None:
    """The fault of a head, as a sentence; ``None`` if it may be served.

    Names are in lower case. The rules are those of RFC 9112 §3.2 (target and ``Host``) and §6
    (``Transfer-Encoding``), and RFC 9110 §5.3 (fields that must not repeat).
    """
    if http_version not in _VERSIONS:
        return "The request's version of HTTP is not spoken here, 1.1 is"
    seen: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in _SINGLE:
            if name in seen:
                return f"The request has more than one {name.decode().title()} header"
            seen[name] = value
    is_old = http_version == "1.0"
    fault = _fault_of_target(target, seen.get(b"host"), needs_host=not is_old)
    return fault or _fault_of_coding(seen.get(b"transfer-encoding"), chunks=not is_old)


def _fault_of_target(target: bytes, host: bytes | None, *, needs_host: bool) -> str | None:
    if b"#" in target:
        return "The request's target has a fragment"
    if host is None:
        return "The request has no Host header" if needs_host else None
    if not _HOST.fullmatch(host):
        return "The request's Host header is not a host"
    if not target.startswith(b"/"):
        absolute = _ABSOLUTE.match(target)
        if absolute and absolute[1].lower() != host.lower():
            return "The request's target and its Host header name two hosts"
    return None


def _fault_of_coding(coding: bytes | None, *, chunks: bool) -> str | None:
    if coding is not None and (coding.lower() != b"chunked" or not chunks):
        return "The request's Transfer-Encoding is not supported, only chunked is"
    return None
