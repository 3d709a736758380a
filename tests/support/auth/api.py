"""Accounts and sessions over HTTP."""

import httpx

from tests.support.client import PASSWORD, Person

COOKIE = "__Host-refresh_token"


def register_body(**fields: object) -> dict[str, object]:
    return {"email": "ada@example.com", "password": PASSWORD, "full_name": "Ada Lovelace"} | fields


async def refresh_with(
    client: httpx.AsyncClient, cookie: str | None, user_agent: str = "browser"
) -> httpx.Response:
    client.cookies.clear()
    headers = {"User-Agent": user_agent}
    if cookie is not None:
        headers["Cookie"] = f"{COOKIE}={cookie}"
    return await client.post("/api/v1/auth/refresh", headers=headers)


async def log_in(
    client: httpx.AsyncClient, person: Person, user_agent: str = "browser"
) -> dict[str, str]:
    answer = await client.post(
        "/api/v1/auth/login",
        json={"email": person.email, "password": PASSWORD},
        headers={"User-Agent": user_agent},
    )
    assert answer.status_code == 200
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}
