"""Emails and usernames have one identity, whatever the locale of the database."""

import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import httpx
import pytest

from BE.core.database.connections import connect
from BE.core.emails import identity_of
from BE.core.types import new_id
from commands.embedded import embedded_postgres
from config import Settings
from main import create_app
from migrations.refusals import MigrationRefused
from migrations.runner import Schema
from tests.support.application import container_of
from tests.support.client import PASSWORD, client_of, running, sign_in, sign_up
from tests.support.postgres import execute, fresh_database, migrate

AS_TYPED = ["İvan@example.com", "straße@example.com", "josé@example.com"]
LOOKALIKES = ["ivan@example.com", "strasse@example.com", "jose@example.com"]


@pytest.fixture(scope="module")
def locales_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with a Turkish locale, in which the lower case of I has no dot."""
    if shutil.which("localedef") is None:
        pytest.skip("there is no localedef to make a locale with")
    # outside pytest's tree, which the user of root's PostgreSQL cannot read
    directory = Path(tempfile.mkdtemp(prefix="bounded-locales-"))
    command = ["localedef", "-i", "tr_TR", "-f", "UTF-8", str(directory / "tr_TR.UTF-8")]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("there is no source of the Turkish locale")
    directory.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCPATH", f"{directory}:/usr/lib/locale")
        with embedded_postgres(tmp_path_factory.mktemp("turkish")) as dsn:
            yield dsn
    shutil.rmtree(directory)


@asynccontextmanager
async def database_of(locale: str, server: str) -> AsyncIterator[str]:
    """An empty database of a locale."""
    name = f"test_{uuid4().hex}"
    await execute(
        server, f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE '{locale}'"
    )
    yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    await execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module", params=["tr_TR.UTF-8", "C", "C.UTF-8"])
async def upgraded(request: pytest.FixtureRequest, locales_server: str) -> AsyncIterator[str]:
    """A template database with accounts from before local parts had to be ASCII."""
    async with database_of(request.param, locales_server) as dsn:
        await Schema(dsn).migrate("0013")
        for email in AS_TYPED:
            await add_account(dsn, email)
        await migrate(dsn)
        yield dsn


@pytest.fixture
async def old_dsn(locales_server: str, upgraded: str) -> AsyncIterator[str]:
    async with fresh_database(locales_server, upgraded) as dsn:
        yield dsn


@pytest.fixture
async def client(old_dsn: str, base_settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    settings = base_settings.model_copy(update={"database_url": old_dsn})
    async with running(create_app(container_of(settings))) as app, client_of(app) as client:
        yield client


async def add_account(dsn: str, email: str, username: str | None = None) -> None:
    """Add an account as the previous release did."""
    connection = await connect(dsn)
    account_id = new_id()
    await connection.execute(
        "INSERT INTO auth.account (id, email, password_hash) VALUES ($1, $2::text::citext, '!')",
        account_id,
        email,
    )
    await connection.execute(
        "INSERT INTO users.profile (id, email, username, full_name, role)"
        " VALUES ($1, $2, $3, 'Ada', 'user')",
        account_id,
        email,
        username,
    )
    await connection.close()


async def emails_and_identities(dsn: str) -> dict[str, str]:
    connection = await connect(dsn)
    rows = await connection.fetch("SELECT email::text, email_identity FROM auth.account")
    await connection.close()
    return {row["email"]: row["email_identity"] for row in rows}


async def register(client: httpx.AsyncClient, email: str, **fields: Any) -> int:
    body = {"email": email, "password": PASSWORD, "full_name": "Ada"} | fields
    status = (await client.post("/api/v1/auth/register", json=body)).status_code
    client.cookies.clear()
    return status


async def test_the_database_has_the_identity_of_every_email(
    client: httpx.AsyncClient, old_dsn: str
) -> None:
    for email in [*LOOKALIKES, "ANNA.I@EXAMPLE.com", "İ@bücher.example", "i@straße.example"]:
        await register(client, email)

    stored = await emails_and_identities(old_dsn)

    assert stored == {email: identity_of(email) for email in stored}
    assert {*AS_TYPED, *LOOKALIKES} <= stored.keys()


async def test_an_old_account_does_not_block_a_similar_address(
    client: httpx.AsyncClient,
) -> None:
    assert [await register(client, email) for email in LOOKALIKES] == [201] * 3


async def test_case_does_not_distinguish_emails_and_usernames(client: httpx.AsyncClient) -> None:
    assert await register(client, "ILKIN@example.com", username="ILKIN") == 201

    assert await register(client, "ilkin@example.com") == 409
    assert await register(client, "other@example.com", username="ilkin") == 409
    body = {"email": "ilkin@EXAMPLE.com", "password": PASSWORD}
    assert (await client.post("/api/v1/auth/login", json=body)).status_code == 200


async def test_users_are_found_and_sorted_without_regard_to_case(
    client: httpx.AsyncClient, old_dsn: str
) -> None:
    for name in ("IDA", "ike", "Jan", "zoe"):
        person = {"username": name, "full_name": f"{name} Illich"}
        assert await register(client, f"{name}@example.org", **person) == 201
    root = await sign_up(client, email="root@example.net")
    await execute(old_dsn, f"UPDATE auth.account SET role = 'admin' WHERE id = '{root.id}'")
    headers = (await sign_in(client, root.email)).headers

    async def usernames(**query: str) -> list[str]:
        answer = await client.get("/api/v1/users", params=query, headers=headers)
        return [user["username"] for user in answer.json()["items"] if user["username"]]

    for text in ("IDA", "ida", "IDA@EXAMPLE", "ida illich", "IDA ILLICH"):
        assert await usernames(search=text) == ["IDA"], text
    for column in ("username", "email", "full_name"):
        assert await usernames(sort_by=column) == ["IDA", "ike", "Jan", "zoe"], column


async def test_emails_with_one_identity_refuse_the_migration(
    locales_server: str,
) -> None:
    """In Turkish, `I` and `i` were different letters."""
    async with database_of("tr_TR.UTF-8", locales_server) as dsn:
        await Schema(dsn).migrate("0013")
        await add_account(dsn, "IDA@example.com", "IDA")
        await add_account(dsn, "ida@example.com", "ida")

        with pytest.raises(MigrationRefused, match=r"^1 emails .* SELECT "):
            await Schema(dsn).migrate()
        await execute(
            dsn, "UPDATE auth.account SET email = 'ada@example.com' WHERE email = 'ida@example.com'"
        )
        with pytest.raises(MigrationRefused, match=r"^1 usernames .* SELECT "):
            await Schema(dsn).migrate()
        await execute(dsn, "UPDATE users.profile SET username = 'ada' WHERE username = 'ida'")

        await Schema(dsn).migrate()


async def test_accounts_that_citext_would_join_refuse_the_downgrade(old_dsn: str) -> None:
    await execute(
        old_dsn,
        """
        WITH account AS (
            INSERT INTO auth.account (id, email, password_hash)
            VALUES (gen_random_uuid(), 'ivan@example.com', '!')
            RETURNING id, email
        )
        INSERT INTO users.profile (id, email, full_name, role)
        SELECT id, email, 'Ivan', 'user' FROM account
        """,
    )
    connection = await connect(old_dsn)
    would_join: bool = await connection.fetchval("SELECT 'İvan'::citext = 'ivan'::citext")
    await connection.close()

    if would_join:
        with pytest.raises(MigrationRefused):
            await Schema(old_dsn).migrate("0013")
    else:
        await Schema(old_dsn).migrate("0013")


async def test_the_statements_of_the_previous_release_still_work(
    client: httpx.AsyncClient, old_dsn: str
) -> None:
    """During an upgrade both releases run."""
    await register(client, "ada@example.com", username="ada")
    connection = await connect(old_dsn)
    add = (
        "INSERT INTO auth.account (id, email, password_hash) VALUES ($1, $2::text, '!')"
        " ON CONFLICT (email) DO NOTHING RETURNING id"
    )
    profile = (
        "INSERT INTO users.profile (id, email, username, full_name, role)"
        " VALUES ($1, 'x', $2, 'X', 'user') ON CONFLICT (lower(username)) DO NOTHING RETURNING id"
    )
    find = "SELECT id FROM auth.account WHERE email = $1::text::citext"

    assert await connection.fetchval(add, new_id(), "bob@example.com")
    assert await connection.fetchval(add, new_id(), "ada@example.com") is None
    assert await connection.fetchval(find, "BOB@example.com")
    assert await connection.fetchval(profile, new_id(), "bob")
    assert await connection.fetchval(profile, new_id(), "ada") is None
    await connection.close()
