"""``manage.py remove-second-factor``, for a user who has lost phone and recovery codes."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from BE.modules.auth.models import TotpSecret
from tests.support.auth.two_steps import TOTP, code_of
from tests.support.events import eventually
from tests.support.mailbox import Mailbox, text_of
from tests.support.processes.gates import exists
from tests.support.processes.server import manage
from tests.support.processes.workers import PASSWORD, Visitor, Worker, running_workers


@pytest.fixture
async def worker(database: str, tmp_path: Path) -> AsyncIterator[Worker]:
    async with running_workers(tmp_path, database, count=1) as [worker]:
        yield worker


async def turn_on(worker: Worker, visitor: Visitor) -> None:
    post = worker.client.post
    begun = await post(TOTP, json={"password": PASSWORD}, headers=visitor.headers)
    body = {"code": code_of(TotpSecret(begun.json()["secret"]))}
    confirmed = await post(f"{TOTP}/confirm", json=body, headers=visitor.headers)
    assert confirmed.status_code == 200


async def test_the_password_alone_signs_in_again_and_the_owner_is_notified(
    worker: Worker, database: str, connection: Any, tmp_path: Path
) -> None:
    ada = await worker.register()
    await turn_on(worker, ada)
    refused = await worker.log_in(ada.email)

    removed = manage("remove-second-factor", ada.email.upper(), DATABASE_URL=database)
    signed_in = await worker.log_in(ada.email)

    assert refused.json()["code"] == "SECOND_FACTOR_REQUIRED"
    assert removed.returncode == 0, removed.stderr
    assert "is removed" in removed.stdout
    assert signed_in.status_code == 200
    inbox = Mailbox(tmp_path / "data" / "mail", ada.email)
    assert "An operator has removed" in text_of(await inbox.about("Two-step sign-in is off"))
    recorded = f"""
        audit.entry
        WHERE event_name = 'user.second_factor_disabled'
            AND subject_id = '{signed_in.json()["user"]["id"]}'
            AND (data ->> 'by_operator')::boolean
    """
    await eventually(lambda: exists(connection, recorded))


async def test_a_missing_account_or_factor_is_reported_in_one_sentence(
    worker: Worker, database: str
) -> None:
    ada = await worker.register()

    unknown = manage("remove-second-factor", "nobody@example.com", DATABASE_URL=database)
    without = manage("remove-second-factor", ada.email, DATABASE_URL=database)

    assert (unknown.returncode, without.returncode) == (1, 1)
    assert unknown.stderr.strip().splitlines() == ["There is no such account"]
    assert without.stderr.strip().splitlines() == ["Two-step sign-in is not set up"]
