"""Two-step sign-in over HTTP, with the test as the authenticator app."""

import time
from dataclasses import dataclass

import httpx

from BE.modules.auth.models import TotpSecret
from tests.support.client import PASSWORD, Person
from tests.support.postgres import execute

TOTP = "/api/v1/auth/totp"


@dataclass(frozen=True, slots=True)
class App:
    """The authenticator app of a person, with the recovery codes that came with it."""

    secret: TotpSecret
    recovery_codes: list[str]

    @property
    def code(self) -> str:
        """The code that the app shows now."""
        return code_of(self.secret)


def code_of(secret: TotpSecret) -> str:
    return secret.code(int(time.time()) // 30)


async def begin(client: httpx.AsyncClient, person: Person) -> TotpSecret:
    answer = await client.post(TOTP, json={"password": PASSWORD}, headers=person.headers)
    assert answer.status_code == 200
    return TotpSecret(answer.json()["secret"])


async def turn_on(client: httpx.AsyncClient, person: Person, dsn: str) -> App:
    """Turn it on; the confirmation code stays usable, so that tests need not wait for the next."""
    app = await confirm(client, person)
    await forget_used_codes(dsn, person)
    return app


async def confirm(client: httpx.AsyncClient, person: Person) -> App:
    """Turn it on."""
    secret = await begin(client, person)
    body = {"code": code_of(secret)}
    answer = await client.post(f"{TOTP}/confirm", json=body, headers=person.headers)
    assert answer.status_code == 200
    return App(secret, answer.json()["recovery_codes"])


async def forget_used_codes(dsn: str, person: Person) -> None:
    await execute(dsn, f"UPDATE auth.totp SET used_step = 0 WHERE account_id = '{person.id}'")


async def first_step(client: httpx.AsyncClient, person: Person) -> str:
    """Send the password; return the challenge."""
    answer = await client.post(
        "/api/v1/auth/login", json={"email": person.email, "password": PASSWORD}
    )
    assert (answer.status_code, answer.json()["code"]) == (401, "SECOND_FACTOR_REQUIRED")
    challenge: str = answer.json()["challenge"]
    return challenge


async def second_step(client: httpx.AsyncClient, challenge: str, code: str) -> httpx.Response:
    return await client.post(
        "/api/v1/auth/login/second-factor", json={"challenge": challenge, "code": code}
    )
