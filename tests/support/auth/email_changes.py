"""Changes of email over HTTP."""

import httpx

from tests.support.client import Person
from tests.support.mailbox import Mailbox

CHANGE = "/api/v1/auth/email/change"
CONFIRM = "Confirm your new email address"
CANCEL = "Your email address is about to change"


async def request_change(client: httpx.AsyncClient, person: Person, email: str) -> httpx.Response:
    return await client.post(CHANGE, json={"email": email}, headers=person.headers)


async def confirm(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.post(f"{CHANGE}/confirm", json={"token": token})


async def cancel(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.post(f"{CHANGE}/cancel", json={"token": token})


async def email_of(client: httpx.AsyncClient, person: Person) -> str:
    """The email of the account; the profile must have the same."""
    account = await client.get("/api/v1/auth/me", headers=person.headers)
    profile = await client.get("/api/v1/users/me", headers=person.headers)
    email: str = account.json()["email"]
    assert profile.json()["email"] == email
    return email


async def pending_of(client: httpx.AsyncClient, person: Person) -> str | None:
    answer = await client.get(CHANGE, headers=person.headers)
    pending: dict[str, str] | None = answer.json()["pending"]
    return pending["email"] if pending else None


async def verify_email(client: httpx.AsyncClient, inbox: Mailbox) -> None:
    """Verify it with the link that registration mails."""
    token = await inbox.next_token("Confirm your email address")
    answer = await client.post("/api/v1/auth/email/verify", json={"token": token})
    assert answer.status_code == 204
