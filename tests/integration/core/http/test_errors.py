"""Every error has one shape, and none echoes the request."""

import json
from typing import Any

import httpx
import pytest

from tests.support.client import Person
from tests.support.specimen.api import SPECIMENS

CANARY = "canary-7f3a"


async def post(
    client: httpx.AsyncClient, person: Person, content: bytes, kind: str = "application/json"
) -> httpx.Response:
    headers = person.headers | ({"Content-Type": kind} if kind else {})
    return await client.post(SPECIMENS, content=content, headers=headers)


class TestTheFramework:
    @pytest.mark.parametrize(
        ("method", "path", "status", "code"),
        [
            ("GET", "/nowhere", 404, "NOT_FOUND"),
            ("GET", "/api/v1/specimens/", 404, "NOT_FOUND"),
            ("GET", "/api/v1/nowhere?q=1", 404, "NOT_FOUND"),
            ("POST", "/api/v1/specimens%0A", 404, "NOT_FOUND"),
            ("PUT", "/api/v1/specimens", 405, "METHOD_NOT_ALLOWED"),
            ("PUT", "/api/v1/users/1", 405, "METHOD_NOT_ALLOWED"),  # two routers have this prefix
            ("GET", "/api/v1/auth/login", 405, "METHOD_NOT_ALLOWED"),
        ],
    )
    async def test_errors_have_our_shape(
        self, client: httpx.AsyncClient, method: str, path: str, status: int, code: str
    ) -> None:
        answer = await client.request(method, path)

        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/json"
        assert answer.json()["code"] == code
        assert answer.json()["details"] == []

    async def test_names_every_method_of_a_path(self, client: httpx.AsyncClient) -> None:
        answer = await client.put("/api/v1/users/me")

        assert answer.headers["allow"] == "DELETE, GET, HEAD, PATCH"


class TestBodies:
    async def test_an_absent_body_is_missing(self, client: httpx.AsyncClient, ada: Person) -> None:
        answer = await client.post(SPECIMENS, headers=ada.headers)

        assert answer.status_code == 422
        assert [detail["type"] for detail in answer.json()["details"]] == ["missing"]

    @pytest.mark.parametrize(
        ("content", "status", "code"),
        [
            (b"{", 400, "BAD_REQUEST"),
            (b'{"title": "a",}', 400, "BAD_REQUEST"),
            (b'{"title": "a"} trailing', 400, "BAD_REQUEST"),
            (b'{"title": "a", "title": "b"}', 400, "BAD_REQUEST"),
            (b'{"title": "\xff"}', 400, "BAD_REQUEST"),
            (b"\xef\xbb\xbf{}", 400, "BAD_REQUEST"),
            (b'{"title": NaN}', 422, "VALIDATION_ERROR"),
            (b'{"title": -Infinity}', 422, "VALIDATION_ERROR"),
            (b'{"title": 1e400}', 422, "VALIDATION_ERROR"),
            (b'{"title": ' + b"9" * 5000 + b"}", 422, "VALIDATION_ERROR"),
            (b'{"title": "\\ud800"}', 422, "VALIDATION_ERROR"),
            (b'{"\\ud800": 1}', 422, "VALIDATION_ERROR"),
            (b'{"title": "\\u0000"}', 422, "VALIDATION_ERROR"),
            (b"[" * 33 + b"]" * 33, 422, "VALIDATION_ERROR"),
            (b"[" * 100_000 + b"]" * 100_000, 422, "VALIDATION_ERROR"),
            (b'{"a":' * 900 + b"1" + b"}" * 900, 422, "VALIDATION_ERROR"),
            (json.dumps({f"f{n}": n for n in range(101)}).encode(), 422, "VALIDATION_ERROR"),
            (b"", 422, "VALIDATION_ERROR"),
            (b"null", 422, "VALIDATION_ERROR"),
            (b"[]", 422, "VALIDATION_ERROR"),
            (b'"title"', 422, "VALIDATION_ERROR"),
        ],
    )
    async def test_a_hostile_body_is_refused(
        self, client: httpx.AsyncClient, ada: Person, content: bytes, status: int, code: str
    ) -> None:
        answer = await post(client, ada, content)

        assert answer.status_code == status
        assert answer.json()["code"] == code

    @pytest.mark.parametrize("levels", [32, 900, 100_000])
    async def test_more_than_32_levels_are_too_deep(
        self, client: httpx.AsyncClient, ada: Person, levels: int
    ) -> None:
        answer = await post(client, ada, b'{"tags": ' + b"[" * levels + b"]" * levels + b"}")

        assert answer.status_code == 422
        assert answer.json()["details"][0]["type"] == "too_deep"

    async def test_32_levels_are_allowed(self, client: httpx.AsyncClient, ada: Person) -> None:
        answer = await post(client, ada, b'{"tags": ' + b"[" * 31 + b"]" * 31 + b"}")

        assert answer.json()["details"][0]["type"] != "too_deep"

    @pytest.mark.parametrize(
        "kind", ["", "text/plain", "application/x-www-form-urlencoded", "application/xml", "json"]
    )
    async def test_must_be_declared_as_json(
        self, client: httpx.AsyncClient, ada: Person, kind: str
    ) -> None:
        answer = await post(client, ada, b'{"title": "a"}', kind)

        assert answer.status_code == 415
        assert answer.json()["code"] == "UNSUPPORTED_MEDIA_TYPE"

    async def test_may_name_their_charset(self, client: httpx.AsyncClient, ada: Person) -> None:
        answer = await post(client, ada, b'{"title": "a"}', "Application/JSON; charset=utf-8")

        assert answer.status_code == 201

    async def test_have_a_limit(self, client: httpx.AsyncClient, ada: Person) -> None:
        answer = await post(client, ada, b'{"title": "' + b"a" * 1024 * 1024 + b'"}')

        assert answer.status_code == 413
        assert answer.json()["code"] == "PAYLOAD_TOO_LARGE"

    async def test_chunked_bodies_have_a_limit(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        async def endless() -> Any:
            for _ in range(1100):
                yield b" " * 1024

        answer = await client.post(
            SPECIMENS, content=endless(), headers=ada.headers | {"Content-Type": "application/json"}
        )

        assert answer.status_code == 413

    @pytest.mark.parametrize("content", [b"{", b'{"title": 1e400}', b'{"colour": 1}'])
    async def test_an_anonymous_caller_gets_401_for_any_body(
        self, client: httpx.AsyncClient, content: bytes
    ) -> None:
        answer = await client.post(
            SPECIMENS, content=content, headers={"Content-Type": "application/json"}
        )

        assert answer.status_code == 401

    async def test_an_answer_names_at_most_20_faults(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        body = {"title": "x", "tags": [""] * 20} | {f"unknown_{n}": n for n in range(50)}

        answer = await client.post(SPECIMENS, json=body, headers=ada.headers)

        assert len(answer.json()["details"]) == 20


class TestEchoes:
    @pytest.mark.parametrize(
        "body",
        [
            {"title": CANARY * 100},
            {"title": {"nested": CANARY}},
            {"title": "x", "kind": CANARY},
            {"title": "x", "found_at": CANARY},
            {"title": "x", "tags": [CANARY * 10]},
            {"title": "x", CANARY: 1},
            {"title": "x", "Canary 7f3a!": 1},
            [CANARY],
            CANARY,
        ],
    )
    async def test_an_error_repeats_nothing_of_a_body(
        self, client: httpx.AsyncClient, ada: Person, body: Any
    ) -> None:
        answer = await client.post(SPECIMENS, json=body, headers=ada.headers)

        assert answer.status_code == 422
        assert CANARY not in answer.text
        assert "7f3a" not in answer.text

    async def test_an_unknown_field_is_named_as_our_fields_are(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        answer = await client.post(SPECIMENS, json={"title": "x", "colour": 1}, headers=ada.headers)

        assert answer.json()["details"][0]["field"] == "body.colour"

    async def test_an_error_repeats_nothing_of_a_url(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        answers = [
            await client.get(f"/{CANARY}", headers=ada.headers),
            await client.get(f"{SPECIMENS}/{CANARY}", headers=ada.headers),
            await client.get(SPECIMENS, params={"limit": CANARY}, headers=ada.headers),
            await client.get(SPECIMENS, params={CANARY: "1"}, headers=ada.headers),
        ]

        assert not [answer.text for answer in answers if CANARY in answer.text]

    async def test_a_refused_password_is_not_repeated(self, client: httpx.AsyncClient) -> None:
        answer = await client.post(
            "/api/v1/auth/login", json={"email": "ada@example.com", "password": [CANARY]}
        )

        assert answer.status_code == 422
        assert CANARY not in answer.text
