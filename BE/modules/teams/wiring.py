from dependency_injector.containers import DeclarativeContainer

from BE.core.database.database import Database
from BE.core.events import Delivery, EventBus
from BE.core.http.pagination import Cursors
from BE.core.personal_data import Held
from BE.core.wiring.context import Context
from BE.core.wiring.declaring import needed, singleton
from BE.modules.auth.events import UserDeleted, UserDeletionSettled
from BE.modules.teams.ports import Users
from BE.modules.teams.repository import TeamRepository
from BE.modules.teams.router import router
from BE.modules.teams.service import MembershipService, TeamService


class TeamsContainer(DeclarativeContainer):
    # settings
    max_teams_per_owner: int = needed()

    # core
    cursors: Cursors = needed()
    database: Database = needed()
    events: EventBus = needed()

    # users
    user_service: Users = needed()

    team_repository = singleton(TeamRepository, database)
    team_service = singleton(
        TeamService, database, team_repository, events, cursors, most=max_teams_per_owner
    )
    membership_service = singleton(
        MembershipService, database, team_repository, events, cursors, user_service
    )


def subscribe(bus: EventBus, objects: TeamsContainer) -> None:
    members = objects.membership_service
    bus.subscribe(UserDeleted, members.on_user_deleted, Delivery.IN_TRANSACTION)
    bus.subscribe(UserDeletionSettled, members.on_user_deletion_settled)


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
    routers=(router,),
    tables=("teams.membership", "teams.team"),
    held=HELD,
    scopes=("teams:read", "teams:write"),
    subscribe=subscribe,
    invariants=INVARIANTS,
)
