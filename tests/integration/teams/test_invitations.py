"""Invitations by mail: for one address, valid once for a week, never above the inviter's role."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from BE.core.database.database import Database
from BE.core.events import HourPassed
from BE.core.security.team_roles import TeamRole
from config import Settings
from tests.support.application import AppFactory
from tests.support.client import Person, client_of, sign_up
from tests.support.mailbox import Mailbox, text_of
from tests.support.teams.api import (
    INVITED,
    RACES,
    accept,
    create,
    invitations,
    invite,
    join,
    path_of,
    revoke,
    roles,
)

type Inboxes = Callable[[str], Mailbox]

CHARLES = "charles@example.com"


@pytest.fixture
def inbox_of(base_settings: Settings) -> Inboxes:
    def open_inbox(address: str) -> Mailbox:
        inbox = Mailbox(base_settings.mail_dir, address)
        inbox.skip()
        return inbox

    return open_inbox


@pytest.fixture
async def team(client: httpx.AsyncClient, ada: Person) -> dict[str, Any]:
    return await create(client, ada)


async def link(
    client: httpx.AsyncClient,
    team: dict[str, Any],
    inviter: Person,
    inbox: Mailbox,
    role: TeamRole = "member",
) -> str:
    """Invite, and read the token of the mail."""
    assert (await invite(client, team, inviter, inbox.address, role)).status_code == 201
    return await inbox.next_token(INVITED)


async def test_the_recipient_joins_once_and_their_email_is_verified(
    client: httpx.AsyncClient, team: dict[str, Any], ada: Person, bob: Person, inbox_of: Inboxes
) -> None:
    token = await link(client, team, ada, inbox_of(bob.email), "viewer")
    before = (await client.get("/api/v1/auth/me", headers=bob.headers)).json()
    joined = await accept(client, bob, token)
    after = (await client.get("/api/v1/auth/me", headers=bob.headers)).json()
    again = await accept(client, bob, token)

    assert (joined.status_code, joined.json()["id"]) == (200, team["id"])
    assert joined.json()["role"] == "viewer"
    assert (before["email_verified"], after["email_verified"]) == (False, True)
    assert again.status_code == 404
    assert await roles(client, team, bob) == {ada.id: "owner", bob.id: "viewer"}
    assert await invitations(client, team, ada) == []


async def test_another_spelling_of_the_address_is_the_same_mailbox(
    client: httpx.AsyncClient, team: dict[str, Any], ada: Person, bob: Person, inbox_of: Inboxes
) -> None:
    name, _, domain = bob.email.partition("@")
    token = await link(client, team, ada, inbox_of(f"{name.upper()}@{domain}"))

    assert (await accept(client, bob, token)).status_code == 200


async def test_only_the_invited_address_can_accept(
    client: httpx.AsyncClient, team: dict[str, Any], ada: Person, bob: Person, inbox_of: Inboxes
) -> None:
    token = await link(client, team, ada, inbox_of(CHARLES))
    by_another, unknown = await accept(client, bob, token), await accept(client, bob, "x" * 43)
    signed_out = await client.post("/api/v1/invitations/accept", json={"token": token})
    charles = await sign_up(client, email=CHARLES)

    assert by_another.status_code == 403
    assert "another email address" in by_another.json()["error"]
    assert (unknown.status_code, signed_out.status_code) == (404, 401)
    assert await roles(client, team, ada) == {ada.id: "owner"}
    assert (await accept(client, charles, token)).status_code == 200


async def test_the_answer_does_not_reveal_whether_an_address_has_an_account(
    client: httpx.AsyncClient, team: dict[str, Any], ada: Person, bob: Person
) -> None:
    known, unknown = [await invite(client, team, ada, email) for email in (bob.email, CHARLES)]

    assert known.status_code == unknown.status_code == 201
    assert known.json().keys() == unknown.json().keys()
    assert known.json().keys() == {"id", "email", "role", "created_at", "expires_at"}
    assert [item["email"] for item in await invitations(client, team, ada)] == [CHARLES, bob.email]


async def test_the_mail_repeats_nothing_that_the_inviter_wrote(
    client: httpx.AsyncClient, ada: Person, inbox_of: Inboxes
) -> None:
    inbox = inbox_of(CHARLES)
    team = await create(client, ada, "Win at http://evil.example")
    await invite(client, team, ada, CHARLES)
    mail = await inbox.about(INVITED)

    for written in ("evil", ada.email, "Lovelace"):
        assert written not in text_of(mail)
        assert written not in text_of(mail, "html")


@pytest.mark.parametrize(
    ("own", "given", "status"),
    [
        ("admin", "owner", 403),
        ("admin", "admin", 201),
        ("member", "viewer", 403),
        ("viewer", "viewer", 403),
    ],
)
async def test_an_inviter_gives_no_role_above_their_own(
    client: httpx.AsyncClient,
    team: dict[str, Any],
    ada: Person,
    bob: Person,
    database: Database,
    own: TeamRole,
    given: TeamRole,
    status: int,
) -> None:
    await join(database, team, bob, own)
    answer = await invite(client, team, bob, CHARLES, given)

    assert answer.status_code == status
    assert len(await invitations(client, team, ada)) == (status == 201)


async def test_a_newer_invitation_ends_the_link_of_the_earlier_one(
    client: httpx.AsyncClient, team: dict[str, Any], ada: Person, bob: Person, inbox_of: Inboxes
) -> None:
    inbox = inbox_of(bob.email)
    earlier = await link(client, team, ada, inbox, "admin")
    newer = await link(client, team, ada, inbox, "viewer")

    assert len(await invitations(client, team, ada)) == 1
    assert (await accept(client, bob, earlier)).status_code == 404
    assert (await accept(client, bob, newer)).json()["role"] == "viewer"


async def test_a_revoked_invitation_is_refused(
    client: httpx.AsyncClient, team: dict[str, Any], ada: Person, bob: Person, inbox_of: Inboxes
) -> None:
    token = await link(client, team, ada, inbox_of(bob.email))
    [invitation] = await invitations(client, team, ada)
    other = await create(client, ada, "Other")
    elsewhere = await revoke(client, other, ada, invitation["id"])
    revoked = await revoke(client, team, ada, invitation["id"])
    again = await revoke(client, team, ada, invitation["id"])

    assert (elsewhere.status_code, revoked.status_code, again.status_code) == (404, 204, 404)
    assert (await accept(client, bob, token)).status_code == 404
    assert await roles(client, team, ada) == {ada.id: "owner"}


async def test_an_invitation_ends_after_a_week_and_with_the_team(
    app: FastAPI,
    client: httpx.AsyncClient,
    team: dict[str, Any],
    ada: Person,
    bob: Person,
    inbox_of: Inboxes,
    database: Database,
) -> None:
    inbox = inbox_of(bob.email)
    expired = await link(client, team, ada, inbox)
    other = await create(client, ada, "Other")
    of_deleted = await link(client, other, ada, inbox)
    await database.execute(
        "UPDATE teams.invitation SET expires_at = expires_at - interval '7 days'"
        " WHERE team_id::text = $1",
        team["id"],
    )
    await client.delete(path_of(other), headers=ada.headers)
    answers = [await accept(client, bob, token) for token in (expired, of_deleted)]
    listed = await invitations(client, team, ada)
    await app.state.container.invitation_service().on_hour_passed(
        HourPassed(began_at=datetime.now(UTC))
    )

    assert [answer.status_code for answer in answers] == [404, 404]
    assert listed == []
    assert await database.fetchval("SELECT count(*) FROM teams.invitation") == 0


async def test_a_member_who_accepts_keeps_their_role(
    client: httpx.AsyncClient, team: dict[str, Any], ada: Person, inbox_of: Inboxes
) -> None:
    token = await link(client, team, ada, inbox_of(ada.email), "viewer")

    assert (await accept(client, ada, token)).json()["role"] == "owner"


async def test_a_full_team_refuses_a_member_and_keeps_the_invitation(
    build_app: AppFactory, own_dsn: str, base_settings: Settings, inbox_of: Inboxes
) -> None:
    async with (
        build_app(database_url=own_dsn, max_members_per_team=1) as app,
        client_of(app) as client,
    ):
        ada, bob = await sign_up(client), await sign_up(client)
        team = await create(client, ada)
        token = await link(client, team, ada, inbox_of(bob.email))
        refused = await accept(client, bob, token)
        me = (await client.get("/api/v1/auth/me", headers=bob.headers)).json()

        assert refused.status_code == 409
        assert me["email_verified"] is False
        assert len(await invitations(client, team, ada)) == 1


async def test_pending_invitations_are_limited_and_a_repeated_one_counts_once(
    app: FastAPI,
    client: httpx.AsyncClient,
    team: dict[str, Any],
    ada: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(app.state.container.invitation_service(), "_most", 2)
    emails = (CHARLES, "mary@example.com", CHARLES, "luigi@example.com")
    answers = [await invite(client, team, ada, email) for email in emails]

    assert [answer.status_code for answer in answers] == [201, 201, 201, 409]
    listed = await invitations(client, team, ada)
    assert [item["email"] for item in listed] == [CHARLES, "mary@example.com"]


async def test_mails_to_one_address_are_limited_across_inviters_and_revocations(
    build_app: AppFactory, own_dsn: str
) -> None:
    async with (
        build_app(database_url=own_dsn, rate_limit_enabled=True) as app,
        client_of(app) as client,
    ):
        ada, bob = await sign_up(client), await sign_up(client)
        for inviter in [ada, bob] * 5:
            team = await create(client, inviter)
            sent = await invite(client, team, inviter, CHARLES)
            assert sent.status_code == 201, sent.text
            await revoke(client, team, inviter, sent.json()["id"])
        refused = await invite(client, team, bob, CHARLES.upper())
        another = await invite(client, team, bob, "mary@example.com")

        assert (refused.status_code, refused.json()["code"]) == (429, "RATE_LIMITED")
        assert int(refused.headers["Retry-After"]) > 0
        assert await invitations(client, team, bob) == [another.json()]


class TestRaces:
    async def test_one_of_two_concurrent_acceptances_succeeds(
        self, client: httpx.AsyncClient, ada: Person, bob: Person, inbox_of: Inboxes
    ) -> None:
        inbox = inbox_of(bob.email)
        for _ in range(RACES):
            team = await create(client, ada)
            token = await link(client, team, ada, inbox)
            answers = await asyncio.gather(*(accept(client, bob, token) for _ in range(2)))

            assert sorted(answer.status_code for answer in answers) == [200, 404]
            await client.delete(path_of(team), headers=ada.headers)

    async def test_an_acceptance_during_a_revocation_joins_or_is_refused(
        self, client: httpx.AsyncClient, ada: Person, bob: Person, inbox_of: Inboxes
    ) -> None:
        inbox = inbox_of(bob.email)
        for _ in range(RACES):
            team = await create(client, ada)
            token = await link(client, team, ada, inbox)
            [invitation] = await invitations(client, team, ada)
            used, revoked = await asyncio.gather(
                accept(client, bob, token), revoke(client, team, ada, invitation["id"])
            )
            is_member = bob.id in await roles(client, team, ada)

            assert {used.status_code, revoked.status_code} in ({200, 404}, {404, 204})
            assert is_member == (used.status_code == 200)
            await client.delete(path_of(team), headers=ada.headers)
