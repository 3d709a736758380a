"""What a user's stream shows of an export: over a real socket, from the real feed."""

import httpx
import pytest

from BE.core.server.protocol import StrictProtocol
from tests.support.application import AppFactory
from tests.support.client import sign_up
from tests.support.exports.api import request
from tests.support.serving import port_of, serving_running
from tests.support.streams.readers import reading


@pytest.mark.parametrize("ends_well", [True, False])
async def test_its_beginning_and_its_end_are_shown_to_its_owner_alone(
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
                    reading(client, ada.headers) as hers,
                    reading(client, bob.headers) as his,
                ):
                    await hers.next()
                    await his.next()
                    job = await request(client, ada)
                    seen = [await hers.next() for _ in range(3)]
                    own = await request(client, bob)
                    first_of_his = await his.next()
            finally:
                app.state.container.live_streams().leave()

    assert [(event.event, event.data["id"]) for event in seen] == [
        ("job.created", job["id"]),
        ("job.changed", job["id"]),  # it runs
        ("job.changed", job["id"]),  # it has ended
    ]
    assert (first_of_his.event, first_of_his.data["id"]) == ("job.created", own["id"])
