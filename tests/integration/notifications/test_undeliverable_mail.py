"""A mail that cannot be sent to exactly its address fails at once, without retries."""

from email import message_from_bytes
from functools import partial
from pathlib import Path

import pytest

from tests.support.application import AppFactory
from tests.support.client import client_of, sign_up
from tests.support.events import eventually
from tests.support.postgres import execute


@pytest.mark.parametrize(
    "email", ["=?utf-8?q?=76ictim?=@example.com", "=?utf-8?q?attacker=40evil.com=2C?=@example.com"]
)
async def test_a_mail_to_an_encoded_word_is_a_dead_letter_after_one_attempt(
    build_app: AppFactory, own_dsn: str, tmp_path: Path, email: str
) -> None:
    async with build_app(database_url=own_dsn, data_dir=tmp_path) as app, client_of(app) as client:
        person = await sign_up(client)
        await execute(
            own_dsn, f"UPDATE auth.account SET email = '{email}' WHERE id = '{person.id}'"
        )
        await client.post("/api/v1/auth/password/forgot", json={"email": email})
        newest = partial(app.state.container.deliveries().newest, "dead", limit=10)
        handler = "notifications.on_password_reset_requested"

        async def is_dead() -> bool:
            return bool([dead for dead in await newest() if dead.handler == handler])

        await eventually(is_dead)
        [dead] = [dead for dead in await newest() if dead.handler == handler]
        assert dead.attempts == 1
        assert "no mail is sent" in (dead.last_error or "")
    mails = [message_from_bytes(file.read_bytes()) for file in (tmp_path / "mail").glob("*.eml")]
    assert {mail["To"] for mail in mails} <= {person.email}
