"""The changes over a WebSocket, whose first message brings the token."""

import asyncio
from contextlib import aclosing

import orjson
from fastapi import Request
from pydantic import BaseModel, ConfigDict, ValidationError

from BE.core.context import current_request
from BE.core.exceptions import ForbiddenError, RateLimitedError, UnauthorizedError, UnavailableError
from BE.core.http.web_sockets import WebSocket, WebSocketClosed
from BE.core.live.messages import LiveMessage
from BE.core.live.stream import End, Stream
from BE.core.live.streams import LiveStreams
from BE.core.security.bearer_tokens import BearerTokens
from BE.core.security.principals import Principal
from BE.core.security.sessions import SessionCheck, require_live

SUBPROTOCOL = "bounded.v1"

_TOKEN_WITHIN = 5.0
_UNAUTHORIZED, _FORBIDDEN, _TOO_MANY, _UNAVAILABLE = 4401, 4403, 4429, 1013


class FirstMessage(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    token: str
    since: str | None = None


class Conversations:
    def __init__(self, streams: LiveStreams, tokens: BearerTokens, sessions: SessionCheck) -> None:
        self._streams = streams
        self._tokens = tokens
        self._sessions = sessions

    async def hold(self, socket: WebSocket, request: Request) -> None:
        """Send changes until the stream ends. Raises :class:`WebSocketClosed`."""
        try:
            async with asyncio.timeout(_TOKEN_WITHIN):
                first = FirstMessage.model_validate_json(await socket.receive())
            reader = await self._identify(first.token)
            async with self._streams.open(
                reader,
                first.since,
                expires_at=self._tokens.expires_at(first.token),
                transport="websocket",
            ) as stream:
                stream.attach(request.scope)
                await self._send_all(socket, stream)
        except (TimeoutError, ValidationError):
            await socket.close(_UNAUTHORIZED, 'The first message must be {"token": "…"}')
        except UnauthorizedError as error:
            await socket.close(_UNAUTHORIZED, error.message)
        except ForbiddenError as error:
            await socket.close(_FORBIDDEN, error.message)
        except RateLimitedError as error:
            await socket.close(_TOO_MANY, error.message)
        except UnavailableError as error:
            await socket.close(_UNAVAILABLE, error.message)

    async def _identify(self, token: str) -> Principal:
        """Raises the error that refuses a token."""
        principal = await self._tokens.verify(token)
        await require_live(self._sessions, principal)
        request = current_request()
        if request is not None:
            request.act_for(principal.user_id, principal.api_key_id)
        return principal

    async def _send_all(self, socket: WebSocket, stream: Stream) -> None:
        listening = asyncio.create_task(_end_with(socket, stream))
        try:
            async with aclosing(self._streams.messages(stream)) as messages:
                async for message in messages:
                    if message is not None:
                        await socket.send(_text(message))
        finally:
            listening.cancel()
            await asyncio.wait([listening])
        code, reason = (stream.ended_for or End.GONE).value
        await socket.close(code, reason)


async def _end_with(socket: WebSocket, stream: Stream) -> None:
    """End the stream when its client sends anything more, or disconnects."""
    try:
        await socket.receive()
    except WebSocketClosed:
        stream.end(End.GONE)
    else:
        stream.end(End.UNEXPECTED)


def _text(message: LiveMessage) -> str:
    data = orjson.Fragment(message.data)
    return orjson.dumps({"event": message.event, "id": message.id, "data": data}).decode()
