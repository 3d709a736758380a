"""The whole object graph, the whole event map, and what is examined before a start."""

from datetime import timedelta
from functools import partial
from pathlib import Path

from dependency_injector import containers, providers

from BE.core.database.database import Database
from BE.core.events import Delivery, EventBus, HourPassed
from BE.core.events.deliveries import Deliveries
from BE.core.events.outbox import Outbox
from BE.core.events.relay import Relay
from BE.core.events.schedule import Schedule
from BE.core.http.access import SameOrigin
from BE.core.http.idempotency import Idempotency
from BE.core.http.pagination import Cursors
from BE.core.http.routes import API
from BE.core.http.streaming import Streams
from BE.core.limits.batches import Batches
from BE.core.mail import FileMailer, SmtpMailer
from BE.core.middleware.admission import Admission
from BE.core.operations.health import DatabaseCheck, EventsCheck, Health, Readiness
from BE.core.operations.metrics import Metrics, MetricsReport
from BE.core.operations.pulse import DatabasePulse
from BE.core.redis.cache import Cache
from BE.core.redis.rate_limits import RateLimits
from BE.core.security.access_tokens import AccessTokens
from BE.core.security.bearer_tokens import BearerTokens
from BE.core.security.passwords import Passwords
from BE.core.server.raw_errors import RawErrors
from BE.core.server.refusals import Refusals
from BE.core.server.shedding import Shedding
from BE.core.telemetry.tracing import Tracing
from BE.modules.audit.repository import AuditRepository
from BE.modules.audit.service import ArchiveService, AuditService
from BE.modules.auth.events import (
    EmailVerificationRequested,
    PasswordChanged,
    PasswordRemoved,
    PasswordResetRequested,
    TokenReuseDetected,
    UserDeleted,
    UserDeletionSettled,
    UserRegistered,
)
from BE.modules.auth.models import SessionPolicy
from BE.modules.auth.repository import AuthRepository
from BE.modules.auth.security.device_tokens import DeviceTokens
from BE.modules.auth.security.email_digests import EmailDigests
from BE.modules.auth.security.host_cookie import HostCookie
from BE.modules.auth.security.refresh_tokens import RefreshTokens
from BE.modules.auth.security.revocations import Revocations
from BE.modules.auth.service import (
    AccountService,
    AdministrationService,
    AuthService,
    EmailVerificationService,
    PasswordService,
    SessionService,
)
from BE.modules.auth.service.password_policy import PasswordPolicy
from BE.modules.auth.service.throttle import Throttle
from BE.modules.identities.repository import IdentityRepository
from BE.modules.identities.security.foreign_tokens import ForeignTokens
from BE.modules.identities.service import IdentityService
from BE.modules.notifications.models import Letters
from BE.modules.notifications.service import NotificationService
from BE.modules.tasks.repository import TaskRepository
from BE.modules.tasks.service import BulkService, OrderService, TaskService
from BE.modules.users.repository import UserRepository
from BE.modules.users.service import Admins, UserAdministration, UserService
from commands import examinations as doctor
from config import OWN_ISSUER, Settings
from migrations.runner import Schema


class Container(containers.DeclarativeContainer):
    """Built once per application: ``Container(settings=load_settings())``.

    Everything is a stateless singleton. A test overrides a provider before the application
    starts: ``container.auth_repository.override(FakeAuthRepository())``.
    """

    settings = providers.Dependency(instance_of=Settings)
    config = settings.provided

    # core
    tracing = providers.Singleton(Tracing.to, config.otel_exporter_otlp_endpoint)
    database = providers.Singleton(
        Database,
        config.database_url,
        pool_size=config.db_pool_size,
        max_overflow=config.db_max_overflow,
        acquire_timeout=config.db_pool_timeout,
        idle_lifetime=config.db_pool_recycle,
        tracer=tracing.provided.tracer,
    )
    schema = providers.Singleton(Schema, config.database_url)
    passwords = providers.Singleton(Passwords)
    metrics = providers.Singleton(Metrics)
    pulse = providers.Singleton(DatabasePulse, database)
    readiness = providers.Singleton(Readiness, database, pulse)
    outbox = providers.Singleton(Outbox, database)
    events = providers.Singleton(EventBus, database, outbox)
    deliveries = providers.Singleton(Deliveries, database, outbox, events, kept=timedelta(days=7))
    relay = providers.Singleton(
        Relay,
        database,
        outbox,
        deliveries,
        events,
        connections=config.relay_connections,
        metrics=metrics,
        tracer=tracing.provided.tracer,
    )
    schedule = providers.Singleton(Schedule, outbox, events)
    metrics_report = providers.Singleton(MetricsReport, metrics, database, deliveries, passwords)
    cache = providers.Singleton(Cache, config.redis_url, metrics)
    rate_limits = providers.Singleton(
        RateLimits, config.redis_url, per_address=300, per_user=1200, rows_per_user=10_000
    )
    refusals = providers.Singleton(Refusals, count=metrics.provided.refusal)
    admission = providers.Singleton(Admission, at_once=config.max_requests_at_once)
    streams = providers.Singleton(Streams, per_user=2, at_once=16)
    raw_errors = providers.Singleton(RawErrors, https_only=config.is_production)
    shedding = providers.Singleton(
        Shedding,
        admission,
        refusals,
        raw_errors,
        cors_origins=config.cors_origins,
    )
    health = providers.Singleton(
        Health,
        database=providers.Singleton(DatabaseCheck, pulse),
        events=providers.Singleton(EventsCheck, deliveries),
        cache=cache,
        rate_limiter=rate_limits,
    )
    cursors = providers.Singleton(Cursors, config.keys)
    idempotency = providers.Singleton(Idempotency, database, config.keys, most=10_000)
    access_tokens = providers.Singleton(
        AccessTokens,
        config.keys,
        algorithm=config.jwt_algorithm,
        lifetime=config.access_token_lifetime,
        issuer=OWN_ISSUER,
        audience=OWN_ISSUER,
    )
    foreign_tokens = providers.Singleton(ForeignTokens, config.trusted_issuers)
    refresh_tokens = providers.Singleton(RefreshTokens, config.keys)
    device_tokens = providers.Singleton(DeviceTokens, config.keys)
    email_digests = providers.Singleton(EmailDigests, config.keys)
    refresh_cookie = providers.Singleton(
        HostCookie,
        "refresh_token",
        secure=config.cookie_secure,
        path=f"{API}/auth",
        lifetime=config.session_idle,
    )
    device_cookie = providers.Singleton(
        HostCookie,
        "device",
        secure=config.cookie_secure,
        path=f"{API}/auth",
        lifetime=timedelta(days=365),
    )
    same_origin = providers.Singleton(
        SameOrigin, config.own_origins, trusted_proxy_hops=config.trusted_proxy_hops
    )

    # users: profiles, which auth asks for
    user_repository = providers.Singleton(UserRepository, database)
    user_service = providers.Singleton(UserService, user_repository)

    # auth
    auth_repository = providers.Singleton(AuthRepository, database)
    revocations = providers.Singleton(
        Revocations,
        database,
        auth_repository,
        token_lifetime=config.revocation_lifetime,
        forget_tokens=access_tokens.provided.forget,
    )
    throttle = providers.Singleton(Throttle, auth_repository, enabled=config.rate_limit_enabled)
    password_policy = providers.Singleton(
        PasswordPolicy,
        user_service,
        min_length=config.password_min_length,
        application_name="bounded",
    )
    session_policy = providers.Singleton(
        SessionPolicy,
        idle=config.session_idle,
        absolute=config.session_absolute,
        grace=config.refresh_grace,
        access=config.revocation_lifetime,
    )
    session_service = providers.Singleton(
        SessionService, database, auth_repository, revocations, cursors, policy=session_policy
    )
    account_service = providers.Singleton(AccountService, database, auth_repository, events)
    auth_service = providers.Singleton(
        AuthService,
        database,
        auth_repository,
        events,
        passwords,
        access_tokens,
        refresh_tokens,
        device_tokens,
        email_digests,
        password_policy,
        account_service,
        session_service,
        throttle,
        session_policy=session_policy,
    )
    password_service = providers.Singleton(
        PasswordService,
        database,
        auth_repository,
        events,
        passwords,
        device_tokens,
        email_digests,
        password_policy,
        session_service,
        throttle,
    )
    email_verification_service = providers.Singleton(
        EmailVerificationService, database, auth_repository, events, device_tokens, throttle
    )

    administration_service = providers.Singleton(
        AdministrationService,
        auth_repository,
        events,
        account_service,
        session_service,
        passwords,
        password_policy,
        settling=config.settling_time,
    )

    # users: administration, which asks auth
    user_administration = providers.Singleton(
        UserAdministration,
        database,
        user_repository,
        user_service,
        accounts=administration_service,
        passwords=password_service,
        cursors=cursors,
        cache=cache,
    )
    user_bulks = providers.Singleton(
        Batches, rate_limits, counting=config.rate_limit_enabled, at_once=1, waiting=2
    )

    admins = providers.Singleton(
        Admins, user_repository, user_administration, accounts=administration_service
    )

    # identities
    identity_repository = providers.Singleton(IdentityRepository, database)
    identity_service = providers.Singleton(
        IdentityService,
        database,
        identity_repository,
        foreign_tokens,
        account_service,
        session_service,
        password_service,
    )
    bearer_tokens = providers.Singleton(BearerTokens, access_tokens, identity_service)

    # tasks
    task_repository = providers.Singleton(TaskRepository, database)
    task_service = providers.Singleton(
        TaskService,
        database,
        task_repository,
        events,
        cursors,
        user_service,
        most=config.max_tasks_per_user,
    )
    task_order_service = providers.Singleton(
        OrderService, database, task_repository, events, task_service
    )
    task_bulk_service = providers.Singleton(
        BulkService, database, task_repository, events, task_service
    )

    task_bulks = providers.Singleton(
        Batches, rate_limits, counting=config.rate_limit_enabled, at_once=2, waiting=14
    )
    task_imports = providers.Singleton(
        Batches, rate_limits, counting=config.rate_limit_enabled, at_once=1, waiting=15
    )

    # notifications
    mailer = providers.Selector(
        config.mail_leaves_by,
        smtp=providers.Singleton(SmtpMailer, config.smtp_url, sender=config.mail_from),
        files=providers.Singleton(FileMailer, config.mail_dir, sender=config.mail_from),
    )
    notification_service = providers.Singleton(
        NotificationService,
        mailer,
        providers.Singleton(Letters, config.public_address),
        accounts=account_service,
        verifications=email_verification_service,
        password_resets=password_service,
    )

    # audit
    audit_repository = providers.Singleton(AuditRepository, database)
    audit_service = providers.Singleton(AuditService, audit_repository, cursors)
    archive_service = providers.Singleton(ArchiveService, database, audit_repository, events)


def subscribe(container: Container) -> None:
    """Who hears of what, and how it is delivered."""
    events = container.events()
    deliveries = container.deliveries()
    sessions = container.session_service()
    users = container.user_service()
    identities = container.identity_service()
    tasks = container.task_service()
    idempotency = container.idempotency()
    mail = container.notification_service()

    events.subscribe(UserRegistered, users.on_users_registered, Delivery.IN_TRANSACTION_TOGETHER)
    events.subscribe(UserDeleted, users.on_user_deleted, Delivery.IN_TRANSACTION)
    events.subscribe(UserDeleted, identities.on_user_deleted, Delivery.IN_TRANSACTION)
    events.subscribe(UserDeleted, tasks.on_user_deleted, Delivery.IN_TRANSACTION)
    events.subscribe(UserDeleted, idempotency.on_user_deleted, Delivery.IN_TRANSACTION)
    events.subscribe(
        UserDeletionSettled, tasks.on_user_deleted, name="tasks.on_user_deletion_settled"
    )
    events.subscribe(
        UserDeletionSettled,
        idempotency.on_user_deleted,
        name="idempotency.on_user_deletion_settled",
    )
    events.subscribe(PasswordChanged, identities.on_password_changed, Delivery.IN_TRANSACTION)

    events.subscribe(UserRegistered, mail.on_user_registered, Delivery.DURABLE_OUTSIDE)
    events.subscribe(
        EmailVerificationRequested, mail.on_email_verification_requested, Delivery.DURABLE_OUTSIDE
    )
    events.subscribe(
        PasswordResetRequested, mail.on_password_reset_requested, Delivery.DURABLE_OUTSIDE
    )
    events.subscribe(PasswordRemoved, mail.on_password_removed, Delivery.DURABLE_OUTSIDE)
    events.subscribe(PasswordChanged, mail.on_password_changed, Delivery.DURABLE_OUTSIDE)
    events.subscribe(TokenReuseDetected, mail.on_token_reuse_detected, Delivery.DURABLE_OUTSIDE)

    events.subscribe_all(container.audit_service().on_events)

    events.subscribe(HourPassed, deliveries.on_hour_passed, Delivery.DURABLE_IN_BATCHES)
    events.subscribe(HourPassed, sessions.on_hour_passed, Delivery.DURABLE_IN_BATCHES)
    events.subscribe(HourPassed, tasks.on_hour_passed, Delivery.DURABLE_IN_BATCHES)
    events.subscribe(
        HourPassed,
        idempotency.on_hour_passed,
        Delivery.DURABLE_IN_BATCHES,
        name="idempotency.on_hour_passed",
    )


def examinations(container: Container) -> dict[str, doctor.Examination]:
    """What ``manage.py doctor`` looks at."""
    settings: Settings = container.settings()
    dsn = settings.database_url or ""
    return {
        "configuration": partial(doctor.configuration, settings.environment, settings.cautions),
        "secrets": partial(doctor.secret_files, Path(".env"), settings.data_dir / "jwt_secret"),
        "database": partial(doctor.server, dsn),
        "rights": partial(doctor.rights, dsn),
        "connections": partial(
            doctor.room,
            dsn,
            processes=settings.web_concurrency or 1,
            pool=settings.db_pool_size + settings.db_max_overflow,
        ),
        "clock": partial(doctor.clock, dsn),
        "migrations": partial(doctor.migrations, container.schema().require_current),
        "mail": partial(doctor.mail, container.mailer(), settings.mail_dir),
        "redis": partial(doctor.redis, container.cache()),
        "proxy": partial(
            doctor.proxy,
            settings.public_url,
            port=settings.port,
            hops=settings.trusted_proxy_hops,
        ),
    }
