from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.status import HTTP_200_OK
from starlette.types import ASGIApp

from BE.core.responses import Json, error_body


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
                "X-Request-ID",
            ],
            expose_headers=[
                "ETag",
                "Idempotency-Replayed",
                "Location",
                "Retry-After",
                "X-Request-ID",
            ],
        )

    def preflight_response(self, request_headers: Headers) -> Response:
        response = super().preflight_response(request_headers)
        if response.status_code == HTTP_200_OK:
            return response
        body = error_body(400, "BAD_REQUEST", "Cross-origin request refused")
        return Json(body, status_code=400, headers={"Vary": "Origin"})
