import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from BE.core.exceptions import DeadlineExceededError, SlowRequestError
from BE.core.http.streaming import DEADLINE


class TimeoutMiddleware:
    """Cancels a request that takes too long, so that its transaction is rolled back.

    A stream prolongs it while its client takes what is sent. Raises :class:`SlowRequestError` while
    the client was still sending, else :class:`DeadlineExceededError`.
    """

    def __init__(self, app: ASGIApp, *, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        receiving = False

        async def noting_receive() -> Message:
            nonlocal receiving
            receiving = True
            message = await receive()
            receiving = False
            return message

        try:
            async with asyncio.timeout(self._seconds) as deadline:
                scope[DEADLINE] = deadline
                await self._app(scope, noting_receive, send)
        except TimeoutError as error:
            if not deadline.expired():
                raise
            if receiving:
                raise SlowRequestError from error
            raise DeadlineExceededError from error
