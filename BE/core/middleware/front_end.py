from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from BE.core.http.followed_front_end import FollowedFrontEnd
from BE.core.http.front_end import FrontEnd
from BE.core.http.paths import is_page
from BE.core.http.raw_headers import add_headers, raw

_NOT_STORED = raw({"Cache-Control": "no-store"})


class FrontEndMiddleware:
    """Answers with the front end's pages and files; all else is answered as without a front end.

    They are sent from memory and count towards no limit: loading a page must lock no one out.
    """

    def __init__(self, app: ASGIApp, *, front_end: FrontEnd | FollowedFrontEnd) -> None:
        self._app = app
        self._front_end = front_end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or not is_page(scope["path"]):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        file = self._front_end.find(request)
        if file is not None:
            await file.answer(request)(scope, receive, send)
            return

        async def send_unstored(message: Message) -> None:
            # A cache would give browsers the 404 of a client without HTML, and everyone that of an
            # asset which only the next release has.
            if message["type"] == "http.response.start":
                add_headers(message, _NOT_STORED)
            await send(message)

        await self._app(scope, receive, send_unstored)
