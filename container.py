"""The whole object graph, and the whole event map."""

from dependency_injector import containers, providers

from BE.core.database import Database
from BE.core.events import Delivery, EventBus
from BE.core.health import Readiness
from BE.core.idempotency import Idempotency
from BE.core.middleware.auth import SameOrigin
from BE.core.pagination import Cursors
from BE.core.routing import API
from BE.core.security.access_tokens import AccessTokens
from BE.core.security.passwords import Passwords
from BE.core.security.refresh_cookie import RefreshCookie
from BE.core.security.refresh_tokens import RefreshTokens
from BE.core.security.revocations import Revocations
from BE.modules.auth.events import UserRegistered
from BE.modules.auth.models import SessionPolicy
from BE.modules.auth.repository import AuthRepository
from BE.modules.auth.service import AuthService
from BE.modules.tasks.repository import TaskRepository
from BE.modules.tasks.service import TaskService
from BE.modules.users.repository import UserRepository
from BE.modules.users.service import UserService
from config import Settings
from migrations.runner import Schema


class Container(containers.DeclarativeContainer):
    """Built once per application: ``Container(settings=load_settings())``.

    Everything is a stateless singleton. A test overrides a provider before the application
    starts: ``container.auth_repository.override(FakeAuthRepository())``.
    """

    settings = providers.Dependency(instance_of=Settings)
    config = settings.provided

    # core
    database = providers.Singleton(
        Database,
        config.database_url,
        pool_size=config.db_pool_size,
        max_overflow=config.db_max_overflow,
        acquire_timeout=config.db_pool_timeout,
        idle_lifetime=config.db_pool_recycle,
    )
    schema = providers.Singleton(Schema, config.database_url)
    readiness = providers.Singleton(Readiness, database)
    events = providers.Singleton(EventBus, database)
    cursors = providers.Singleton(Cursors, config.keys)
    idempotency = providers.Singleton(Idempotency, database)
    passwords = providers.Singleton(Passwords)
    access_tokens = providers.Singleton(
        AccessTokens,
        config.keys,
        algorithm=config.jwt_algorithm,
        lifetime=config.access_token_lifetime,
        issuer="bounded",
        audience="bounded",
    )
    refresh_tokens = providers.Singleton(RefreshTokens, config.keys)
    refresh_cookie = providers.Singleton(
        RefreshCookie,
        secure=config.cookie_secure,
        path=f"{API}/auth",
        lifetime=config.session_idle,
    )
    same_origin = providers.Singleton(
        SameOrigin, config.own_origins, trusted_proxy_hops=config.trusted_proxy_hops
    )

    # users
    user_repository = providers.Singleton(UserRepository, database)
    user_service = providers.Singleton(UserService, user_repository)

    # auth
    auth_repository = providers.Singleton(AuthRepository, database)
    revocations = providers.Singleton(
        Revocations,
        database,
        auth_repository,
        token_lifetime=config.revocation_lifetime,
    )
    auth_service = providers.Singleton(
        AuthService,
        database,
        auth_repository,
        events,
        passwords,
        access_tokens,
        refresh_tokens,
        revocations,
        cursors,
        user_service,
        session_policy=providers.Factory(
            SessionPolicy,
            idle=config.session_idle,
            absolute=config.session_absolute,
            grace=config.refresh_grace,
            access=config.revocation_lifetime,
        ),
        password_min_length=config.password_min_length,
        application_name="bounded",
        throttled=config.rate_limit_enabled,
    )

    # tasks
    task_repository = providers.Singleton(TaskRepository, database)
    task_service = providers.Singleton(
        TaskService, database, task_repository, events, cursors, user_service
    )


def subscribe(container: Container) -> None:
    """Who hears of what, and how it is delivered."""
    events = container.events()
    users = container.user_service()

    events.subscribe(UserRegistered, users.on_user_registered, Delivery.IN_TRANSACTION)
