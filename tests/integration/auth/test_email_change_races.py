"""Requests for the earlier address while a change of email is being committed."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from BE.core.database.connections import connect
from config import Settings
from tests.support.application import AppFactory
from tests.support.auth.email_changes import (
    CANCEL,
    CONFIRM,
    cancel,
    confirm,
    request_change,
    verify_email,
)
from tests.support.client import PASSWORD, Person, client_of
from tests.support.events import eventually
from tests.support.mailbox import Mailbox
from tests.support.processes.gates import exists, gate

WRITTEN = "UPDATE ON auth.account"
"""The event at which a change is held: its new email is written, but not committed."""


@pytest.fixture
async def app(build_app: AppFactory, own_dsn: str) -> AsyncIterator[FastAPI]:
    async with build_app(database_url=own_dsn) as app:
        yield app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as client:
        yield client


@pytest.fixture
async def connection(own_dsn: str) -> AsyncIterator[Any]:
    connection = await connect(own_dsn)
    yield connection
    await connection.close()


@pytest.fixture
async def old(base_settings: Settings, client: httpx.AsyncClient, ada: Person) -> Mailbox:
    """Ada's earlier mailbox, which is verified."""
    inbox = Mailbox(base_settings.mail_dir, ada.email)
    await verify_email(client, inbox)
    return inbox


@pytest.fixture
def mail_to(base_settings: Settings) -> Any:
    def open_inbox(person: Person, name: str) -> Mailbox:
        return Mailbox(base_settings.mail_dir, f"{name}-{person.email}")

    return open_inbox


async def until_blocked(connection: Any) -> None:
    """Wait until a statement waits for the held transaction."""
    waiting = "pg_locks WHERE locktype = 'transactionid' AND NOT granted"
    await eventually(lambda: exists(connection, waiting))


async def token_for(client: httpx.AsyncClient, person: Person, new: Mailbox) -> str:
    """Request a change to the new mailbox; return the token that confirms it."""
    await request_change(client, person, new.address)
    return await new.next_token(CONFIRM)


async def test_the_earlier_address_cannot_be_registered_while_it_becomes_free(
    client: httpx.AsyncClient, ada: Person, old: Mailbox, mail_to: Any, connection: Any
) -> None:
    token = await token_for(client, ada, mail_to(ada, "new"))
    body = {"email": ada.email, "password": PASSWORD, "full_name": "Mallory"}

    async with gate(connection, WRITTEN) as is_held:
        confirming = asyncio.create_task(confirm(client, token))
        await is_held()
        registering = asyncio.create_task(client.post("/api/v1/auth/register", json=body))
        await until_blocked(connection)

    assert (await confirming).status_code == 204
    assert (await registering).status_code == 409
    assert (await cancel(client, await old.next_token(CANCEL))).status_code == 204


async def test_no_other_account_changes_to_the_earlier_address_while_it_becomes_free(
    client: httpx.AsyncClient, ada: Person, bob: Person, mail_to: Any, connection: Any
) -> None:
    wanted = mail_to(ada, "wanted")
    token_of_bob = await token_for(client, bob, wanted)
    assert (await confirm(client, await token_for(client, ada, wanted))).status_code == 204
    token = await token_for(client, ada, mail_to(ada, "next"))

    async with gate(connection, WRITTEN) as is_held:
        confirming = asyncio.create_task(confirm(client, token))
        await is_held()
        taking = asyncio.create_task(confirm(client, token_of_bob))
        await until_blocked(connection)

    assert (await confirming).status_code == 204
    assert (await taking).status_code == 401


async def test_no_password_reset_is_mailed_to_the_earlier_address(
    app: FastAPI, client: httpx.AsyncClient, ada: Person, mail_to: Any, connection: Any
) -> None:
    passwords = app.state.container.password_service()
    token = await token_for(client, ada, mail_to(ada, "new"))

    async with gate(connection, WRITTEN) as is_held:
        confirming = asyncio.create_task(confirm(client, token))
        await is_held()
        issuing = asyncio.create_task(passwords.issue_reset(UUID(ada.id)))
        await until_blocked(connection)

    assert (await confirming).status_code == 204
    assert await issuing is None
    assert await connection.fetchval("SELECT count(*) FROM auth.one_time_token") == 0
