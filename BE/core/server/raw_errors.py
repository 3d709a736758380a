"""Errors that the server answers itself, before the application receives the request."""

from functools import cache
from http import HTTPStatus

from BE.core.http.errors import ErrorAnswer
from BE.core.http.security_headers import security_headers


class RawErrors:
    """Writes an error in HTTP/1.1's wire format, with the headers of every answer."""

    def __init__(self, *, https_only: bool) -> None:
        headers = {"Content-Type": "application/json", **security_headers(https_only=https_only)}
        self._headers = "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode()

    def to_bytes(
        self, error: ErrorAnswer, *, request_id: str, headers: bytes = b"", has_body: bool = True
    ) -> bytes:
        """``headers`` are whole lines. Without a body, the length is still that of the body."""
        body = error.to_json(request_id)
        return b"".join(
            [
                _status_line(error.status),
                self._headers,
                headers,
                b"X-Request-ID: %s\r\n" % request_id.encode(),
                b"Content-Length: %d\r\n\r\n" % len(body),
                body if has_body else b"",
            ]
        )


@cache
def _status_line(status: int) -> bytes:
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode()
