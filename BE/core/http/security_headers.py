"""The headers that every answer carries: those of OWASP's REST cheat sheet."""

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
_HSTS = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}


def security_headers(*, https_only: bool) -> dict[str, str]:
    return _HEADERS | _HSTS if https_only else _HEADERS
