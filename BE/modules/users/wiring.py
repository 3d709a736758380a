from dependency_injector.containers import DeclarativeContainer

from BE.core.database.database import Database
from BE.core.events import Backfill, Delivery, EventBus
from BE.core.http.pagination import Cursors
from BE.core.personal_data import Held
from BE.core.redis.cache import Cache
from BE.core.redis.rate_limits import RateLimits
from BE.core.wiring.context import Context
from BE.core.wiring.declaring import needed, singleton
from BE.modules.auth.events import EmailChanged, UserDeleted, UserRegistered
from BE.modules.users.ports import Accounts, PasswordProof
from BE.modules.users.repository import UserRepository
from BE.modules.users.router import router
from BE.modules.users.service import Admins, UserAdministration, UserBulks, UserService


class UsersContainer(DeclarativeContainer):
    # settings
    first_admin_email: str | None = needed()
    first_admin_password: str | None = needed()
    rate_limit_enabled: bool = needed()

    # core
    cache: Cache = needed()
    cursors: Cursors = needed()
    database: Database = needed()
    rate_limits: RateLimits = needed()

    # auth
    administration_service: Accounts = needed()
    password_service: PasswordProof = needed()

    user_repository = singleton(UserRepository, database)
    user_service = singleton(UserService, user_repository)
    user_administration = singleton(
        UserAdministration,
        database,
        user_repository,
        user_service,
        accounts=administration_service,
        passwords=password_service,
        cursors=cursors,
        cache=cache,
    )
    user_bulks = singleton(
        UserBulks, rate_limits, counting=rate_limit_enabled, at_once=1, waiting=2
    )
    admins = singleton(
        Admins, user_repository, user_administration, accounts=administration_service
    )


def subscribe(bus: EventBus, objects: UsersContainer) -> None:
    users = objects.user_service
    bus.subscribe(UserRegistered, users.on_users_registered, Delivery.IN_TRANSACTION_TOGETHER)
    bus.subscribe(EmailChanged, users.on_email_changed, Delivery.IN_TRANSACTION)
    bus.subscribe(UserDeleted, users.on_user_deleted, Delivery.IN_TRANSACTION)
    bus.add_backfill(Backfill(UserRegistered, users.registered_since))


async def prepare(objects: UsersContainer) -> None:
    email, password = objects.first_admin_email, objects.first_admin_password
    if email and password:
        await objects.admins.ensure_first(email, password)


HELD: tuple[Held[UsersContainer], ...] = (
    Held(
        name="profile",
        about="Your profile: your name and your username",
        tables=("users.profile",),
        read=lambda objects, user_id: objects.user_repository.held(user_id),
    ),
)

INVARIANTS = {
    "every profile is that of an account": """
        SELECT NOT EXISTS (SELECT id FROM users.profile EXCEPT SELECT id FROM auth.account)
    """,
    "every account has a profile": """
        SELECT NOT EXISTS (SELECT id FROM auth.account EXCEPT SELECT id FROM users.profile)
    """,
    "a profile has the email of its account": """
        SELECT NOT EXISTS (
            SELECT
            FROM users.profile AS p
            JOIN auth.account AS a ON a.id = p.id
            WHERE p.email <> a.email::text
        )
    """,
    "a profile has the role and the state of its account": """
        SELECT NOT EXISTS (
            SELECT
            FROM users.profile AS p
            JOIN auth.account AS a ON a.id = p.id
            WHERE (p.role, p.is_active) <> (a.role, a.is_active)
        )
    """,
}

CONTEXT = Context(
    name="users",
    container=UsersContainer,
    routers=(router,),
    tables=("users.profile",),
    held=HELD,
    scopes=("users:read", "users:write"),
    subscribe=subscribe,
    invariants=INVARIANTS,
    prepare=prepare,
)
