"""Faults of a form come together, with messages for users and types of a closed list."""

import ast
import re
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest

from BE.core.exceptions import FaultKind
from tests.support.client import PASSWORD, Person
from tests.support.project import ROOT

REGISTER = "/api/v1/auth/register"
KINDS = set(get_args(FaultKind.__value__))
PROGRAMMER_WORDS = re.compile(
    r"Input|String|pattern|instance of|valid (string|integer|dict|list)|should|\^|_[A-Z]|pydantic"
)
FORM = {"email": "ada@example.com", "password": PASSWORD, "full_name": "Ada", "username": "ada"}


@pytest.mark.parametrize(
    ("changes", "field", "kind", "message"),
    [
        ({"username": "a b"}, "username", "username", "letters A to Z, digits"),
        ({"username": "abc\n"}, "username", "username", "letters A to Z, digits"),
        ({"username": "a"}, "username", "string_too_short", "This must have 3 characters or more"),
        ({"username": 7}, "username", "string_type", "This must be a text"),
        ({"full_name": ""}, "full_name", "string_too_short", "This must have 1 character or more"),
        ({"full_name": "x" * 101}, "full_name", "string_too_long", "100 characters or less"),
        ({"full_name": None}, "full_name", "string_type", "This must be a text"),
        ({"email": "ada"}, "email", "email", "This is not a valid email address"),
        ({"colour": "red"}, "colour", "extra_forbidden", "not known here"),
    ],
)
async def test_each_message_tells_the_user_what_to_do(
    client: httpx.AsyncClient, changes: dict[str, Any], field: str, kind: str, message: str
) -> None:
    answer = await client.post(REGISTER, json=FORM | changes)

    [detail] = answer.json()["details"]
    assert (answer.status_code, detail["field"], detail["type"]) == (422, f"body.{field}", kind)
    assert message in detail["message"]


@pytest.mark.parametrize("body", [[], "x", 1, {}, {"email": []}, {"password": {}, "email": 1}])
async def test_no_message_uses_words_of_programmers(client: httpx.AsyncClient, body: Any) -> None:
    details = (await client.post(REGISTER, json=body)).json()["details"]

    assert details
    for detail in details:
        assert not PROGRAMMER_WORDS.search(detail["message"])
        assert detail["type"] in KINDS


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=x",
        "limit=101",
        "limit=1.5",
        "cursor=x",
        "q=1",
        "limit=",
        "cursor=" + 3000 * "x",
    ],
)
async def test_no_message_about_a_query_uses_words_of_programmers(
    client: httpx.AsyncClient, ada: Person, query: str
) -> None:
    answer = await client.get(f"/api/v1/specimens?{query}", headers=ada.headers)

    [detail] = answer.json()["details"]
    assert not PROGRAMMER_WORDS.search(detail["message"])
    assert detail["type"] in KINDS


async def test_each_unknown_parameter_of_a_query_is_named(
    client: httpx.AsyncClient, ada: Person
) -> None:
    query = "colour=red&limit=1&page=2&page=3&%3Cscript%3E=1&a.b=2"

    answer = await client.get(f"/api/v1/specimens?{query}", headers=ada.headers)

    assert fields(answer) == ["query.colour", "query.page", "query"]
    assert {detail["type"] for detail in answer.json()["details"]} == {"extra_forbidden"}


class TestAllFaultsTogether:
    async def test_a_weak_password_is_reported_with_the_rest(
        self, client: httpx.AsyncClient
    ) -> None:
        body = {"email": "ada", "password": "short", "full_name": ""}

        answer = await client.post(REGISTER, json=body)

        assert (answer.status_code, answer.json()["code"]) == (422, "VALIDATION_ERROR")
        faults = {detail["field"]: detail["type"] for detail in answer.json()["details"]}
        assert faults == {
            "body.email": "email",
            "body.full_name": "string_too_short",
            "body.password": "weak_password",
        }

    async def test_a_weak_password_alone_has_its_own_code(self, client: httpx.AsyncClient) -> None:
        answer = await client.post(REGISTER, json=FORM | {"password": "short"})

        assert answer.json()["code"] == "WEAK_PASSWORD"

    @pytest.mark.parametrize("route", ["change", "reset"])
    async def test_a_weak_new_password_is_reported_with_the_rest(
        self, client: httpx.AsyncClient, ada: Person, route: str
    ) -> None:
        answer = await client.post(
            f"/api/v1/auth/password/{route}", json={"new_password": "short"}, headers=ada.headers
        )

        kinds = sorted(detail["type"] for detail in answer.json()["details"])
        assert kinds == ["missing", "missing", "weak_password"][3 - len(kinds) :]
        assert kinds[-1] == "weak_password"

    async def test_an_admin_gets_the_faults_of_every_new_user(
        self, client: httpx.AsyncClient, root: Person
    ) -> None:
        body = [FORM | {"password": "short"}, FORM | {"full_name": ""}, 7]

        answer = await client.post("/api/v1/users/bulk", json=body, headers=root.headers)

        assert {detail["field"] for detail in answer.json()["details"]} == {
            "body.0.password",
            "body.1.full_name",
            "body.2",
        }

    async def test_a_wrong_password_and_a_weak_new_one_are_both_named(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        async def change(current: str, new: str) -> tuple[int, str, list[str]]:
            body = {"current_password": current, "new_password": new}
            answer = await client.post(
                "/api/v1/auth/password/change", json=body, headers=ada.headers
            )
            return answer.status_code, answer.json()["code"], fields(answer)

        current, new = "body.current_password", "body.new_password"
        assert await change("wrong", "short") == (401, "INVALID_CREDENTIALS", [current, new])
        assert await change("wrong", "x" + PASSWORD) == (401, "INVALID_CREDENTIALS", [current])
        assert await change(PASSWORD, "short") == (422, "WEAK_PASSWORD", [new])

    async def test_a_taken_email_and_a_weak_password_are_both_named(
        self, client: httpx.AsyncClient, root: Person
    ) -> None:
        await client.post(REGISTER, json=FORM)
        taken, weak = FORM | {"username": "grace"}, FORM | {"password": "short"}
        new = {"email": "new@example.com", "username": "new"}

        one = await client.post("/api/v1/users", json=weak, headers=root.headers)
        several = [taken, weak | new, FORM | new]
        bulk = await client.post("/api/v1/users/bulk", json=several, headers=root.headers)

        assert [answer.status_code for answer in (one, bulk)] == [422, 422]
        assert [answer.json()["code"] for answer in (one, bulk)] == ["WEAK_PASSWORD"] * 2
        assert fields(one) == ["body.password", "body.email", "body.username"]
        assert fields(bulk) == [
            "body.1.password",
            "body.0.email",
            "body.2.email",
            "body.2.username",
        ]


class TestConflicts:
    async def test_a_taken_email_and_a_taken_username_differ_by_field(
        self, client: httpx.AsyncClient
    ) -> None:
        await client.post(REGISTER, json=FORM)

        email = await client.post(REGISTER, json=FORM | {"username": "grace"})
        username = await client.post(REGISTER, json=FORM | {"email": "grace@example.com"})
        both = await client.post(REGISTER, json=FORM | {"username": "ADA"})

        assert [fields(answer) for answer in (email, username, both)] == [
            ["body.email"],
            ["body.username"],
            ["body.email", "body.username"],
        ]
        assert email.json()["details"][0]["message"] == "Email already registered"

    async def test_a_change_names_the_field(
        self, client: httpx.AsyncClient, ada: Person, root: Person
    ) -> None:
        await client.post(REGISTER, json=FORM)
        taken = {"username": "Ada"}
        paths = ["/api/v1/users/me", f"/api/v1/users/{ada.id}"]

        for path, person in zip(paths, (ada, root), strict=True):
            answer = await client.patch(path, json=taken, headers=person.headers)
            assert (answer.status_code, fields(answer)) == (409, ["body.username"])

    async def test_a_change_of_the_last_admin_names_the_fields(
        self, client: httpx.AsyncClient, root: Person
    ) -> None:
        body = {"role": "user", "is_active": False}

        answer = await client.patch(f"/api/v1/users/{root.id}", json=body, headers=root.headers)

        assert (answer.status_code, fields(answer)) == (409, ["body.role", "body.is_active"])


async def test_a_wrong_current_password_is_not_an_unknown_email(
    client: httpx.AsyncClient, ada: Person
) -> None:
    body = {"current_password": "wrong", "new_password": "a wholly different sentence"}

    changed = await client.post("/api/v1/auth/password/change", json=body, headers=ada.headers)
    deleted = await client.request(
        "DELETE", "/api/v1/users/me", json={"password": "wrong"}, headers=ada.headers
    )

    for answer in (changed, deleted):
        assert (answer.status_code, answer.json()["code"]) == (401, "INVALID_CREDENTIALS")
        assert answer.json()["error"] == "The current password is incorrect"


def test_every_type_in_the_code_is_listed() -> None:
    named = {
        call.args[0].value
        for path in Path(ROOT, "BE").rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", "") == "PydanticCustomError"
        and isinstance(call.args[0], ast.Constant)
    }

    assert named <= KINDS


def test_every_listed_type_is_documented() -> None:
    page = (ROOT / "docs" / "errors.md").read_text().partition("## Back from another provider")[0]
    rows = (line.split("|")[1] for line in page.splitlines() if line.startswith("| `"))

    assert {kind for row in rows for kind in re.findall("`([a-z_]+)`", row)} == KINDS


def fields(answer: httpx.Response) -> list[str]:
    return [detail["field"] for detail in answer.json()["details"]]
