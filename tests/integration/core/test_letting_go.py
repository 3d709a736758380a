"""Nothing in the process keeps an application that has ended: tests run hundreds in one process."""

import asyncio
import gc
import weakref

from tests.support.application import AppFactory
from tests.support.client import client_of, sign_up


async def test_an_application_that_has_ended_is_let_go(build_app: AppFactory) -> None:
    async with build_app() as app, client_of(app) as client:
        await asyncio.create_task(sign_up(client))  # its context ends with it
        kept = weakref.ref(app)
    del app, client
    gc.collect()

    assert kept() is None
