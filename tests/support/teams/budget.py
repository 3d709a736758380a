"""How many statements a usual request takes, its BEGIN and COMMIT aside."""

import httpx

from tests.support.client import Person, sign_up
from tests.support.contexts import declared
from tests.support.mailbox import Mailbox
from tests.support.teams.api import INVITED, TEAMS, accept, create, invite, join, path_of, revoke

ENDED_WITH_TEAM = sum(declared("budget", "ENDED_WITH_TEAM"))
ENDED_WITH_MEMBERSHIP = sum(declared("budget", "ENDED_WITH_MEMBERSHIP"))
"""Statements of other contexts in the transaction that ends it."""

BUDGET = {
    "create_team": 4,
    "list_teams": 1,
    "read_team": 2,
    "change_team": 6,
    "delete_team": 6 + ENDED_WITH_TEAM,
    "list_members": 3,
    "change_member": 6,
    "remove_member": 5 + ENDED_WITH_MEMBERSHIP,
    "invite": 7,
    "list_invitations": 2,
    "revoke_invitation": 5,
    "accept_invitation": 10,
}
"""The role in the team is read before the body is, and again under the team's lock."""
DELETED_WITH_USER = 2


async def use(client: httpx.AsyncClient, ada: Person, root: Person) -> None:
    headers, team = ada.headers, await create(client, ada)
    container = client._transport.app.state.container  # type: ignore[attr-defined]
    database = container.database()
    bob = await sign_up(client)
    await join(database, team, bob, "member")
    await client.get(TEAMS, headers=headers)
    await client.get(path_of(team), headers=headers)
    await client.patch(path_of(team), json={"name": "Another"}, headers=headers)
    await client.get(f"{path_of(team)}/members", headers=headers)
    await client.patch(path_of(team, bob), json={"role": "viewer"}, headers=headers)
    await client.delete(path_of(team, bob), headers=headers)
    await client.get(f"{path_of(team)}/invitations", headers=headers)
    inbox = Mailbox(container.settings().mail_dir, bob.email)
    revoked = (await invite(client, team, ada, "nobody@example.com")).json()
    await revoke(client, team, ada, revoked["id"])
    await invite(client, team, ada, bob.email)
    await accept(client, bob, await inbox.next_token(INVITED))
    await client.delete(path_of(team), headers=headers)
