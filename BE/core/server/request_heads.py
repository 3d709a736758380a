"""What a request's head must be, beyond what the parser checks."""

import re
from collections.abc import Sequence

type Headers = Sequence[tuple[bytes, bytes]]

_VERSIONS = {"1.0", "1.1"}
# Two of these would be read differently by two readers: a proxy one, the application the other.
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


def fault_of_head(http_version: str, headers: Headers) -> str | None:
    """One sentence on what is wrong with a head; ``None`` for a head to be served.

    Names are in lower case. The rules are those of RFC 9112 §3.2 (``Host``) and §6
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
    host = seen.get(b"host")
    if host is None:
        if http_version != "1.0":
            return "The request has no Host header"
    elif not _HOST.fullmatch(host):
        return "The request's Host header is not a host"
    coding = seen.get(b"transfer-encoding")
    if coding is not None and (coding.lower() != b"chunked" or http_version == "1.0"):
        return "The request's Transfer-Encoding is not supported, only chunked is"
    return None
