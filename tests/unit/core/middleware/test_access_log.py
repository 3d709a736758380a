"""What the access log reports about a request."""

import contextlib
from typing import Any
from uuid import UUID

import pytest
from starlette.types import Message, Receive, Scope, Send
from structlog.testing import CapturingLogger

from BE.core.context import RequestContext, current_request, enter_request
from BE.core.exceptions import RateLimitedError
from BE.core.middleware.access_log import AccessLogMiddleware
from BE.core.middleware.errors import note_refusal

ADA = UUID(int=1)


class Route:
    path = "/notes/{note_id}"


async def answer(scope: Scope, _: Receive, send: Send) -> None:
    scope["route"] = Route()
    request = current_request()
    assert request is not None
    request.actor_id = ADA
    await send({"type": "http.response.start", "status": 201, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def refuse(_: Scope, __: Receive, send: Send) -> None:
    request = current_request()
    assert request is not None
    request.client_ip, request.email_digest = "203.0.113.9", "k1:0123"
    note_refusal(RateLimitedError(retry_after=1))
    await send({"type": "http.response.start", "status": 429, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def fail(*_: Any) -> None:
    raise ValueError


async def send_request(app: Any, path: str = "/notes/1") -> tuple[list[Any], list[Any]]:
    """Send a request; return the log calls, and the observed figures."""
    logger, observed = CapturingLogger(), list[Any]()

    async def send(_: Message) -> None:
        pass

    async def receive() -> Message:
        return {}

    enter_request(RequestContext("req-1"))
    middleware = AccessLogMiddleware(
        app, log=logger, observers=[lambda *figures: observed.append(figures)]
    )
    with contextlib.suppress(ValueError):
        await middleware({"type": "http", "method": "GET", "path": path}, receive, send)
    return logger.calls, observed


async def test_a_refusal_is_logged_with_address_and_email_digest() -> None:
    [call], _ = await send_request(refuse)

    assert call.kwargs["code"] == "RATE_LIMITED"
    assert call.kwargs["client_ip"] == "203.0.113.9"
    assert call.kwargs["email_digest"] == "k1:0123"


async def test_one_line_reports_a_request() -> None:
    [call], [(route, method, status, seconds)] = await send_request(answer)

    assert call.method_name == "log"
    assert call.args == (20, "request")
    assert call.kwargs.pop("duration_ms") >= 0
    assert call.kwargs == {
        "method": "GET",
        "route": "/notes/{note_id}",
        "status": 201,
        "user_id": str(ADA),
    }
    assert (route, method, status) == ("/notes/{note_id}", "GET", 201)
    assert seconds >= 0


@pytest.mark.parametrize("path", ["/health/ready", "/metrics"])
async def test_a_probe_is_logged_at_debug_level(path: str) -> None:
    [call], _ = await send_request(answer, path)

    assert call.args == (10, "request")


async def test_a_request_without_an_answer_is_logged() -> None:
    [call], [(route, *_)] = await send_request(fail)

    assert call.kwargs["status"] == 0
    assert (call.kwargs["route"], route) == (None, None)
