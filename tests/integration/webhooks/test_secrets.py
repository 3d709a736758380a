"""Secrets stay readable when the key that sealed them leaves the ring."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI

from BE.core.database.database import Database
from tests.support.application import AppFactory
from tests.support.client import client_of, sign_in, sign_up
from tests.support.events import eventually, pass_an_hour
from tests.support.webhooks.api import attempts_of, create, path_of
from tests.support.webhooks.receiver import Receiver

OLD, NEW = f"old:{'o' * 40}", f"new:{'n' * 40}"


@asynccontextmanager
async def with_keys(
    build_app: AppFactory, dsn: str, ring: str
) -> AsyncIterator[tuple[FastAPI, httpx.AsyncClient]]:
    settings = {"database_url": dsn, "jwt_secret": ring, "webhook_allow_private_addresses": True}
    async with build_app(**settings) as app, client_of(app) as client:
        yield app, client


async def sealed_by(app: FastAPI) -> set[str]:
    database: Database = app.state.container.database()
    rows = await database.fetch("SELECT secret, old_secret FROM webhooks.webhook")
    return {sealed.partition(b":")[0].decode() for row in rows for sealed in row if sealed}


async def test_secrets_are_resealed_within_an_hour(
    build_app: AppFactory, own_dsn: str, receiver: Receiver
) -> None:
    async with with_keys(build_app, own_dsn, OLD) as (app, client):
        ada = await sign_up(client)
        webhook = await create(client, ada, receiver.url)
        rotated = await client.post(f"{path_of(webhook)}/secret", headers=ada.headers)
        assert await sealed_by(app) == {"old"}

    async with with_keys(build_app, own_dsn, f"{NEW},{OLD}") as (app, _):
        await pass_an_hour(app)

        async def are_resealed() -> bool:
            return await sealed_by(app) == {"new"}

        await eventually(are_resealed)

    async with with_keys(build_app, own_dsn, NEW) as (_, client):
        ada = await sign_in(client, ada.email)
        await client.post(f"{path_of(webhook)}/test", headers=ada.headers)
        await eventually(lambda: receiver.has(1))

    for secret in (webhook["secret"], rotated.json()["secret"]):
        assert receiver.deliveries[0].verified(secret)["type"] == "webhook.test"


async def test_a_webhook_with_an_unreadable_secret_sends_nothing_and_reports_it(
    build_app: AppFactory, own_dsn: str, receiver: Receiver
) -> None:
    async with with_keys(build_app, own_dsn, OLD) as (_, client):
        ada = await sign_up(client)
        webhook = await create(client, ada, receiver.url)

    async with with_keys(build_app, own_dsn, NEW) as (_, client):
        ada = await sign_in(client, ada.email)
        await client.post(f"{path_of(webhook)}/test", headers=ada.headers)

        async def is_attempted() -> bool:
            return bool(await attempts_of(client, ada, webhook))

        await eventually(is_attempted)
        [attempt] = await attempts_of(client, ada, webhook)

    assert attempt["error"].startswith("Its secret cannot be read any more")
    assert receiver.deliveries == []
