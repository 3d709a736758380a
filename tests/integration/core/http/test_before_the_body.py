"""The caller is authenticated before a body is read, and determines how much is read."""

import threading
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from BE.core.http.json_bodies import parse_json
from BE.core.security.bearer_tokens import BearerTokens
from tests.support.application import AppFactory
from tests.support.client import ROUTES, Person, client_of, user_without_account

JSON = {"Content-Type": "application/json"}
LOGIN = "/api/v1/auth/login"
NOT_PUBLIC = [
    (method, route.path)
    for route in ROUTES
    for method in sorted(route.methods or ())
    if method != "GET" and not route.path.startswith("/api/v1/auth/")
]
READS_BODY = [
    *("login", "register", "token", "password/forgot"),
    *("password/reset", "password/change", "email/verify"),
]
KIB = 1024


class Body:
    """A body that counts how many of its chunks were read."""

    def __init__(self, size: int) -> None:
        self.chunks_read = 0
        self._chunks = max(1, size // KIB)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(self._chunks):
            self.chunks_read += 1
            yield b" " * KIB


class UnreadTransport(httpx.AsyncBaseTransport):
    """Sends a chunk of the body only when the application receives one."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        chunks = aiter(request.stream)  # type: ignore[arg-type]
        answer: dict[str, Any] = {"body": b""}

        async def receive() -> dict[str, Any]:
            chunk = await anext(chunks, None)
            return {"type": "http.request", "body": chunk or b"", "more_body": chunk is not None}

        async def send(message: Any) -> None:
            answer["status"] = message.get("status", answer.get("status"))
            answer["body"] += message.get("body", b"")

        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": "https",
            "path": request.url.path,
            "root_path": "",
            "query_string": request.url.query,
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "client": ("192.0.2.7", 50_000),
            "server": ("service.test", 443),
            "state": {},
        }
        await self._app(scope, receive, send)
        return httpx.Response(answer["status"], content=answer["body"])


@pytest.fixture
async def unread(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = UnreadTransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://service.test") as client:
        yield client


@pytest.mark.parametrize(("method", "path"), NOT_PUBLIC)
@pytest.mark.parametrize("token", ["", "Bearer a.b.c"], ids=["no token", "a wrong token"])
async def test_no_body_of_an_anonymous_caller_is_read(
    unread: httpx.AsyncClient, method: str, path: str, token: str
) -> None:
    body = Body(800 * KIB)
    headers = JSON | ({"Authorization": token} if token else {})

    answer = await unread.request(method, path, content=body, headers=headers)

    assert answer.status_code == 401
    assert body.chunks_read == 0


async def test_no_body_of_a_caller_without_access_is_read(
    app: FastAPI, unread: httpx.AsyncClient
) -> None:
    body, headers = Body(800 * KIB), JSON | user_without_account(app).headers

    answers = [
        await unread.post("/api/v1/users/bulk", content=body, headers=headers),
        await unread.post(
            "/api/v1/users/018f0000-0000-7000-8000-000000000000/specimens",
            content=body,
            headers=headers,
        ),
    ]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert body.chunks_read == 0


@pytest.mark.parametrize("path", ["login", "register"])
async def test_no_body_from_a_foreign_site_is_read(unread: httpx.AsyncClient, path: str) -> None:
    body = Body(KIB)
    headers = JSON | {"Origin": "https://evil.example.com"}

    answer = await unread.post(f"/api/v1/auth/{path}", content=body, headers=headers)

    assert answer.status_code == 403
    assert body.chunks_read == 0


@pytest.mark.parametrize("path", READS_BODY)
@pytest.mark.parametrize("size", [17 * KIB, 2000 * KIB])
async def test_routes_of_sign_in_accept_only_small_bodies(
    app: FastAPI, unread: httpx.AsyncClient, path: str, size: int
) -> None:
    counted, declared = Body(size), Body(size)
    headers = JSON | user_without_account(app).headers
    headers_with_length = headers | {"Content-Length": str(size)}

    answers = [
        await unread.post(f"/api/v1/auth/{path}", content=counted, headers=headers),
        await unread.post(f"/api/v1/auth/{path}", content=declared, headers=headers_with_length),
    ]

    assert [answer.status_code for answer in answers] == [413, 413]
    assert {answer.json()["code"] for answer in answers} == {"PAYLOAD_TOO_LARGE"}
    assert (counted.chunks_read, declared.chunks_read) == (17, 0)


@pytest.mark.parametrize("path", ["login", "register", "password/forgot", "token"])
async def test_a_small_body_is_read(client: httpx.AsyncClient, path: str) -> None:
    padded = b" " * 16_300 + b"{}"

    answer = await client.post(f"/api/v1/auth/{path}", content=padded, headers=JSON)

    assert answer.status_code in {400, 422}


async def test_a_user_may_send_a_larger_body(client: httpx.AsyncClient, ada: Person) -> None:
    body = b'{"title": "a"}' + b" " * 900 * KIB

    answer = await client.post("/api/v1/specimens", content=body, headers=JSON | ada.headers)

    assert answer.status_code == 201


@pytest.mark.parametrize(("size", "in_thread"), [(1, False), (100, True)])
async def test_a_large_body_is_parsed_in_a_thread(
    client: httpx.AsyncClient,
    ada: Person,
    monkeypatch: pytest.MonkeyPatch,
    *,
    size: int,
    in_thread: bool,
) -> None:
    threads = set()

    def recording_parse(*arguments: Any) -> Any:
        threads.add(threading.current_thread())
        return parse_json(*arguments)

    monkeypatch.setattr("BE.core.http.strict_body.parse_json", recording_parse)
    body = b'{"title": ""}' + b" " * size * KIB

    answer = await client.post("/api/v1/specimens", content=body, headers=JSON | ada.headers)

    assert answer.json()["details"][0]["field"] == "body.title"
    assert (threads != {threading.current_thread()}) == in_thread


async def test_the_limits_can_be_set(build_app: AppFactory) -> None:
    padded = b'{"email": "ada@example.com", "password": "x"}' + b" " * 2 * KIB
    async with build_app(max_stranger_body_bytes=KIB) as app, client_of(app) as client:
        refused = await client.post(LOGIN, content=padded, headers=JSON)
    async with build_app(max_body_bytes=KIB) as app, client_of(app) as client:
        refused_too = await client.post(LOGIN, content=padded, headers=JSON)

    assert refused.status_code == refused_too.status_code == 413


async def test_a_token_is_verified_once_for_a_request(
    build_app: AppFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[str] = []
    verify = BearerTokens.verify

    async def counting_verify(self: BearerTokens, token: str) -> Any:
        verified.append(token)
        return await verify(self, token)

    monkeypatch.setattr(BearerTokens, "verify", counting_verify)
    async with build_app(rate_limit_enabled=True) as app, client_of(app) as client:
        ada = user_without_account(app)
        headers = ada.headers | {"Idempotency-Key": "a"}
        answer = await client.post("/api/v1/specimens", json={"title": "a"}, headers=headers)

    assert answer.status_code == 201
    assert verified == [ada.token]


async def test_a_route_without_middleware_authenticates_its_caller(app: FastAPI) -> None:
    bare = FastAPI()
    bare.state.container = app.state.container
    bare.router.routes += app.router.routes
    transport = httpx.ASGITransport(bare, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://service.test") as client:
        answer = await client.get("/api/v1/specimens")
        served = await client.get("/api/v1/specimens", headers=user_without_account(app).headers)

    assert answer.status_code == 500  # no handler there turns the error into a 401
    assert served.status_code == 200
