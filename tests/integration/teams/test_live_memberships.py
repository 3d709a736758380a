"""Team events on a user's stream: over a real socket, from the real feed."""

import httpx

from BE.core.server.protocol import StrictProtocol
from config import Settings
from tests.support.application import AppFactory
from tests.support.client import sign_up
from tests.support.mailbox import Mailbox
from tests.support.serving import port_of, serving_running
from tests.support.streams.clients import streaming
from tests.support.streams.readers import reading
from tests.support.teams.api import INVITED, accept, create, invite, join, path_of


async def test_a_user_receives_changes_of_their_own_membership_only(build_app: AppFactory) -> None:
    async with build_app() as app, serving_running(app, StrictProtocol) as server:
        base_url = f"http://127.0.0.1:{port_of(server)}"
        async with httpx.AsyncClient(base_url=base_url, timeout=60) as client:
            try:
                ada, bob = await sign_up(client), await sign_up(client)
                team = await create(client, ada)
                await join(app.state.container.database(), team, bob, "member")
                async with (
                    reading(client, ada.headers) as ada_stream,
                    reading(client, bob.headers) as bob_stream,
                ):
                    await ada_stream.next()
                    await bob_stream.next()
                    path = path_of(team, bob)
                    await client.patch(path, json={"role": "viewer"}, headers=ada.headers)
                    await client.delete(path, headers=ada.headers)
                    seen = [await bob_stream.next() for _ in range(2)]
                    other = await create(client, ada)
                    first_of_ada = await ada_stream.next()
            finally:
                app.state.container.live_streams().leave()

    assert [(event.event, event.data["id"]) for event in seen] == [
        ("team.role_changed", team["id"]),
        ("team.left", team["id"]),
    ]
    assert (first_of_ada.event, first_of_ada.data["id"]) == ("team.joined", other["id"])


async def test_a_new_member_is_announced_to_the_others(
    build_app: AppFactory, base_settings: Settings
) -> None:
    async with streaming(build_app) as client:
        ada, bob, eve = [await sign_up(client) for _ in range(3)]
        team = await create(client, ada)
        inbox = Mailbox(base_settings.mail_dir, bob.email)
        inbox.skip()
        await invite(client, team, ada, bob.email)
        token = await inbox.next_token(INVITED)
        async with (
            reading(client, ada.headers) as ada_stream,
            reading(client, bob.headers) as bob_stream,
            reading(client, eve.headers) as eve_stream,
        ):
            for reader in (ada_stream, bob_stream, eve_stream):
                await reader.next()
            (await accept(client, bob, token)).raise_for_status()
            other = await create(client, eve)
            of_ada, first, second = (
                await ada_stream.next(),
                await bob_stream.next(),
                await bob_stream.next(),
            )
            first_of_eve = await eve_stream.next()

    received = [
        (seen.event, seen.data["id"], seen.data["team_id"]) for seen in (of_ada, first, second)
    ]
    announced = ("team.member_joined", team["id"], team["id"])
    assert received[0] == announced
    assert {*received[1:]} == {("team.joined", team["id"], None), announced}
    assert first_of_eve.data["id"] == other["id"]
