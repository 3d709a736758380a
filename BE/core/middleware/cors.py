from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.status import HTTP_200_OK
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from BE.core.http.errors import ErrorAnswer
from BE.core.http.raw_headers import add_headers, header_of, raw

_VARY = raw({"Vary": "Origin"})
_PREFLIGHT_MAX_AGE = 86_400  # seconds; browsers shorten it to what they allow
_REFUSED = ErrorAnswer(
    400, "BAD_REQUEST", "Cross-origin request refused", headers={"Vary": "Origin"}
)


class SpaCorsMiddleware(CORSMiddleware):
    """CORS for a single-page application that sends cookies and reads our headers."""

    def __init__(self, app: ASGIApp, *, origins: tuple[str, ...]) -> None:
        super().__init__(
            app,
            allow_origins=origins,
            allow_credentials=True,
            allow_methods=["GET", "POST", "PATCH", "DELETE"],
            allow_headers=[
                "Authorization",
                "Content-Type",
                "Idempotency-Key",
                "If-Match",
                "If-None-Match",
                "Last-Event-ID",
                "X-Request-ID",
                # added by tracing in the browser: W3C's headers, and Sentry's
                "baggage",
                "sentry-trace",
                "traceparent",
                "tracestate",
            ],
            expose_headers=[
                "Content-Disposition",
                "ETag",
                "Idempotency-Replayed",
                "Location",
                "Retry-After",
                "X-Request-ID",
            ],
            max_age=_PREFLIGHT_MAX_AGE,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or header_of(scope, b"origin"):
            await super().__call__(scope, receive, send)
            return

        async def send_varied(message: Message) -> None:
            if message["type"] == "http.response.start":
                add_headers(message, _VARY)
            await send(message)

        await self.app(scope, receive, send_varied)

    def preflight_response(self, request_headers: Headers) -> Response:
        response = super().preflight_response(request_headers)
        if response.status_code == HTTP_200_OK:
            return response
        return _REFUSED.to_response()
