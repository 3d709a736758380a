"""An account created by someone other than its email's owner becomes the owner's alone."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import jwt
import pytest
from fastapi import FastAPI

from BE.modules.identities.security.trusted_issuers import TrustedIssuer
from config import Settings
from tests.support.application import AppFactory
from tests.support.identities.issuer import AUDIENCE, claims_of
from tests.support.mailbox import Mailbox

ME = "/api/v1/auth/me"
CARELESS, CAREFUL = "https://careless.example.com", "https://careful.example.com"
SECRETS = {
    CARELESS: "a-shared-secret-of-more-than-32-bytes",
    CAREFUL: "another-secret-of-more-than-32-bytes",
}


@pytest.fixture
async def app(build_app: AppFactory, own_dsn: str) -> AsyncIterator[FastAPI]:
    issuers = tuple(
        TrustedIssuer(issuer=issuer, audience=AUDIENCE, algorithms=("HS256",), secret=secret)
        for issuer, secret in SECRETS.items()
    )
    async with build_app(database_url=own_dsn, trusted_issuers=issuers) as app:
        yield app


def bearer(issuer: str, **claims: Any) -> dict[str, str]:
    claims = {"email": "victim@example.com"} | claims
    return {"Authorization": f"Bearer {jwt.encode(claims_of(issuer, **claims), SECRETS[issuer])}"}


@pytest.fixture
def mailbox(base_settings: Settings) -> Mailbox:
    mailbox = Mailbox(base_settings.mail_dir, "victim@example.com")
    mailbox.skip()
    return mailbox


async def test_an_identity_that_only_claimed_the_email_is_unlinked(
    client: httpx.AsyncClient, mailbox: Mailbox
) -> None:
    attacker = await client.get(ME, headers=bearer(CARELESS, sub="attacker"))
    link = {"token": await mailbox.next_token()}
    verified = await client.post("/api/v1/auth/email/verify", json=link)

    owner = await client.get(ME, headers=bearer(CAREFUL, sub="owner", email_verified=True))
    again = await client.get(ME, headers=bearer(CARELESS, sub="attacker"))
    fresh = await client.get(ME, headers=bearer(CARELESS, sub="attacker", nonce="fresh"))

    assert [attacker.status_code, verified.status_code, owner.status_code] == [200, 204, 200]
    assert owner.json()["id"] == attacker.json()["id"]
    assert again.status_code in {401, 403}
    assert fresh.status_code in {401, 403}
    assert (await client.get(ME, headers=bearer(CAREFUL, sub="owner"))).status_code == 200


async def test_an_identity_whose_user_verified_the_email_while_signed_in_stays(
    client: httpx.AsyncClient, mailbox: Mailbox
) -> None:
    first = bearer(CARELESS, sub="owner")
    await client.get(ME, headers=first)
    link = {"token": await mailbox.next_token()}
    await client.post("/api/v1/auth/email/verify", json=link, headers=first)

    joined = await client.get(ME, headers=bearer(CAREFUL, sub="owner", email_verified=True))
    before = await client.get(ME, headers=first)

    assert [joined.status_code, before.status_code] == [200, 200]
    assert joined.json()["id"] == before.json()["id"]


async def test_an_identity_with_a_verified_email_stays_when_another_issuer_verifies_it(
    client: httpx.AsyncClient,
) -> None:
    first = bearer(CAREFUL, sub="owner", email_verified=True)
    await client.get(ME, headers=first)

    joined = await client.get(ME, headers=bearer(CARELESS, sub="owner", email_verified=True))
    before = await client.get(ME, headers=first)

    assert [joined.status_code, before.status_code] == [200, 200]
    assert joined.json()["id"] == before.json()["id"]
    assert joined.json()["session_id"] != before.json()["session_id"]
