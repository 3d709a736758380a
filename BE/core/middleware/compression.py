import asyncio
import gzip

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from BE.core.http.accepted import accepted_by, weight_of
from BE.core.http.raw_headers import add_headers, raw

_MIN_SIZE = 1024
_LEVEL = 5  # level 9 takes three times as long for a hundredth less
_SIZE_FOR_THREAD = 128 * 1024
_TEXT = (b"application/json", b"text/")
_VARY = raw({"Vary": "Accept-Encoding"})


class CompressionMiddleware:
    """Compresses text of 1 KiB or more with gzip, if the client accepts it.

    Starlette's middleware costs each request 15 µs, however small its answer, and treats
    ``gzip;q=0`` as acceptance. Streamed answers are not compressed.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start: Message | None = None

        async def send_compressed(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message  # its headers depend on the body
                return
            if start is not None:
                if len(message.get("body", b"")) >= _MIN_SIZE and not message.get("more_body"):
                    message = await _compressed(scope, start, message)
                await send(start)
                start = None
            await send(message)

        await self._app(scope, receive, send_compressed)


async def _compressed(scope: Scope, start: Message, message: Message) -> Message:
    """The message of the body, compressed if that is allowed; changes the headers of ``start``."""
    headers = dict(start["headers"])
    is_text = headers.get(b"content-type", b"").startswith(_TEXT)
    has_chosen = b"content-encoding" in headers or b"Accept-Encoding" in headers.get(b"vary", b"")
    if not is_text or has_chosen:
        return message
    add_headers(start, _VARY)
    if not weight_of("gzip", accepted_by(scope, b"accept-encoding")) > 0:
        return message
    body: bytes = message["body"]
    if len(body) < _SIZE_FOR_THREAD:
        body = gzip.compress(body, _LEVEL, mtime=0)
    else:
        body = await asyncio.to_thread(gzip.compress, body, _LEVEL, mtime=0)
    changed = MutableHeaders(raw=start["headers"])
    changed["Content-Encoding"] = "gzip"
    changed["Content-Length"] = str(len(body))
    return {**message, "body": body}
