"""The email of an account: which ones are accepted, and which count as the same."""

import httpx
import pytest

from tests.support.client import PASSWORD, Person, sign_up
from tests.support.postgres import execute

REGISTER = "/api/v1/auth/register"
LOGIN = "/api/v1/auth/login"


def form(email: str) -> dict[str, str]:
    return {"email": email, "password": PASSWORD, "full_name": "Ada Lovelace"}


@pytest.mark.parametrize(
    "email",
    [
        "İvan@example.com",
        "straße@example.com",
        "\u212aate@example.com",
        "\uff41da@example.com",
        "=?utf-8?q?=76ictim?=@example.com",
        "=?utf-8?q?attacker=40evil.com=2C?=@example.com",
        "=?UTF-8?B?dmljdGlt?=@example.com",
        '"ada"@example.com',
    ],
)
async def test_an_ambiguous_email_is_refused(
    client: httpx.AsyncClient, root: Person, email: str
) -> None:
    registered = await client.post(REGISTER, json=form(email))
    made = await client.post("/api/v1/users", json=form(email), headers=root.headers)
    in_bulk = await client.post("/api/v1/users/bulk", json=[form(email)], headers=root.headers)

    assert [answer.status_code for answer in (registered, made, in_bulk)] == [422, 422, 422]
    assert registered.json()["details"][0]["field"] == "body.email"


@pytest.mark.parametrize(
    ("email", "spelling"),
    [
        ("ada@example.com", "ADA@Example.COM"),
        ("ada@bücher.example", "Ada@xn--bcher-kva.example"),
        ("ada@xn--bcher-kva.example", "ada@BÜCHER.example"),
    ],
)
async def test_every_spelling_belongs_to_one_account(
    client: httpx.AsyncClient, root: Person, email: str, spelling: str
) -> None:
    person = await sign_up(client, email=email)

    again = await client.post(REGISTER, json=form(spelling))
    in_bulk = await client.post("/api/v1/users/bulk", json=[form(spelling)], headers=root.headers)
    signed_in = await client.post(LOGIN, json={"email": spelling, "password": PASSWORD})

    assert (again.status_code, in_bulk.status_code) == (409, 409)
    assert signed_in.json()["user"]["id"] == person.id


async def test_an_older_account_with_a_non_ascii_local_part_still_signs_in(
    client: httpx.AsyncClient, dsn: str
) -> None:
    person = await sign_up(client, email="jose@example.com")
    await execute(
        dsn, f"UPDATE auth.account SET email = 'josé@example.com' WHERE id = '{person.id}'"
    )

    body = {"email": "jose\u0301@example.com", "password": PASSWORD}
    signed_in = await client.post(LOGIN, json=body)
    forgot = await client.post("/api/v1/auth/password/forgot", json={"email": "josé@example.com"})

    assert signed_in.json()["user"]["id"] == person.id
    assert forgot.status_code == 202
