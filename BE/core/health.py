"""Whether the process lives, and whether it can do its work."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Literal

import structlog
from fastapi import APIRouter, Response

from BE.core.database import Database
from BE.core.dependencies import provided
from BE.core.exceptions import DomainError, UnavailableError
from BE.core.responses import Json, raises
from BE.core.routing import StrictRoute
from BE.core.types import ResponseSchema

log = structlog.get_logger(__name__)

_START_TIMEOUT = 2.0
_RETRY_DELAY = 0.5

router = APIRouter(prefix="/health", tags=["operations"], route_class=StrictRoute)


class NotReady(UnavailableError):
    """The service is starting, stopping, or without its database"""


class Readiness:
    """Not ready before the database is there and migrated, nor once the process is stopping."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.started = asyncio.Event()

    @asynccontextmanager
    async def serving(self, prepare: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
        """Become ready as soon as ``prepare`` succeeds, however often it has to be tried.

        The block starts once that is so, or after two seconds: a process whose database is away
        lives and says so.
        """
        starting = asyncio.create_task(self._start(prepare))
        await asyncio.wait([starting], timeout=_START_TIMEOUT)
        try:
            yield
        finally:
            starting.cancel()
            self.started.clear()

    async def _start(self, prepare: Callable[[], Awaitable[None]]) -> None:
        while not self.started.is_set():
            try:
                await prepare()
                await self._database.warm_up()
                self.started.set()
            except Exception as error:  # noqa: BLE001 - whatever it is, an operator may mend it
                log.warning("not_ready", reason=_reason(error))
                await asyncio.sleep(_RETRY_DELAY)

    async def check(self) -> None:
        """Raises :class:`NotReady`."""
        if not self.started.is_set():
            raise NotReady
        try:
            await self._database.fetchval("SELECT 1")
        except UnavailableError as error:
            raise NotReady from error


def _reason(error: Exception) -> str:
    """What an operator needs, and nothing that a library may quote of an address."""
    if not isinstance(error, DomainError):
        return type(error).__name__
    return f"{error} ({error.__cause__})" if error.__cause__ else str(error)


class HealthResponse(ResponseSchema):
    status: Literal["alive", "ready"]


@router.get("/live", response_model=HealthResponse, responses=raises())
async def live() -> Response:
    """200 while the process serves at all."""
    return Json({"status": "alive"})


@router.get("/ready", response_model=HealthResponse, responses=raises())
async def ready(readiness: Annotated[Readiness, provided("readiness")]) -> Response:
    """503 while starting, stopping, unmigrated or without database."""
    await readiness.check()
    return Json({"status": "ready"})
