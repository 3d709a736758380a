"""Health checks: whether the process is alive, and whether it is ready."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Literal, Protocol

import structlog
from fastapi import Request, Response, status
from pydantic import ConfigDict

from BE.core.database.database import Database
from BE.core.events.deliveries import Backlog
from BE.core.exceptions import DomainError, UnavailableError
from BE.core.http.access import PUBLIC
from BE.core.http.dependencies import Provided
from BE.core.http.paths import HEALTH
from BE.core.http.responses import WITH_ETAG, Json
from BE.core.http.routes import ModuleRouter, StrictRoute
from BE.core.jobs.stored_jobs import JobBacklog
from BE.core.operations.pulse import DatabasePulse, SingleFlight
from BE.core.types import ResponseSchema

log = structlog.get_logger(__name__)

_START_TIMEOUT = 2.0
_RETRY_DELAY = 0.5
_CHECK_TIMEOUT = 2.0
_BACKLOG_KEPT = 5.0
_OVERDUE = timedelta(minutes=5)

type HealthStatus = Literal["healthy", "degraded", "unhealthy"]

_WORST_FIRST: tuple[HealthStatus, ...] = ("unhealthy", "degraded", "healthy")

router = ModuleRouter(
    prefix=HEALTH, tags=["operations"], route_class=StrictRoute, dependencies=[PUBLIC]
)


class NotReady(UnavailableError):
    """The service is starting, stopping, or without its database"""


class Readiness:
    """Ready once the database answers and is migrated, until the process stops."""

    def __init__(self, database: Database, pulse: DatabasePulse) -> None:
        self._database = database
        self._pulse = pulse
        self.started = asyncio.Event()
        self._is_leaving = False
        self._conditions: list[Callable[[], bool]] = []

    def require(self, condition: Callable[[], bool]) -> None:
        """Be ready only while the condition holds too."""
        self._conditions.append(condition)

    @asynccontextmanager
    async def serving(self, prepare: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
        """Become ready as soon as ``prepare`` succeeds; it is retried until then.

        The block starts when it succeeds, but at the latest after two seconds: a process without
        its database is alive and reports that it is not ready.
        """
        starting = asyncio.create_task(self._start(prepare))
        try:
            await asyncio.wait([starting], timeout=_START_TIMEOUT)
            yield
        finally:
            starting.cancel()
            self.started.clear()

    async def _start(self, prepare: Callable[[], Awaitable[None]]) -> None:
        logged = ""
        while not self.started.is_set():
            try:
                await prepare()
                await self._database.warm_up()
                self.started.set()
            except Exception as error:  # noqa: BLE001 - an operator may fix any cause
                reason = _reason(error)
                if reason != logged:
                    log.warning("not_ready", reason=reason)
                logged = reason
                await asyncio.sleep(_RETRY_DELAY)

    def leave(self) -> None:
        """Report not ready from now on, while requests are still served."""
        self._is_leaving = True

    async def check(self) -> None:
        """Raises :class:`NotReady`."""
        if self._is_leaving or not self.started.is_set():
            raise NotReady
        if not all(holds() for holds in self._conditions):
            raise NotReady
        try:
            await self._pulse.latency()
        except UnavailableError as error:
            raise NotReady from error


def _reason(error: Exception) -> str:
    """The error for an operator, without any URL that a library may quote."""
    if not isinstance(error, DomainError):
        return type(error).__name__
    return f"{error} ({error.__cause__})" if error.__cause__ else str(error)


class Check(Protocol):
    """One part of the service."""

    async def check(self) -> dict[str, Any]:
        """A ``status`` and figures. A check that raises or takes two seconds is unhealthy."""


class Health:
    """All checks together: as healthy as the worst of them."""

    def __init__(self, **checks: Check) -> None:
        self._checks = checks

    async def report(self) -> dict[str, Any]:
        found = await asyncio.gather(*map(_run, self._checks.values()))
        statuses = {check["status"] for check in found}
        return {
            "status": next(status for status in _WORST_FIRST if status in statuses),
            "checks": dict(zip(self._checks, found, strict=True)),
        }


class DatabaseCheck:
    def __init__(self, pulse: DatabasePulse) -> None:
        self._pulse = pulse

    async def check(self) -> dict[str, Any]:
        latency = await self._pulse.latency()
        return {"status": "healthy", "latency_ms": round(latency * 1000, 1)}


class BacklogCheck:
    """Degraded while something is dead or overdue by five minutes. Counts at most every 5 s."""

    def __init__(self, backlog: Callable[[], Awaitable[Backlog | JobBacklog]]) -> None:
        self._backlog = backlog
        self._counting = SingleFlight(self._count)
        self._found: dict[str, Any] = {}
        self._found_at = float("-inf")

    async def check(self) -> dict[str, Any]:
        if time.monotonic() - self._found_at > _BACKLOG_KEPT:
            await self._counting.result()
        return self._found

    async def _count(self) -> None:
        backlog = await self._backlog()
        healthy = backlog.dead == 0 and backlog.overdue < _OVERDUE
        figures = asdict(backlog)
        overdue = figures.pop("overdue").total_seconds()
        self._found = {
            "status": "healthy" if healthy else "degraded",
            **figures,
            "oldest_overdue_seconds": round(overdue, 1),
        }
        self._found_at = time.monotonic()


# over 20 bytes: proxies compress nothing shorter
_ALIVE = b'{\n  "status": "alive"\n}'


async def _run(check: Check) -> dict[str, Any]:
    try:
        async with asyncio.timeout(_CHECK_TIMEOUT):
            return await check.check()
    except Exception as error:  # noqa: BLE001 - any error means unhealthy
        log.warning("unhealthy", check=type(check).__name__, reason=_reason(error))
        return {"status": "unhealthy"}


class CheckResponse(ResponseSchema):
    model_config = ConfigDict(extra="allow")

    status: HealthStatus


class FullHealthResponse(ResponseSchema):
    status: HealthStatus
    app_name: str
    version: str
    checks: dict[str, CheckResponse]


class HealthResponse(ResponseSchema):
    status: Literal["alive", "ready"]


@router.get(
    "",
    name="health",
    response_model=FullHealthResponse,
    responses={503: {"model": FullHealthResponse, "description": "Unhealthy"}},
)
async def full(request: Request, health: Provided[Health]) -> Response:
    """Each part of the service; 503 when one that it cannot do without is unhealthy."""
    report = await health.report()
    names = {"app_name": request.app.title, "version": request.app.version}
    unhealthy = report["status"] == "unhealthy"
    return Json(
        names | report,
        status_code=status.HTTP_503_SERVICE_UNAVAILABLE if unhealthy else status.HTTP_200_OK,
        headers={"Retry-After": "1"} if unhealthy else None,
    )


@router.get("/live", response_model=HealthResponse, responses=WITH_ETAG)
async def live() -> Response:
    """200 while the process serves at all. ``doctor`` looks whether a proxy weakens its ETag."""
    headers = {"ETag": '"alive"', "Cache-Control": "no-cache, no-transform"}
    return Response(_ALIVE, media_type="application/json", headers=headers)


@router.get("/ready", response_model=HealthResponse)
async def ready(readiness: Provided[Readiness]) -> Response:
    """503 while starting, stopping, unmigrated or without database."""
    await readiness.check()
    return Json({"status": "ready"})
