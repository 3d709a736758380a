from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from tests.support.application import AppFactory
from tests.support.client import client_of
from tests.support.webhooks.receiver import Receiver, receiving


@pytest.fixture
async def app(build_app: AppFactory, own_dsn: str) -> AsyncIterator[FastAPI]:
    """An application that may send webhooks to this machine, with a database of its own.

    Another application on that database would claim deliveries and refuse to send them here.
    """
    async with build_app(
        database_url=own_dsn, webhook_allow_private_addresses=True, max_webhooks_per_user=3
    ) as app:
        yield app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as client:
        yield client


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver
