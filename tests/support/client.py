"""An HTTP client that checks every response against what its route declares."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
from fastapi import FastAPI
from pydantic import TypeAdapter
from starlette.routing import Match

from BE.core.database.database import Database
from BE.core.http.documentation.codes import codes_of
from BE.core.http.documentation.headers import HEADERS, header_names
from BE.core.http.errors import ErrorResponse
from BE.core.http.routes import StrictRoute
from BE.core.http.web_sockets import WebSocketRoute
from BE.core.operations import mail_pages
from BE.core.operations.figures import metrics_router
from BE.core.security.principals import Principal, Role
from BE.core.types import new_id
from BE.core.wiring.core import CORE
from tests.support.application import TESTED
from tests.support.events import eventually

_DECLARED = {name.lower() for name in HEADERS}

BASE_URL = "https://service.test"
PASSWORD = "correct horse battery staple"

ROUTES = [
    route
    for context in (*TESTED, CORE)
    for router in context.routers
    if router is not metrics_router and router is not mail_pages.router
    for route in router.routes
    if isinstance(route, StrictRoute) and not isinstance(route, WebSocketRoute)
]


class DeclaredTransport(httpx.ASGITransport):
    """Fails a test whose response its route does not declare."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        await response.aread()
        check_declared(request, response)
        return response


def check_declared(request: httpx.Request, response: httpx.Response) -> None:
    assert response.headers["x-request-id"]
    route = route_of(request)
    if response.status_code >= 400:
        declared = route.responses.get(response.status_code, {}) if route else {}
        error = declared.get("model", ErrorResponse).model_validate_json(response.content)
        if isinstance(error, ErrorResponse):  # all but an unhealthy /health
            assert error.status == response.status_code
            assert error.request_id == response.headers["x-request-id"]
            assert route is None or error.code in codes_of(route, error.status)
    if route is None:
        return
    declared_headers = {name.lower() for name in header_names(route, response.status_code)}
    undeclared = _DECLARED.intersection(response.headers) - declared_headers
    assert not undeclared, undeclared
    expected = route.status_code or 200
    assert response.status_code in {expected, *route.responses}
    if response.status_code == expected and route.response_model is not None:
        TypeAdapter(route.response_model).validate_json(response.content)


def route_of(request: httpx.Request) -> StrictRoute | None:
    scope = {"type": "http", "path": request.url.path, "method": request.method, "headers": []}
    return next((route for route in ROUTES if route.matches(scope)[0] is Match.FULL), None)


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[FastAPI]:
    """Run the application's lifespan in a task of its own, as a server does."""
    stop, started = asyncio.Event(), asyncio.Event()

    async def run_lifespan() -> None:
        async with app.router.lifespan_context(app):
            started.set()
            await stop.wait()

    lifespan = asyncio.create_task(run_lifespan())
    starting = asyncio.create_task(started.wait())
    await asyncio.wait([lifespan, starting], return_when=asyncio.FIRST_COMPLETED)
    starting.cancel()
    try:
        if lifespan.done():
            lifespan.result()
        yield app
    finally:
        stop.set()
        await lifespan


async def until_ready(client: httpx.AsyncClient) -> None:
    """Wait until the application is ready; it is live before it has checked its database."""

    async def is_ready() -> bool:
        return (await client.get("/health/ready")).status_code == 200

    await eventually(is_ready)


@asynccontextmanager
async def client_of(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = DeclaredTransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        yield client


@dataclass(frozen=True)
class Person:
    """A user who has signed up, and the headers that authenticate them."""

    id: str
    email: str
    token: str
    headers: dict[str, str]


def etag_of(resource_id: object, version: int) -> str:
    return f'"{resource_id}.{version}"'


async def sign_up(client: httpx.AsyncClient, **fields: Any) -> Person:
    body = {
        "email": f"{uuid4().hex}@example.com",
        "password": PASSWORD,
        "full_name": "Ada Lovelace",
        **fields,
    }
    answer = await client.post("/api/v1/auth/register", json=body)
    assert answer.status_code == 201, answer.text
    return _person(answer)


async def sign_in(client: httpx.AsyncClient, email: str, password: str = PASSWORD) -> Person:
    answer = await client.post("/api/v1/auth/login", json={"email": email, "password": password})
    assert answer.status_code == 200, answer.text
    return _person(answer)


async def delete_account(client: httpx.AsyncClient, person: Person) -> httpx.Response:
    body = {"password": PASSWORD}
    return await client.request("DELETE", "/api/v1/users/me", json=body, headers=person.headers)


def _person(answer: httpx.Response) -> Person:
    session = answer.json()
    token = session["access_token"]
    return Person(
        session["user"]["id"],
        session["user"]["email"],
        token,
        {"Authorization": f"Bearer {token}"},
    )


def user_without_account(app: FastAPI, *, role: Role = "user") -> Person:
    """A caller with a token but no account: enough to own rows, and quick to make."""
    principal = Principal(new_id(), new_id(), role)
    token = app.state.container.access_tokens().issue(principal)
    return Person(str(principal.user_id), "", token, {"Authorization": f"Bearer {token}"})


async def admin_of(app: FastAPI, client: httpx.AsyncClient) -> Person:
    person = await sign_up(client)
    database: Database = app.state.container.database()
    await database.execute(
        "UPDATE auth.account SET role = 'admin' WHERE email = $1::text::citext", person.email
    )
    login = {"email": person.email, "password": PASSWORD}
    token = (await client.post("/api/v1/auth/login", json=login)).json()["access_token"]
    return Person(person.id, person.email, token, {"Authorization": f"Bearer {token}"})
