"""Server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html."""

import random
from contextlib import AbstractAsyncContextManager, aclosing
from typing import Any

from fastapi.responses import StreamingResponse
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from starlette.types import Receive, Scope, Send

from BE.core.http.streaming import WITHOUT_BODY
from BE.core.live.messages import LiveMessage
from BE.core.live.stream import Stream
from BE.core.live.streams import LiveStreams

_BEAT = 15.0
_RETRY_MILLISECONDS = (500, 5000)
_HEADERS = {
    "Cache-Control": "no-cache, no-transform",
    "Connection": "close",  # a client that reconnects may be sent to another process
    "X-Accel-Buffering": "no",
}


class EventStream(StreamingResponse):
    """Sends the messages of a stream until it ends, and then when to reconnect.

    FastAPI's own would open the stream only after the answer's head, when nothing can be refused
    any more, and would end it without a message.
    """

    media_type = "text/event-stream"

    def __init__(self, streams: LiveStreams, opening: AbstractAsyncContextManager[Stream]) -> None:
        super().__init__((), headers=_HEADERS)
        self._streams = streams
        self._opening = opening

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        start = {
            "type": "http.response.start",
            "status": self.status_code,
            "headers": self.raw_headers,
        }
        if WITHOUT_BODY in scope:
            await send(start)
            await send(_body(b"", more=False))
            return
        async with self._opening as stream:
            stream.attach(scope)
            await send(start)
            async with aclosing(self._streams.messages(stream, beat=_BEAT)) as messages:
                async for message in messages:
                    await send(_body(KEEPALIVE_COMMENT if message is None else _event(message)))
            await send(_body(format_sse_event(retry=random.randint(*_RETRY_MILLISECONDS))))  # noqa: S311 - no secret
            await send(_body(b"", more=False))


def _event(message: LiveMessage) -> bytes:
    return format_sse_event(data_str=message.data.decode(), event=message.event, id=message.id)


def _body(content: bytes, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.response.body", "body": content, "more_body": more}
