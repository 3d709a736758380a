"""A plan resolves dependencies with the same results as FastAPI."""

from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI, Header, Query, Request, Response
from fastapi.dependencies.utils import get_dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from BE.core.http.fast.plan import DependencyPlan
from BE.core.http.responses import Json
from BE.core.types import RequestSchema

CALLS: list[str] = []


class Search(RequestSchema):
    limit: int = 20


class Note(RequestSchema):
    text: str


async def user(authorization: Annotated[str, Header()]) -> str:
    CALLS.append("user")
    return authorization


async def greeting(user: Annotated[str, Depends(user)], request: Request) -> str:
    CALLS.append("greeting")
    return f"{request.method} {user}"


async def endpoint(
    number: int,
    body: Note,
    user: Annotated[str, Depends(user)],
    greeting: Annotated[str, Depends(greeting)],
    search: Annotated[Search, Query()],
    tags: Annotated[list[str] | None, Header()] = None,
) -> Response:
    return Json([number, body.text, user, greeting, search.limit, tags])


class Planned(APIRoute):
    """Our route class, reduced to the plan."""

    def get_route_handler(self) -> Any:
        plan = DependencyPlan.of(self.dependant)
        assert plan is not None

        async def handle(request: Request) -> Response:
            return await plan.answer(request, await request.json())

        return handle


@pytest.fixture(params=[Planned, APIRoute], ids=["by plan", "by FastAPI"])
async def client(request: pytest.FixtureRequest) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.router.route_class = request.param
    app.post("/{number}", response_model=None)(endpoint)

    async def respond(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return Json([(fault["loc"], fault["type"]) for fault in error.errors()], status_code=422)

    app.add_exception_handler(RequestValidationError, respond)
    CALLS.clear()
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://service.test") as client:
        yield client


async def test_each_dependency_is_called_once(client: httpx.AsyncClient) -> None:
    answer = await client.post("/7", json={"text": "a"}, headers={"Authorization": "Ada"})

    assert answer.json() == [7, "a", "Ada", "POST Ada", 20, None]
    assert CALLS == ["user", "greeting"]


async def test_sent_values_are_read(client: httpx.AsyncClient) -> None:
    headers = [("Authorization", "Ada"), ("Tags", "x"), ("Tags", "y")]
    answer = await client.post("/7?limit=3", json={"text": "a"}, headers=headers)

    assert answer.json() == [7, "a", "Ada", "POST Ada", 3, ["x", "y"]]


async def test_defaults_do_not_leak_between_requests(client: httpx.AsyncClient) -> None:
    headers = {"Authorization": "Ada"}
    await client.post("/7?limit=3", json={"text": "a"}, headers=headers | {"Tags": "x"})
    answer = await client.post("/7", json={"text": "a"}, headers=headers)

    assert answer.json()[4:] == [20, None]


async def test_every_fault_is_reported(client: httpx.AsyncClient) -> None:
    answer = await client.post("/x?limit=y&more=1", json={"text": 1})

    assert answer.status_code == 422
    assert {(*where, kind) for where, kind in answer.json()} == {
        ("path", "number", "int_parsing"),
        ("query", "limit", "int_parsing"),
        ("query", "more", "extra_forbidden"),
        ("header", "authorization", "missing"),
        ("body", "text", "string_type"),
    }
    assert CALLS == []


async def test_an_endpoint_must_return_a_response() -> None:
    async def return_text() -> str:
        return "text"

    plan = DependencyPlan.of(get_dependant(path="/", call=return_text))

    assert plan is not None
    with pytest.raises(TypeError, match="must return a Response"):
        await plan.answer(Request({"type": "http", "headers": []}), None)


async def _generator() -> AsyncIterator[None]:
    yield


def _plain() -> Iterator[None]:
    yield


async def _with_response(response: Response) -> None: ...


@pytest.mark.parametrize("dependency", [_generator, _plain, _with_response, lambda: None])
def test_unsupported_dependencies_are_left_to_fastapi(dependency: Any) -> None:
    async def endpoint(_: Annotated[None, Depends(dependency)]) -> Response:
        return Response()

    assert DependencyPlan.of(get_dependant(path="/", call=endpoint)) is None


@pytest.mark.parametrize(
    ("body", "where", "kind"),
    [
        ("null", ["body"], "model_attributes_type"),
        ("[]", ["body"], "model_attributes_type"),
        ("{}", ["body", "text"], "missing"),
        ('{"text": "a", "more": 1}', ["body", "more"], "extra_forbidden"),
    ],
)
async def test_a_body_is_validated_as_by_fastapi(
    client: httpx.AsyncClient, body: str, where: list[str], kind: str
) -> None:
    headers = {"Authorization": "Ada", "Content-Type": "application/json"}
    answer = await client.post("/7", content=body, headers=headers)

    assert answer.json() == [[where, kind]]


@pytest.mark.parametrize(
    ("faults", "reported"),
    [(1, ["extra_forbidden"]), (5000, ["extra_forbidden"] * 20), (5001, ["too_many_faults"])],
)
async def test_the_number_of_reported_faults_is_bounded(faults: int, reported: list[str]) -> None:
    async def write(body: Note) -> Response:
        raise AssertionError(body)

    app = FastAPI()
    app.router.route_class = Planned
    app.post("/", response_model=None)(write)
    plan = DependencyPlan.of(app.routes[-1].dependant)  # type: ignore[attr-defined]
    assert plan is not None
    body = {f"more{number}": 1 for number in range(faults)} | {"text": "a"}

    with pytest.raises(RequestValidationError) as caught:
        await plan.answer(Request({"type": "http", "headers": []}), body)

    assert [error["type"] for error in caught.value.errors()] == reported
