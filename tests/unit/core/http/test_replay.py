"""A request is retried once after a transaction conflict, unless it has committed something."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from BE.core.context import current_request
from BE.core.exceptions import ConflictError, DomainError, TransactionConflictError
from BE.core.http.access import PUBLIC
from BE.core.http.paths import API
from BE.core.http.responses import Json
from BE.core.http.routes import module_router
from BE.core.middleware.errors import install_error_handlers
from BE.core.middleware.request_context import RequestContextMiddleware
from BE.core.types import RequestSchema

NOTES = f"{API}/notes"


class Note(RequestSchema):
    text: str


class Endpoint:
    """Raises the given failures first, and records its calls."""

    def __init__(self) -> None:
        self.failures: list[DomainError] = []
        self.commits_first = False
        self.calls: list[Any] = []

    def called(self, value: Any) -> Response:
        self.calls.append(value)
        request = current_request()
        assert request is not None
        request.has_committed = self.commits_first
        if self.failures:
            raise self.failures.pop()
        return Json(value)


@pytest.fixture
def endpoint() -> Endpoint:
    return Endpoint()


@pytest.fixture
async def client(endpoint: Endpoint) -> AsyncIterator[httpx.AsyncClient]:
    app, router = FastAPI(), module_router("notes", access=PUBLIC)

    @router.post("")
    async def add(body: Note) -> Response:
        return endpoint.called(body.text)

    @router.post("/raw")
    async def add_raw(request: Request) -> Response:
        return endpoint.called((await request.body()).decode())

    app.include_router(router)
    app.add_middleware(RequestContextMiddleware, trusted_proxy_hops=0)
    install_error_handlers(app)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://service.test") as client:
        yield client


@pytest.mark.parametrize(
    ("path", "sent", "seen"), [(NOTES, '{"text": "a"}', "a"), (f"{NOTES}/raw", "a,b", "a,b")]
)
async def test_a_conflict_is_retried_with_the_same_body(
    client: httpx.AsyncClient, endpoint: Endpoint, path: str, sent: str, seen: str
) -> None:
    endpoint.failures = [TransactionConflictError()]

    headers = {"Content-Type": "application/json"}
    answer = await client.post(path, content=sent, headers=headers)

    assert (answer.status_code, answer.json()) == (200, seen)
    assert endpoint.calls == [seen, seen]


async def test_a_conflict_is_retried_only_once(
    client: httpx.AsyncClient, endpoint: Endpoint
) -> None:
    endpoint.failures = [TransactionConflictError() for _ in range(3)]

    answer = await client.post(NOTES, json={"text": "a"})

    assert answer.status_code == 503
    assert answer.json()["code"] == "UNAVAILABLE"
    assert answer.headers["retry-after"]
    assert len(endpoint.calls) == 2


async def test_a_conflict_after_a_commit_is_not_retried(
    client: httpx.AsyncClient, endpoint: Endpoint
) -> None:
    endpoint.failures, endpoint.commits_first = [TransactionConflictError()], True

    answer = await client.post(NOTES, json={"text": "a"})

    assert answer.status_code == 503
    assert len(endpoint.calls) == 1


async def test_another_error_is_not_retried(client: httpx.AsyncClient, endpoint: Endpoint) -> None:
    endpoint.failures = [ConflictError()]

    assert (await client.post(NOTES, json={"text": "a"})).status_code == 409
    assert len(endpoint.calls) == 1
