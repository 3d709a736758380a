"""Tokens of a real Better Auth, from npm, against a real server of ours."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from tests.support.npm import install, needs_npm
from tests.support.processes.server import CLOSING, PATIENCE, ForkedServer

HERE = Path(__file__).parent / "better_auth"
SECRET = "the-secret-of-better-auth-of-more-than-32-bytes"
SHARED = "https://shared.example.com"

pytestmark = needs_npm


@pytest.fixture(scope="module")
def installed(request: pytest.FixtureRequest) -> Path:
    """The directory where Better Auth is installed."""
    assert request.config.cache is not None
    place = install(HERE, request.config.cache)
    shutil.copy(HERE / "issuer.mjs", place)
    return place


class BetterAuth:
    """The server where a front end signs its users in."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client = httpx.Client(
            base_url=url, headers={"Origin": url}, timeout=PATIENCE, limits=CLOSING
        )

    def sign_up(self, email: str, name: str) -> None:
        body = {"email": email, "name": name, "password": "correct horse battery staple"}
        self._client.post("/api/auth/sign-up/email", json=body).raise_for_status()

    def token(self) -> str:
        """The token that the jwt plugin issues to the signed-in user."""
        token: str = self._client.get("/api/auth/token").raise_for_status().json()["token"]
        return token

    def mailed_token(self, email: str) -> str:
        mails = self._client.get("/mails").raise_for_status().json()
        return next(str(mail["token"]) for mail in mails if mail["to"] == email)

    def verify_email(self, token: str) -> None:
        answer = self._client.get("/api/auth/verify-email", params={"token": token})
        answer.raise_for_status()

    def close(self) -> None:
        self._client.close()


@contextmanager
def running(installed: Path) -> Iterator[str]:
    process = subprocess.Popen(
        ("node", "issuer.mjs"),
        cwd=installed,
        env=os.environ | {"BETTER_AUTH_SECRET": SECRET},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url, "Better Auth did not start"
        yield url
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE)


@pytest.fixture(scope="module")
def url(installed: Path) -> Iterator[str]:
    with running(installed) as url:
        yield url


@pytest.fixture
def better_auth(url: str) -> Iterator[BetterAuth]:
    """A fresh browser that has not signed in yet."""
    better_auth = BetterAuth(url)
    yield better_auth
    better_auth.close()


@pytest.fixture(scope="module")
def api(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    issuers = [
        {
            "issuer": url,
            "audience": url,
            "algorithms": ["EdDSA"],
            "jwks_url": f"{url}/api/auth/jwks",
        },
        {"issuer": SHARED, "audience": "api", "algorithms": ["HS256"], "secret": SECRET},
    ]
    server = ForkedServer(
        tmp_path_factory.mktemp("better-auth") / "data",
        TRUSTED_ISSUERS=json.dumps(issuers),
    )
    try:
        server.wait_until()
        yield server.client
    finally:
        server.clean_up()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_user_of_better_auth_uses_the_api(api: httpx.Client, better_auth: BetterAuth) -> None:
    better_auth.sign_up("ada@example.com", "Ada Lovelace")
    headers = bearer(better_auth.token())

    me = api.get("/api/v1/auth/me", headers=headers)
    profile = api.get("/api/v1/users/me", headers=headers)
    changed = api.patch("/api/v1/users/me", json={"username": "countess"}, headers=headers)
    again = api.get("/api/v1/users/me", headers=bearer(better_auth.token()))

    assert (me.status_code, me.json()["email"]) == (200, "ada@example.com")
    assert me.json()["email_verified"] is False
    assert me.json()["role"] == "user"
    assert profile.json()["full_name"] == "Ada Lovelace"
    assert changed.status_code == 200
    assert again.json()["username"] == "countess"


def test_an_email_verified_there_is_verified_here(
    api: httpx.Client, better_auth: BetterAuth
) -> None:
    better_auth.sign_up("grace@example.com", "Grace Hopper")
    before = api.get("/api/v1/auth/me", headers=bearer(better_auth.token()))

    better_auth.verify_email(better_auth.mailed_token("grace@example.com"))
    time.sleep(1.01 - time.time() % 1)  # or the next token is identical
    after = api.get("/api/v1/auth/me", headers=bearer(better_auth.token()))

    assert after.json() == before.json() | {"email_verified": True}


def test_a_mailed_token_is_refused(api: httpx.Client, better_auth: BetterAuth) -> None:
    """It is signed with the secret that an issuer shares with us."""
    better_auth.sign_up("bob@example.com", "Bob Bemer")
    mailed = better_auth.mailed_token("bob@example.com")
    claims: dict[str, Any] = jwt.decode(mailed, SECRET, algorithms=["HS256"])
    complete = claims | {"iss": SHARED, "aud": "api", "sub": "bob"}

    refused = api.get("/api/v1/auth/me", headers=bearer(mailed))
    known = api.get("/api/v1/auth/me", headers=bearer(jwt.encode(complete, SECRET)))

    assert refused.status_code == 401
    assert known.json()["email"] == "bob@example.com"
