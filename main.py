"""The application: ``create_app(container)``. ``python main.py`` serves it."""

from pathlib import Path

from fastapi import FastAPI

from BE.core.http.documentation.document import complete_document
from BE.core.http.documentation.pages import install_documentation
from BE.core.http.fast.fast_path import install_fast_path
from BE.core.http.followed_front_end import open_front_end
from BE.core.http.paths import API
from BE.core.http.routes import find_among, strict_routes
from BE.core.middleware.access import AccessMiddleware
from BE.core.middleware.access_log import AccessLogMiddleware
from BE.core.middleware.admission import AdmissionMiddleware
from BE.core.middleware.body_limit import BodyLimitMiddleware
from BE.core.middleware.compression import CompressionMiddleware
from BE.core.middleware.cors import SpaCorsMiddleware
from BE.core.middleware.deprecation import DeprecationMiddleware
from BE.core.middleware.errors import ErrorMiddleware, install_error_handlers
from BE.core.middleware.front_end import FrontEndMiddleware
from BE.core.middleware.head import HeadMiddleware
from BE.core.middleware.headers import SecurityHeadersMiddleware
from BE.core.middleware.rate_limit import RateLimitMiddleware
from BE.core.middleware.reception import ReceptionMiddleware
from BE.core.middleware.request_context import RequestContextMiddleware
from BE.core.middleware.root_path import RootPathMiddleware
from BE.core.middleware.timeout import TimeoutMiddleware
from BE.core.middleware.tracing import TracingMiddleware, telemetry
from BE.core.middleware.trusted_hosts import TrustedHostsMiddleware
from BE.core.product import NAME
from BE.core.telemetry.logging import access_logger, configure_logging
from config import VERSION, load_settings
from container import Container
from lifespan import lifespan


def create_app(container: Container | None = None) -> FastAPI:
    container = container or Container(settings=load_settings())
    settings = container.settings()
    style = settings.log_format or "console"
    report = container.fault_reports().report
    configure_logging(style=style, level=settings.log_level, report=report)
    docs = not settings.is_production
    routers = container.routers
    secret = tuple(router.prefix for router in routers if router.carries_secrets)
    built = Path(__file__).parent / settings.front_end_dir
    front_end = open_front_end(built, settings.root_path, follow=not settings.is_production)
    provider = container.tracing().provider

    app = FastAPI(
        title=NAME,
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{API}/openapi.json" if docs else None,
        generate_unique_id_function=lambda route: route.name,
        redirect_slashes=False,
        lifespan=lifespan,
        telemetry=telemetry(provider),
    )
    app.state.container = container
    scopes, flags = container.scopes(), container.flags()
    complete_document(app, routers, scopes, flags, root_path=settings.root_path)
    install_error_handlers(app)

    # the last one added is the outermost
    find_route = install_fast_path(app, routers) if settings.fast_path else find_among(routers)
    app.add_middleware(AdmissionMiddleware, admission=container.admission())
    app.add_middleware(
        ReceptionMiddleware,
        max_bytes=settings.max_bytes_in_reception,
        max_bytes_per_address=settings.max_bytes_in_reception_per_address,
        max_body_bytes=settings.max_body_bytes,
        max_file_bytes=settings.max_import_bytes,
    )
    app.add_middleware(
        BodyLimitMiddleware,
        max_bytes=settings.max_body_bytes,
        max_anonymous_bytes=settings.max_stranger_body_bytes,
        max_file_bytes=settings.max_import_bytes,
        small_under=secret,
    )
    app.add_middleware(AccessMiddleware, find_route=find_route)
    if settings.rate_limit_enabled:
        app.add_middleware(RateLimitMiddleware, at_once=settings.max_requests_at_once_per_caller)
    app.add_middleware(TimeoutMiddleware, seconds=settings.request_timeout_seconds)
    if front_end is not None:
        container.readiness().require(front_end.is_current)
        app.add_middleware(FrontEndMiddleware, front_end=front_end)
    if settings.trusted_hosts:
        app.add_middleware(TrustedHostsMiddleware, hosts=settings.trusted_hosts)
    app.add_middleware(ErrorMiddleware)
    if any(route.deprecation for route in strict_routes(routers)):
        app.add_middleware(DeprecationMiddleware)
    app.add_middleware(CompressionMiddleware)
    app.add_middleware(SpaCorsMiddleware, origins=settings.cors_origins)
    app.add_middleware(
        SecurityHeadersMiddleware, https_only=settings.is_production, no_store_under=secret
    )
    app.add_middleware(HeadMiddleware)
    log = access_logger(style=style, level=settings.log_level)
    app.add_middleware(AccessLogMiddleware, log=log, observers=container.observers())
    if provider is not None:
        app.add_middleware(TracingMiddleware)
    app.add_middleware(RequestContextMiddleware, trusted_proxy_hops=settings.trusted_proxy_hops)
    if settings.root_path:
        app.add_middleware(RootPathMiddleware, root_path=settings.root_path)

    for router in routers:
        app.include_router(router)
    if docs:
        install_documentation(app, root_path=settings.root_path)
    return app


if __name__ == "__main__":
    from commands.serve import serve

    serve()
