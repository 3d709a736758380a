"""A process starts without importing what it rarely uses, which would take longer than the rest."""

import subprocess
import sys

from BE.core.http.errors import ANY_ROUTE, ErrorResponse
from BE.core.http.routes import strict_routes
from container import CONTEXTS
from tests.support.processes.server import ROOT

RARE = {"alembic", "mako", "redis", "sentry_sdk", "sqlalchemy", "throttled", "typer"}
"""Needed to migrate, to use Redis, to report faults to Sentry, and by the command line."""


def test_the_application_does_not_import_rarely_used_packages() -> None:
    code = f"import sys, main; print(*{RARE} & set(sys.modules))"

    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert loaded.stdout.split() == []


def test_routes_build_no_validators_for_shared_errors() -> None:
    routes = strict_routes(router for context in CONTEXTS for router in context.routers)

    assert all(route.responses.keys() >= {*ANY_ROUTE} for route in routes)
    errors = [
        route.name
        for route in routes
        for answer in route.response_fields.values()
        if answer.field_info.annotation is ErrorResponse
    ]
    assert errors == []
