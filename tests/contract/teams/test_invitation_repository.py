from datetime import timedelta
from uuid import UUID

import pytest

from BE.core.types import new_id
from BE.modules.teams.models import Invitation, Invited
from BE.modules.teams.repository import InvitationRepository, TeamRepository

LAST = UUID(int=2**128 - 1)
WEEK = timedelta(days=7)
EXPIRED = timedelta(seconds=-1)


@pytest.fixture
async def team_id(teams: TeamRepository) -> UUID:
    team = await teams.add(new_id(), "Engine", "engine", new_id())
    assert team is not None
    return team.id


async def put(
    invitations: InvitationRepository,
    team_id: UUID,
    email: str = "bob@example.com",
    *,
    lifetime: timedelta = WEEK,
    digest: bytes | None = None,
) -> Invitation:
    invitation = await invitations.put(new_id(), team_id, email, "member", lifetime=lifetime)
    if digest is not None:
        await invitations.set_digest(invitation.id, digest)
    return invitation


async def test_pending_invitations_are_listed_newest_first(
    invitations: InvitationRepository, team_id: UUID
) -> None:
    sent = [await put(invitations, team_id, f"{name}@example.com") for name in ("a", "b", "c")]

    assert await invitations.page(team_id, before=LAST, limit=10) == sent[::-1]
    assert await invitations.page(team_id, before=sent[2].id, limit=1) == [sent[1]]
    assert await invitations.page(new_id(), before=LAST, limit=10) == []
    assert await invitations.count(team_id) == 3
    assert sent[0].expires_at - sent[0].created_at == WEEK


async def test_a_newer_invitation_replaces_the_earlier_one(
    invitations: InvitationRepository, team_id: UUID
) -> None:
    await put(invitations, team_id, digest=b"earlier")
    newer = await put(invitations, team_id, "Bob@Example.com", digest=b"newer")

    assert await invitations.page(team_id, before=LAST, limit=10) == [newer]
    assert await invitations.find(b"earlier") is None
    assert await invitations.find(b"newer") == Invited(team_id, "Bob@Example.com", "member")


async def test_a_token_finds_its_invitation_and_is_used_once(
    invitations: InvitationRepository, team_id: UUID
) -> None:
    invitation = await put(invitations, team_id)
    invited = Invited(team_id, "bob@example.com", "member")

    assert await invitations.set_digest(invitation.id, b"digest") == "bob@example.com"
    assert await invitations.find(b"digest") == invited
    assert await invitations.use(b"digest") == invited
    assert await invitations.use(b"digest") is None
    assert await invitations.set_digest(invitation.id, b"digest") is None


async def test_a_team_revokes_only_its_own_invitations(
    invitations: InvitationRepository, team_id: UUID
) -> None:
    invitation = await put(invitations, team_id, digest=b"digest")

    assert not await invitations.revoke(new_id(), invitation.id)
    assert await invitations.revoke(team_id, invitation.id)
    assert not await invitations.revoke(team_id, invitation.id)
    assert await invitations.use(b"digest") is None


async def test_an_expired_invitation_is_not_pending_and_not_counted(
    invitations: InvitationRepository, team_id: UUID
) -> None:
    expired = await put(invitations, team_id, "expired@example.com", lifetime=EXPIRED)
    pending = await put(invitations, team_id, digest=b"digest")

    assert await invitations.set_digest(expired.id, b"expired") is None
    assert await invitations.page(team_id, before=LAST, limit=10) == [pending]
    assert await invitations.count(team_id) == 1
    assert await invitations.purge(10) == 1
    assert await invitations.purge(10) == 0
    assert await invitations.find(b"digest") is not None


async def test_a_purge_deletes_at_most_its_limit(
    invitations: InvitationRepository, team_id: UUID
) -> None:
    for name in ("a", "b", "c"):
        await put(invitations, team_id, f"{name}@example.com", lifetime=EXPIRED)

    assert [await invitations.purge(2) for _ in range(3)] == [2, 1, 0]
