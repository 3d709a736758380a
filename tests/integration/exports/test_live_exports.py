"""Export events on a user's stream: over a real socket, from the real feed."""

import httpx
import pytest

from BE.core.server.protocol import StrictProtocol
from tests.support.application import AppFactory
from tests.support.client import sign_up
from tests.support.exports.api import request
from tests.support.serving import port_of, serving_running
from tests.support.streams.readers import reading


@pytest.mark.parametrize("ends_well", [True, False])
async def test_only_the_owner_receives_the_start_and_the_end_of_an_export(
    build_app: AppFactory, *, ends_well: bool
) -> None:
    async with build_app() as app, serving_running(app, StrictProtocol) as server:
        service = app.state.container.export_service()
        service._largest = 10**9 if ends_well else 0
        base_url = f"http://127.0.0.1:{port_of(server)}"
        async with httpx.AsyncClient(base_url=base_url, timeout=60) as client:
            try:
                ada, bob = await sign_up(client), await sign_up(client)
                async with (
                    reading(client, ada.headers) as ada_stream,
                    reading(client, bob.headers) as bob_stream,
                ):
                    await ada_stream.next()
                    await bob_stream.next()
                    job = await request(client, ada)
                    seen = [await ada_stream.next() for _ in range(3)]
                    own = await request(client, bob)
                    first_of_bob = await bob_stream.next()
            finally:
                app.state.container.live_streams().leave()

    assert [(event.event, event.data["id"]) for event in seen] == [
        ("job.created", job["id"]),
        ("job.changed", job["id"]),  # it runs
        ("job.changed", job["id"]),  # it has ended
    ]
    assert (first_of_bob.event, first_of_bob.data["id"]) == ("job.created", own["id"])
