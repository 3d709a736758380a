"""An application that has ended is garbage-collected: tests run hundreds in one process."""

import asyncio
import gc
import weakref
from contextlib import closing

from fastapi import FastAPI

from tests.support.application import AppFactory
from tests.support.client import client_of, sign_up


def test_an_application_that_has_ended_is_garbage_collected(build_app: AppFactory) -> None:
    async def serve() -> weakref.ref[FastAPI]:
        async with build_app() as app, client_of(app) as client:
            await sign_up(client)
            return weakref.ref(app)

    # A loop keeps a cancelled timer, and with it a request, until the timer is due.
    with closing(asyncio.new_event_loop()) as loop:
        reference = loop.run_until_complete(serve())
        loop.run_until_complete(loop.shutdown_default_executor())
    gc.collect()

    assert reference() is None
