"""The application: ``create_app(container)``. ``python main.py`` serves it."""

import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from fastapi.telemetry import TelemetryConfig
from opentelemetry.trace import TracerProvider

from BE.core.http.access import AccessMiddleware
from BE.core.http.routes import API, is_probe
from BE.core.middleware.access_log import AccessLogMiddleware
from BE.core.middleware.admission import AdmissionMiddleware
from BE.core.middleware.body_limit import BodyLimitMiddleware
from BE.core.middleware.compression import CompressionMiddleware
from BE.core.middleware.cors import SpaCorsMiddleware
from BE.core.middleware.errors import ErrorMiddleware, install_error_handlers
from BE.core.middleware.head import HeadMiddleware
from BE.core.middleware.headers import SecurityHeadersMiddleware
from BE.core.middleware.rate_limit import RateLimitMiddleware
from BE.core.middleware.reception import ReceptionMiddleware
from BE.core.middleware.request_context import RequestContextMiddleware
from BE.core.middleware.timeout import TimeoutMiddleware
from BE.core.middleware.tracing import TracingMiddleware
from BE.core.middleware.trusted_hosts import TrustedHostsMiddleware
from BE.core.operations import dead_letters, health
from BE.core.operations import figures as operations
from BE.core.server.process import join_supervisor, leaving, spare_what_stays
from BE.core.telemetry.logging import access_logger, configure_logging
from BE.modules.audit.router import router as audit_router
from BE.modules.auth.router import router as auth_router
from BE.modules.tasks.router import by_user as tasks_by_user_router
from BE.modules.tasks.router import router as tasks_router
from BE.modules.users.router import router as users_router
from config import load_settings
from container import Container, subscribe

VERSION = tomllib.loads(Path(__file__).with_name("pyproject.toml").read_text())["project"][
    "version"
]


def create_app(container: Container | None = None) -> FastAPI:
    container = container or Container(settings=load_settings())
    settings = container.settings()
    style = settings.log_format or "console"
    configure_logging(style=style, level=settings.log_level)
    docs = not settings.is_production

    routers = [
        tasks_router,
        tasks_by_user_router,
        auth_router,
        users_router,
        audit_router,
        dead_letters.router,
        operations.router,
        health.router,
    ]
    if settings.metrics_enabled:
        routers.append(operations.metrics_router)
    secret = tuple(router.prefix for router in routers if router.carries_secrets)
    provider = container.tracing().provider

    app = FastAPI(
        title="Bounded",
        version=VERSION,
        docs_url="/docs" if docs else None,
        redoc_url="/redoc" if docs else None,
        openapi_url=f"{API}/openapi.json" if docs else None,
        generate_unique_id_function=lambda route: route.name,
        redirect_slashes=False,
        lifespan=lifespan,
        telemetry=telemetry(provider),
    )
    app.state.container = container
    install_error_handlers(app)

    # the last one added is the outermost
    app.add_middleware(AdmissionMiddleware, admission=container.admission())
    app.add_middleware(
        ReceptionMiddleware,
        max_bytes=max(settings.max_bytes_in_reception, settings.max_body_bytes),
        max_bytes_per_address=max(
            settings.max_bytes_in_reception_per_address, settings.max_body_bytes
        ),
    )
    app.add_middleware(
        BodyLimitMiddleware,
        max_bytes=settings.max_body_bytes,
        of_strangers=settings.max_stranger_body_bytes,
        small_under=secret,
    )
    app.add_middleware(AccessMiddleware, routers=routers)
    if settings.rate_limit_enabled:
        app.add_middleware(RateLimitMiddleware, at_once=settings.max_requests_at_once_per_caller)
    app.add_middleware(TimeoutMiddleware, seconds=settings.request_timeout_seconds)
    if settings.trusted_hosts:
        app.add_middleware(TrustedHostsMiddleware, hosts=settings.trusted_hosts)
    app.add_middleware(ErrorMiddleware)
    app.add_middleware(CompressionMiddleware)
    app.add_middleware(SpaCorsMiddleware, origins=settings.cors_origins)
    app.add_middleware(
        SecurityHeadersMiddleware,
        https_only=settings.is_production,
        no_store_under=secret,
    )
    app.add_middleware(HeadMiddleware)
    observe = container.metrics().observer(routers) if settings.metrics_enabled else None
    log = access_logger(style=style, level=settings.log_level)
    app.add_middleware(AccessLogMiddleware, log=log, observe=observe)
    if provider is not None:
        app.add_middleware(TracingMiddleware)
    app.add_middleware(RequestContextMiddleware, trusted_proxy_hops=settings.trusted_proxy_hops)

    for router in routers:
        app.include_router(router)
    if docs:
        app.add_api_route("/", to_docs, include_in_schema=False)
    return app


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    join_supervisor()
    container: Container = app.state.container
    subscribe(container)
    schema = container.schema()
    settings = container.settings()
    develops = settings.environment == "development"
    readiness, notice = container.readiness(), settings.shutdown_notice_seconds or 0

    async def prepare() -> None:
        await (schema.migrate() if develops else schema.require_current())
        await container.revocations().load()
        if settings.first_admin_email and settings.first_admin_password:
            await container.admins().ensure_first(
                settings.first_admin_email, settings.first_admin_password
            )

    async with (
        container.tracing().sending(),
        leaving(readiness.leave, notice=notice) as is_server,
        container.database(),
        container.metrics_report().sampling(),
        container.cache().open(),
        container.rate_limits().open(),
        container.foreign_tokens(),
        readiness.serving(prepare),
        container.revocations().watching(),
        container.schedule().running(readiness.started),
        container.relay().running(readiness.started),
    ):
        if is_server:
            spare_what_stays()
        yield {
            "shedding": container.shedding(),
            "refusals": container.refusals(),
            "raw_errors": container.raw_errors(),
        }
    container.passwords().close()


def telemetry(provider: TracerProvider | None) -> TelemetryConfig:
    """Spans of requests alone: FastAPI's logs carry messages, and what it measures, we measure."""
    return {
        "tracing": provider is not None,
        "tracer_provider": provider,
        "exclude": lambda scope: is_probe(scope["path"]),
        "operation_spans": False,
        "metrics": False,
        "logs": False,
        "auto_configure": False,
    }


async def to_docs() -> RedirectResponse:
    return RedirectResponse("/docs")


if __name__ == "__main__":
    from manage import cli

    cli(["serve"])
