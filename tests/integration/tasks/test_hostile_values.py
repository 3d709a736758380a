"""Hostile values in every field and parameter of tasks: refused, or stored unchanged."""

import json
from collections.abc import AsyncIterator, Iterator
from copy import deepcopy
from datetime import datetime
from itertools import chain, product
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI

from BE.modules.tasks.schemas.imports import ImportedTask
from BE.modules.tasks.schemas.requests import (
    ChangeTaskRequest,
    CreateTaskRequest,
    UpdateOperation,
)
from tests.support.application import AppFactory
from tests.support.client import client_of, user_without_account

TASKS = "/api/v1/tasks"
RAW = "raw:"
"""Marks text that ``json`` would not write: it is put into the body as it is."""

TEXTS = [
    "",
    " ",
    "\t\n",
    "a\x00b",
    "\x00",
    "\x01\x1b[31m",
    "\ud800",
    "a\udfffb",
    "\ufeff",
    "\u202e\u200b",
    "e\u0301",
    "\U0010ffff\U0001f600",
    "x" * 201,
    "x" * 10_001,
    "ß" * 100_000,
    "%_\\",
    "'; DROP TABLE tasks.task; --",
    "${7*7}{{7*7}}",
    "<script>alert(1)</script>",
    "=1+1",
    "../../../etc/passwd",
    "null",
    "true",
    "NaN",
    "-1",
    "1e400",
    "9" * 400,
    "{}",
    "infinity",
    "-infinity",
    "now",
    "2030-01-31",
    "2030-01-31T09:30:00",
    "2030-02-30T09:30:00Z",
    "2030-12-31T23:59:60Z",
    "2030-12-31T24:00:00Z",
    "2030-01-31T09:30:00.1234567Z",
    "2030-01-31T09:30:00+25:00",
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "10000-01-01T00:00:00Z",
    "-4713-01-01T00:00:00Z",
    "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "{01a1fdb9-7085-7000-8000-000000000000}",
]
VALUES: list[Any] = [
    *TEXTS,
    None,
    True,
    False,
    0,
    -1,
    1.5,
    2**31,
    2**63,
    -(2**63) - 1,
    2**64,
    [],
    {},
    [[]],
    [None],
    {"": None},
    {"$ne": 1},
    ["x"] * 1000,
    f"{RAW}NaN",
    f"{RAW}-Infinity",
    f"{RAW}1e400",
    f"{RAW}{'9' * 400}",
    f"{RAW}{'[' * 900}{']' * 900}",
    f'{RAW}"\\ud800"',
    f'{RAW}"\\u0000"',
    f"{RAW}'single'",
    f"{RAW}0x10",
    f"{RAW}1.0",
    RAW,
]

DRAFT = {
    "title": "Write",
    "description": "long",
    "status": "todo",
    "priority": "none",
    "due_at": "2030-01-31T09:30:00Z",
    "due_on": None,
    "tags": ["home"],
}
ASSIGNED = DRAFT | {"assignee_id": None}
ID = "{task_id}"
BODIES: dict[tuple[str, str], Any] = {
    ("POST", ""): ASSIGNED,
    ("PATCH", "/{task_id}"): ASSIGNED,
    ("POST", "/{task_id}/move"): {"after": ID},
    ("POST", "/{task_id}/transfer"): {"team_id": ID},
    ("POST", "/trash/restore"): {"ids": [ID]},
    ("POST", "/import"): {"items": [DRAFT | {"position": "a0"}]},
    ("POST", "/bulk"): {
        "operations": [
            {"op": "create", "task": ASSIGNED},
            {"op": "update", "id": ID, "if_match": 1, "changes": ASSIGNED},
            {"op": "delete", "id": ID, "if_match": 2},
        ]
    },
}
"""A body for each route that takes one, with every field."""

JSON = {"Content-Type": "application/json"}
URL_TEXTS = [
    *(quote(text, safe="", errors="surrogatepass") for text in TEXTS if len(text) < 20_000),
    *("%00", "%ff", "%ed%a0%80", "%c0%af", "%", "%zz"),
]
HEADERS = [
    *(b"", b" ", b"\x00", b"\xff\xfe", b"W/", b'"', b'"\x01"', b",", b"a\tb"),
    *(b"9" * 400, b"x" * 9000),
]


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield at
    if isinstance(value, dict | list):
        parts = value.items() if isinstance(value, dict) else enumerate(value)
        yield from chain.from_iterable(places(part, (*at, key)) for key, part in parts)


def body_with(body: Any, place: tuple[Any, ...], value: Any, task_id: str) -> bytes:
    """``body`` with ``value`` in one place, as bytes."""
    whole = {"body": deepcopy(body)}
    part: Any = whole
    *way, last = ("body", *place)
    for key in way:
        part = part[key]
    part[last] = value
    text = json.dumps(whole["body"]).replace(ID, task_id)
    if isinstance(value, str) and value.startswith(RAW):
        text = text.replace(json.dumps(value), value.removeprefix(RAW))
    return text.encode()


def is_kept(name: Any, sent: Any, returned: Any) -> bool:
    """Whether a field's value is what was sent, apart from documented changes."""
    match name:
        case "title":
            return bool(returned == sent.strip())
        case "tags":
            return bool(returned == [tag.strip() for tag in sent])
        case "due_at" if sent is not None:
            return datetime.fromisoformat(returned) == datetime.fromisoformat(sent)
    return bool(returned == sent)


class Owner:
    """A user with one task, which is replaced by a fresh one whenever it has been changed."""

    def __init__(self, app: FastAPI, client: httpx.AsyncClient) -> None:
        self.app, self._client, self._person = app, client, user_without_account(app)
        self.task_id = ""

    async def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = [*self._person.headers.items(), *options.pop("headers", {}).items()]
        url = TASKS + path.replace(ID, self.task_id)
        return await self._client.request(method, url, headers=headers, **options)

    async def make_task(self) -> None:
        self.task_id = (await self.send("POST", "", json={"title": "Write"})).json()["id"]

    async def tasks_of(self, answer: httpx.Response) -> list[dict[str, Any]]:
        """The tasks that a call returned or created."""
        match answer.json():
            case {"items": items}:
                return list(items)
            case {"imported": count}:
                page = await self.send("GET", f"?limit={max(count, 1)}")
                return list(page.json()["items"][:count])
            case task:
                return [task]


@pytest.fixture
async def owner(build_app: AppFactory) -> AsyncIterator[Owner]:
    async with build_app() as app, client_of(app) as client:
        owner = Owner(app, client)
        await owner.make_task()
        yield owner


@pytest.mark.parametrize(("method", "path"), BODIES)
async def test_a_body_is_refused_or_stored_unchanged(owner: Owner, method: str, path: str) -> None:
    for place, value in product(places(BODIES[method, path]), VALUES):
        content = body_with(BODIES[method, path], place, value, owner.task_id)
        answer = await owner.send(method, path, content=content, headers=JSON)

        circumstances = f"{place}: {value!r:.60} -> {answer.text:.300}"
        assert answer.status_code in {200, 201, 400, 404, 412, 413, 422}, circumstances
        if answer.is_success:
            sent = drafts(json.loads(content))
            for fields, task in zip(sent, await owner.tasks_of(answer), strict=True):
                for name in fields.keys() & ASSIGNED.keys():
                    assert is_kept(name, fields[name], task[name]), circumstances
            await owner.make_task()


def drafts(body: Any) -> list[dict[str, Any]]:
    """The fields of each task in a body that was accepted."""
    match body:
        case {"items": items}:
            return list(items)
        case {"operations": operations}:
            return [
                operation.get("task") or operation.get("changes") or {} for operation in operations
            ]
    return [body]


async def test_a_query_is_refused_unless_it_is_text(owner: Owner) -> None:
    for method, path, name in declared(owner.app, "query"):
        for text in URL_TEXTS:
            options: dict[str, Any] = {"json": {"items": []}} if method == "POST" else {}
            answer = await owner.send(method, f"{path}?{name}={text}", **options)

            allowed = {200, 422} if name in {"q", "tag", "assignee_id"} else {422}
            if text == "true" and name in {"overdue", "assigned", "dry_run", "total"}:
                allowed = {200}
            assert answer.status_code in allowed, f"{path} {name} {text:.60} {answer.text:.300}"


async def test_a_header_is_refused_or_does_not_match(owner: Owner) -> None:
    for method, path, name in declared(owner.app, "header"):
        for value in HEADERS:
            body = BODIES.get((method, path))
            content = json.dumps(body).replace(ID, owner.task_id) if body else None
            headers = {**JSON, name: value}
            answer = await owner.send(method, path, content=content, headers=headers)

            allowed = {200, 201, 422} if name == "Idempotency-Key" else {200, 412, 422}
            if path.endswith("/transfer"):
                allowed.add(404)  # the body names no team
            assert answer.status_code in allowed, f"{path} {name} {value!r:.60} {answer.text:.300}"
            if method != "GET" and answer.is_success:
                await owner.make_task()


async def test_an_id_is_refused_or_not_found(owner: Owner) -> None:
    for method, path, _ in declared(owner.app, "path"):
        for text in URL_TEXTS:
            body = BODIES.get((method, path))
            url = path.replace(ID, text)
            answer = await owner.send(method, url, **({"json": body} if body else {}))

            assert answer.status_code in {404, 405, 422}, f"{url:.90} {answer.text:.300}"


def declared(app: FastAPI, kind: str) -> list[tuple[str, str, str]]:
    """The parameters of a kind, as method, path and name."""
    return [
        (method.upper(), path.removeprefix(TASKS), parameter["name"])
        for path, operations in app.openapi()["paths"].items()
        if path.startswith(TASKS)
        for method, operation in operations.items()
        for parameter in operation.get("parameters", ())
        if parameter["in"] == kind
    ]


def test_every_field_is_in_a_body() -> None:
    """Otherwise these tests would miss a new field."""
    assert CreateTaskRequest.model_fields.keys() == ASSIGNED.keys()
    assert ImportedTask.model_fields.keys() == {*DRAFT, "position"}
    assert ChangeTaskRequest.model_fields.keys() == ASSIGNED.keys()
    assert UpdateOperation.model_fields.keys() == {"op", "id", "if_match", "changes"}
