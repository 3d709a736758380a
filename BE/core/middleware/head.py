from starlette.types import ASGIApp, Message, Receive, Scope, Send

from BE.core.http.streaming import WITHOUT_BODY


class HeadMiddleware:
    """Answers HEAD as GET without its body (RFC 9110 §9.3.2), where a route declares only GET."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            scope["route"] = as_get.get("route")  # for traces, and below for the log
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        as_get = {**scope, "method": "GET", WITHOUT_BODY: True}
        try:
            await self._app(as_get, receive, send_head)
        finally:
            scope["route"] = as_get.get("route")
