"""Single-use credentials, each used by fifty concurrent requests to two server processes.

``SINGLE_USE_ROUNDS=200`` repeats it as often as a release needs.
"""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from BE.modules.auth.models import TotpSecret
from tests.support.auth.authenticator import ORIGIN, Authenticator
from tests.support.auth.email_changes import CHANGE, CONFIRM
from tests.support.auth.passkeys import PASSKEYS
from tests.support.auth.two_steps import TOTP, code_of
from tests.support.mailbox import Mailbox
from tests.support.processes.workers import API, PASSWORD, Visitor, Worker, running_workers

ROUNDS = int(os.environ.get("SINGLE_USE_ROUNDS", "3"))
AT_ONCE = 50
CHALLENGES = 5
"""The number of first steps over which the uses of one code are spread."""

SECOND_STEP = f"{API}/auth/login/second-factor"
VERIFICATIONS = "SELECT count(*) FROM events.event WHERE name = 'user.email_verified'"

type InboxOf = Callable[[str], Mailbox]


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("single-uses")


@pytest.fixture(scope="module")
async def workers(database: str, directory: Path) -> AsyncIterator[list[Worker]]:
    async with running_workers(directory, database, PUBLIC_URL=ORIGIN) as workers:
        yield workers


@pytest.fixture
def inbox_of(directory: Path) -> InboxOf:
    return lambda address: Mailbox(directory / "data" / "mail", address)


async def post(worker: Worker, path: str, visitor: Visitor | None = None, **body: Any) -> Any:
    """Send a request that must succeed, and return its answer."""
    headers = visitor.headers if visitor else {}
    answer = await worker.client.post(path, json=body, headers=headers)
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


async def use_at_once(
    workers: list[Worker], path: str, bodies: list[dict[str, Any]]
) -> dict[int, int]:
    """Send fifty concurrent requests, with each body equally often; count the statuses."""
    requests = (
        workers[number % len(workers)].client.post(path, json=bodies[number % len(bodies)])
        for number in range(AT_ONCE)
    )
    return dict(Counter(answer.status_code for answer in await asyncio.gather(*requests)))


async def turn_on(worker: Worker, visitor: Visitor) -> tuple[TotpSecret, list[str]]:
    """Turn two-step sign-in on; return the secret of the app, and the recovery codes."""
    begun = await post(worker, TOTP, visitor, password=PASSWORD)
    secret = TotpSecret(begun["secret"])
    confirmed = await post(worker, f"{TOTP}/confirm", visitor, code=code_of(secret))
    return secret, confirmed["recovery_codes"]


async def challenge_for(worker: Worker, visitor: Visitor) -> str:
    answer = await worker.log_in(visitor.email)
    assert answer.json()["code"] == "SECOND_FACTOR_REQUIRED"
    challenge: str = answer.json()["challenge"]
    return challenge


async def test_a_totp_code_works_once(workers: list[Worker], connection: Any) -> None:
    ada = await workers[0].register()
    secret, _ = await turn_on(workers[0], ada)
    for _ in range(ROUNDS):
        await connection.execute("UPDATE auth.totp SET used_step = 0")
        challenges = [await challenge_for(workers[0], ada) for _ in range(CHALLENGES)]
        code = code_of(secret)

        statuses = await use_at_once(
            workers,
            SECOND_STEP,
            [{"challenge": challenge, "code": code} for challenge in challenges],
        )

        assert statuses == {200: 1, 401: AT_ONCE - 1}


async def test_a_recovery_code_works_once(workers: list[Worker]) -> None:
    codes: list[str] = []
    for _ in range(ROUNDS):
        if not codes:
            ada = await workers[0].register()
            _, codes = await turn_on(workers[0], ada)
        challenges = [await challenge_for(workers[0], ada) for _ in range(CHALLENGES)]
        code = codes.pop()

        statuses = await use_at_once(
            workers,
            SECOND_STEP,
            [{"challenge": challenge, "code": code} for challenge in challenges],
        )

        assert statuses == {200: 1, 401: AT_ONCE - 1}


async def test_a_second_step_challenge_works_once(workers: list[Worker]) -> None:
    """Each request has another valid code: only the challenge restricts them to one."""
    for _ in range(ROUNDS):
        ada = await workers[0].register()
        _, codes = await turn_on(workers[0], ada)
        challenge = await challenge_for(workers[0], ada)

        statuses = await use_at_once(
            workers, SECOND_STEP, [{"challenge": challenge, "code": code} for code in codes]
        )

        assert statuses == {200: 1, 401: AT_ONCE - 1}


async def test_a_passkey_challenge_works_once(workers: list[Worker]) -> None:
    ada, phone = await workers[0].register(), Authenticator()
    made = phone.create(await post(workers[0], f"{PASSKEYS}/options", ada))
    await post(workers[0], PASSKEYS, ada, **made)
    for _ in range(ROUNDS):
        signed = phone.get(await post(workers[0], f"{PASSKEYS}/sign-in/options"))

        statuses = await use_at_once(workers, f"{PASSKEYS}/sign-in", [signed])

        assert statuses == {200: 1, 401: AT_ONCE - 1}


async def test_a_link_that_confirms_a_new_email_works_once(
    workers: list[Worker], inbox_of: InboxOf
) -> None:
    for _ in range(ROUNDS):
        ada = await workers[0].register()
        new = f"new-{ada.email}"
        await post(workers[0], CHANGE, ada, email=new)
        token = await inbox_of(new).next_token(CONFIRM)

        statuses = await use_at_once(workers, f"{CHANGE}/confirm", [{"token": token}])

        assert statuses == {204: 1, 401: AT_ONCE - 1}


async def test_a_link_verifies_an_email_once_but_always_succeeds(
    workers: list[Worker], inbox_of: InboxOf, connection: Any
) -> None:
    """Each request succeeds, as mail scanners follow links too; only one has an effect."""
    for _ in range(ROUNDS):
        ada = await workers[0].register()
        token = await inbox_of(ada.email).next_token("Confirm your email address")
        before = await connection.fetchval(VERIFICATIONS)

        statuses = await use_at_once(workers, f"{API}/auth/email/verify", [{"token": token}])

        assert statuses == {204: AT_ONCE}
        assert await connection.fetchval(VERIFICATIONS) == before + 1
