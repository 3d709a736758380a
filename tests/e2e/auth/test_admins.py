"""Admins created without another admin: at the first start and on the command line."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from BE.core.database.connections import connect
from tests.support.postgres import fresh_database
from tests.support.processes.server import manage
from tests.support.processes.workers import API, PASSWORD, running_workers

ROOT_EMAIL = "root@example.com"
ROOT_PASSWORD = "another horse of mine"
FIRST_ADMIN = {"FIRST_ADMIN_EMAIL": ROOT_EMAIL, "FIRST_ADMIN_PASSWORD": ROOT_PASSWORD}


@pytest.fixture
async def own_dsn(server: str, migrated: str) -> AsyncIterator[str]:
    async with fresh_database(server, migrated) as dsn:
        yield dsn


async def accounts(dsn: str) -> list[tuple[Any, ...]]:
    connection = await connect(dsn)
    rows = await connection.fetch("SELECT email::text, role FROM auth.account ORDER BY email")
    await connection.close()
    return [tuple(row) for row in rows]


async def test_processes_that_start_together_create_one_first_admin(
    own_dsn: str, tmp_path: Path
) -> None:
    async with running_workers(tmp_path, own_dsn, count=3, **FIRST_ADMIN) as workers:
        answer = await workers[0].log_in(ROOT_EMAIL, ROOT_PASSWORD)
        assert await accounts(own_dsn) == [(ROOT_EMAIL, "admin")]
        assert answer.json()["user"]["role"] == "admin"
        assert not [worker for worker in workers if "no_first_admin" in worker.server.output]

        token = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        found = await workers[1].client.get(f"{API}/users", headers=token)
        assert [item["full_name"] for item in found.json()["items"]] == ["Administrator"]

    another = {**FIRST_ADMIN, "FIRST_ADMIN_EMAIL": "other@example.com"}
    async with running_workers(tmp_path, own_dsn, count=1, **another):
        assert await accounts(own_dsn) == [(ROOT_EMAIL, "admin")]


async def test_a_user_who_registered_with_the_email_before_is_not_promoted(
    own_dsn: str, tmp_path: Path
) -> None:
    async with running_workers(tmp_path, own_dsn, count=1) as [worker]:
        visitor = await worker.register()
    taken = {**FIRST_ADMIN, "FIRST_ADMIN_EMAIL": visitor.email}

    async with running_workers(tmp_path, own_dsn, count=1, **taken) as [worker]:
        assert "Email already registered" in worker.server.output
        assert ROOT_PASSWORD not in worker.server.output
    assert await accounts(own_dsn) == [(visitor.email, "user")]


class TestCreateAdmin:
    async def test_takes_a_password_from_a_script(self, own_dsn: str, tmp_path: Path) -> None:
        command = ("create-admin", "Root@Example.com", "--password-stdin")

        made = manage(*command, typed=f"{ROOT_PASSWORD}\n", DATABASE_URL=own_dsn)
        again = manage(*command, typed="whatever it may be\n", DATABASE_URL=own_dsn)

        assert (made.returncode, again.returncode) == (0, 0), made.stderr + again.stderr
        assert "is an admin now" in made.stdout
        assert "already" in again.stdout
        async with running_workers(tmp_path, own_dsn, count=1) as [worker]:
            answer = await worker.log_in(ROOT_EMAIL, ROOT_PASSWORD)
            assert answer.json()["user"]["role"] == "admin"

    async def test_promotes_an_existing_user_only_on_confirmation(
        self, own_dsn: str, tmp_path: Path
    ) -> None:
        async with running_workers(tmp_path, own_dsn, count=1) as [worker]:
            visitor = await worker.register()
            command = ("create-admin", visitor.email)

            script = manage(*command, "--password-stdin", typed="x\n", DATABASE_URL=own_dsn)
            declined = manage(*command, typed="n\n", DATABASE_URL=own_dsn)
            assert (script.returncode, declined.returncode) == (1, 1)
            assert len(script.stderr.splitlines()) == 1
            assert await worker.admits(visitor)

            promoted = manage(*command, typed="y\n", DATABASE_URL=own_dsn)
            assert promoted.returncode == 0, promoted.stderr
            assert await accounts(own_dsn) == [(visitor.email, "admin")]
            assert (await worker.log_in(visitor.email, PASSWORD)).status_code == 200

    @pytest.mark.parametrize(
        ("email", "typed", "code", "message"),
        [
            ("nobody", "x", 2, "valid email"),
            (ROOT_EMAIL, "", 2, "no password"),
            (ROOT_EMAIL, "short", 1, "12 characters or more"),
        ],
    )
    async def test_explains_a_refusal(
        self, own_dsn: str, email: str, typed: str, code: int, message: str
    ) -> None:
        command = ("create-admin", email, "--password-stdin")

        result = manage(*command, typed=typed, DATABASE_URL=own_dsn)

        assert (result.returncode, await accounts(own_dsn)) == (code, [])
        assert message in result.stderr
        assert "Traceback" not in result.stderr

    def test_needs_a_migrated_database(self, empty_dsn: str) -> None:
        command = ("create-admin", ROOT_EMAIL, "--password-stdin")

        result = manage(*command, typed=ROOT_PASSWORD, DATABASE_URL=empty_dsn)

        assert result.returncode == 1
        assert "python manage.py migrate" in result.stderr
