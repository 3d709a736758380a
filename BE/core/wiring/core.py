from datetime import timedelta
from pathlib import Path

from dependency_injector.containers import DeclarativeContainer

from BE.core.database.database import Database
from BE.core.events import Delivery, EventBus, HourPassed
from BE.core.events.deliveries import Deliveries
from BE.core.events.outbox import Outbox
from BE.core.events.relay import Relay
from BE.core.events.replay import Replay
from BE.core.events.schedule import Schedule
from BE.core.flags import Flags
from BE.core.http.idempotency import Idempotency
from BE.core.http.pagination import Cursors
from BE.core.http.same_origin import SameOrigin
from BE.core.http.streaming import Streams
from BE.core.jobs import JobHandlers, Jobs
from BE.core.jobs.claims import JobClaims
from BE.core.jobs.queue import JobQueue
from BE.core.jobs.schedule import JobSchedule
from BE.core.jobs.stored_jobs import StoredJobs
from BE.core.jobs.worker import JobWorker
from BE.core.live import changes
from BE.core.live.audiences import Audiences
from BE.core.live.change_log import ChangeLog
from BE.core.live.feed import LiveFeed
from BE.core.live.followers import Followers
from BE.core.live.position import LiveCursors
from BE.core.live.sockets import Conversations
from BE.core.live.streams import LiveStreams
from BE.core.middleware.admission import Admission
from BE.core.operations import dead_letters, figures, health, mail_pages
from BE.core.operations.health import BacklogCheck, DatabaseCheck, Health, Readiness
from BE.core.operations.kept_mails import KeptMails
from BE.core.operations.metrics import Metrics, MetricsReport
from BE.core.operations.pulse import DatabasePulse
from BE.core.operations.recent_requests import RecentRequests
from BE.core.outside.outside import Outside
from BE.core.personal_data import PersonalData
from BE.core.redis.cache import Cache
from BE.core.redis.rate_limits import RateLimits
from BE.core.security.access_tokens import OWN_ISSUER, AccessTokens
from BE.core.security.bearer_tokens import BearerTokens, TokenExchange
from BE.core.security.keys import KeyRing
from BE.core.security.passwords import Passwords
from BE.core.security.scopes import Scopes
from BE.core.security.sessions import SessionCheck
from BE.core.server.handshakes import Handshakes
from BE.core.server.raw_errors import RawErrors
from BE.core.server.refusals import Refusals
from BE.core.server.shedding import Shedding
from BE.core.telemetry.fault_reports import FaultReports
from BE.core.telemetry.tracing import Tracing
from BE.core.wiring.context import Context
from BE.core.wiring.declaring import instance, needed, singleton


class CoreContainer(DeclarativeContainer):
    # settings
    access_token_lifetime: timedelta = needed()
    call_private_addresses: bool = needed()
    cors_origins: tuple[str, ...] = needed()
    database_url: str = needed()
    db_max_overflow: int = needed()
    db_pool_recycle: float = needed()
    db_pool_size: int = needed()
    db_pool_timeout: float = needed()
    environment: str = needed()
    idle_poll_seconds: float = needed()
    is_production: bool = needed()
    jobs_at_once: int = needed()
    jobs_kept: timedelta = needed()
    jwt_algorithm: str = needed()
    keys: KeyRing = needed()
    mail_dir: Path = needed()
    max_requests_at_once: int = needed()
    max_streams: int = needed()
    otel_exporter_otlp_endpoint: str | None = needed()
    own_origins: tuple[str, ...] = needed()
    redis_url: str | None = needed()
    relay_connections: int = needed()
    root_path: str = needed()
    sentry_dsn: str | None = needed()
    slow_statement_seconds: float = needed()
    smtp_url: str | None = needed()
    trusted_proxy_hops: int = needed()
    version: str = needed()

    # contexts
    api_key_exchange: TokenExchange = needed()
    identity_service: TokenExchange = needed()
    revocations: SessionCheck = needed()

    tracing = singleton(Tracing.to, otel_exporter_otlp_endpoint)
    fault_reports = singleton(FaultReports.to, sentry_dsn, environment=environment, release=version)
    database = singleton(
        Database,
        database_url,
        pool_size=db_pool_size,
        max_overflow=db_max_overflow,
        acquire_timeout=db_pool_timeout,
        idle_lifetime=db_pool_recycle,
        idle_poll=idle_poll_seconds,
        slow_after=slow_statement_seconds,
        tracer=instance(tracing).tracer,
    )
    passwords = singleton(Passwords)
    metrics = singleton(Metrics)
    personal_data = singleton(PersonalData)
    scopes = singleton(Scopes)
    flags = singleton(Flags)
    recent_requests = singleton(RecentRequests)
    pulse = singleton(DatabasePulse, database)
    readiness = singleton(Readiness, database, pulse)
    outbox = singleton(Outbox, database)
    events = singleton(EventBus, database, outbox)
    deliveries = singleton(Deliveries, database, outbox, events, kept=timedelta(days=7))
    replay = singleton(Replay, database, outbox, events)
    relay = singleton(
        Relay,
        database,
        outbox,
        deliveries,
        events,
        connections=relay_connections,
        idle_poll=idle_poll_seconds,
        is_serving=instance(recent_requests).is_serving,
        metrics=metrics,
        tracer=instance(tracing).tracer,
    )
    schedule = singleton(Schedule, outbox, events)
    job_handlers = singleton(JobHandlers, kept=jobs_kept)
    jobs = singleton(Jobs, database, outbox, job_handlers)
    stored_jobs = singleton(StoredJobs, database, jobs)
    job_worker = singleton(
        JobWorker,
        database,
        jobs,
        singleton(JobQueue, database, outbox),
        singleton(JobClaims, database, outbox),
        job_handlers,
        at_once=jobs_at_once,
        idle_poll=idle_poll_seconds,
        metrics=metrics,
        tracer=instance(tracing).tracer,
    )
    job_schedule = singleton(JobSchedule, database, jobs, job_handlers)
    kept_mails = singleton(KeptMails, mail_dir, smtp_url)
    metrics_report = singleton(MetricsReport, metrics, database, deliveries, stored_jobs, passwords)
    outside = singleton(
        Outside,
        metrics,
        instance(tracing).tracer,
        allows_private=call_private_addresses,
    )
    cache = singleton(Cache, redis_url, metrics)
    rate_limits = singleton(
        RateLimits, redis_url, per_address=300, per_user=1200, rows_per_user=10_000
    )
    refusals = singleton(Refusals, count=instance(metrics).refusal)
    admission = singleton(Admission, at_once=max_requests_at_once)
    streams = singleton(Streams, per_user=2, at_once=16)
    raw_errors = singleton(RawErrors, https_only=is_production)
    shedding = singleton(
        Shedding,
        admission,
        refusals,
        raw_errors,
        cors_origins=cors_origins,
        root_path=root_path,
    )
    health = singleton(
        Health,
        database=singleton(DatabaseCheck, pulse),
        events=singleton(BacklogCheck, instance(deliveries).backlog),
        jobs=singleton(BacklogCheck, instance(stored_jobs).backlog),
        cache=cache,
        rate_limiter=rate_limits,
    )
    cursors = singleton(Cursors, keys)
    change_log = singleton(ChangeLog, database)
    followers = singleton(Followers, database, outbox)
    audiences = singleton(Audiences)
    live_feed = singleton(
        LiveFeed, change_log, singleton(LiveCursors, cursors), followers, events, audiences
    )
    idempotency = singleton(Idempotency, database, keys, most=10_000)
    access_tokens = singleton(
        AccessTokens,
        keys,
        algorithm=jwt_algorithm,
        lifetime=access_token_lifetime,
        issuer=OWN_ISSUER,
        audience=OWN_ISSUER,
    )
    bearer_tokens = singleton(BearerTokens, access_tokens, identity_service, api_key_exchange)
    live_streams = singleton(
        LiveStreams, live_feed, revocations, metrics, per_user=10, at_once=max_streams
    )
    conversations = singleton(Conversations, live_streams, bearer_tokens, revocations)
    handshakes = singleton(Handshakes, changes.PATHS, root_path=root_path)
    same_origin = singleton(SameOrigin, own_origins, trusted_proxy_hops=trusted_proxy_hops)


def subscribe(bus: EventBus, core: CoreContainer) -> None:
    bus.subscribe(HourPassed, core.deliveries.on_hour_passed, Delivery.DURABLE_IN_BATCHES)
    bus.subscribe(HourPassed, core.change_log.on_hour_passed, Delivery.DURABLE_IN_BATCHES)
    bus.subscribe(HourPassed, core.stored_jobs.on_hour_passed, Delivery.DURABLE_IN_BATCHES)
    bus.subscribe(HourPassed, core.followers.on_hour_passed, name="live.forget_followers")
    bus.subscribe(
        HourPassed,
        core.idempotency.on_hour_passed,
        Delivery.DURABLE_IN_BATCHES,
        name="idempotency.on_hour_passed",
    )


CORE = Context(
    name="core",
    container=CoreContainer,
    routers=(
        changes.router,
        dead_letters.router,
        figures.router,
        health.router,
        figures.metrics_router,
        mail_pages.router,
    ),
    tables=(
        "idempotency.answer",
        "events.change",
        "events.follower",
        "events.delivery",
        "events.event",
        "jobs.job",
        "jobs.schedule",
    ),
    passing=("events.change", "events.follower", "jobs.schedule"),
    scopes=("operations:read", "operations:write"),
    withheld={
        "jobs.job": "Work that was done for you in the background, as the page of jobs shows it:"
        " deleted after some days",
        "idempotency.answer": "Answers that were given to your requests with an Idempotency-Key:"
        " copies of what is in this file, deleted after a day",
        "events.change": "That something of yours changed, for pages that are open:"
        " deleted after a day",
        "events.event": "Events on their way to those who handle them: copies of what is in"
        " this file, deleted after some days",
    },
    subscribe=subscribe,
    examinations=lambda core: {"jobs": core.stored_jobs.examine},
)
