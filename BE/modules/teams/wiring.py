from functools import partial

from dependency_injector.containers import DeclarativeContainer

from BE.core.database.database import Database
from BE.core.events import Delivery, EventBus, HourPassed, Shown
from BE.core.http.pagination import Cursors
from BE.core.personal_data import Held
from BE.core.wiring.context import Context
from BE.core.wiring.declaring import needed, singleton
from BE.modules.auth.events import UserDeleted, UserDeletionSettled
from BE.modules.teams.events import (
    TeamCreated,
    TeamDeleted,
    TeamMemberJoined,
    TeamMemberRemoved,
    TeamMemberRoleChanged,
    TeamRenamed,
)
from BE.modules.teams.ports import Mailboxes, MailsToOthers, Users
from BE.modules.teams.repository import InvitationRepository, TeamRepository
from BE.modules.teams.router import routers
from BE.modules.teams.service import (
    InvitationService,
    KnownRoles,
    MembershipService,
    TeamService,
)


class TeamsContainer(DeclarativeContainer):
    # settings
    max_members_per_team: int = needed()
    max_teams_per_owner: int = needed()

    # core
    cursors: Cursors = needed()
    database: Database = needed()
    events: EventBus = needed()

    # auth
    email_verification_service: Mailboxes = needed()
    mail_allowances: MailsToOthers = needed()

    # users
    user_service: Users = needed()

    team_repository = singleton(TeamRepository, database)
    known_roles = singleton(KnownRoles, database, team_repository)
    team_service = singleton(
        TeamService, database, team_repository, events, cursors, most=max_teams_per_owner
    )
    membership_service = singleton(
        MembershipService, database, team_repository, events, cursors, user_service
    )
    invitation_service = singleton(
        InvitationService,
        database,
        singleton(InvitationRepository, database),
        team_repository,
        events,
        cursors,
        email_verification_service,
        mail_allowances,
        most_members=max_members_per_team,
    )


def subscribe(bus: EventBus, objects: TeamsContainer) -> None:
    members, roles = objects.membership_service, objects.known_roles
    for change in (TeamDeleted, TeamMemberRemoved, TeamMemberRoleChanged):
        bus.subscribe(change, roles.on_role_changed, Delivery.IN_TRANSACTION)
    bus.subscribe(UserDeleted, members.on_user_deleted, Delivery.IN_TRANSACTION)
    bus.subscribe(UserDeletionSettled, members.on_user_deletion_settled)
    bus.subscribe(
        HourPassed, objects.invitation_service.on_hour_passed, Delivery.DURABLE_IN_BATCHES
    )


_shown = partial(Shown, of="team_id", to="user_id", scope="teams:read")
SHOWN = (
    _shown(TeamCreated, "team.joined", to="owner_id", regroups=True),
    _shown(TeamRenamed, "team.changed", to="team_id", version="team_version"),
    _shown(TeamDeleted, "team.deleted", to="member_ids", regroups=True),
    _shown(TeamMemberJoined, "team.joined", regroups=True),
    _shown(TeamMemberJoined, "team.member_joined", to="team_id"),
    _shown(TeamMemberRoleChanged, "team.role_changed"),
    _shown(TeamMemberRemoved, "team.left", regroups=True),
)

HELD: tuple[Held[TeamsContainer], ...] = (
    Held(
        name="teams",
        about="The teams that you belong to, and as what",
        tables=("teams.membership", "teams.team"),
        read=lambda objects, user_id: objects.team_repository.held(user_id),
    ),
)

INVARIANTS = {
    "every member of a team has an account": """
        SELECT NOT EXISTS (SELECT user_id FROM teams.membership EXCEPT SELECT id FROM auth.account)
    """,
    "every team has an owner": """
        SELECT NOT EXISTS (
            SELECT id FROM teams.team
            EXCEPT
            SELECT team_id FROM teams.membership WHERE role = 'owner'
        )
    """,
}

CONTEXT = Context(
    name="teams",
    container=TeamsContainer,
    routers=routers,
    tables=("teams.invitation", "teams.membership", "teams.team"),
    held=HELD,
    withheld={"teams.invitation": "They are in your mailbox, and end after seven days"},
    scopes=("teams:read", "teams:write"),
    subscribe=subscribe,
    shown=SHOWN,
    groups=lambda objects: objects.membership_service.teams_of,
    invariants=INVARIANTS,
)
