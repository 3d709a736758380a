"""What runs around the requests, from the first to the last."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from typing import Any

from fastapi import FastAPI

from BE.core.server.process import freeze_startup_objects, leaving
from BE.core.server.supervisor import join_supervisor
from BE.core.wiring.core import CORE
from container import Container, subscribe


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    join_supervisor()
    container: Container = app.state.container
    subscribe(container)
    core = container.objects_of(CORE)
    settings = container.settings()
    readiness, notice = core.readiness, settings.shutdown_notice_seconds or 0

    async def prepare() -> None:
        await _prepare(container)

    def leave() -> None:
        readiness.leave()
        core.live_streams.leave()

    async with (
        core.tracing.sending(),
        core.fault_reports.sending(),
        leaving(leave, notice=notice) as is_server,
        core.database,
        core.metrics_report.sampling(),
        core.cache.open(),
        core.outside.open(),
        core.rate_limits.open(),
        readiness.serving(prepare),
        _contexts_running(container),
        core.live_feed.running(),
        core.live_streams.running(),
        core.schedule.running(readiness.started),
        core.relay.running(readiness.started),
        core.job_worker.running(readiness.started) if settings.run_jobs else nullcontext(),
        core.job_schedule.running(readiness.started),
    ):
        if is_server:
            freeze_startup_objects()
        yield {
            "handshakes": core.handshakes,
            "shedding": core.shedding,
            "refusals": core.refusals,
            "raw_errors": core.raw_errors,
        }
    core.passwords.close()


@asynccontextmanager
async def working(container: Container) -> AsyncIterator[None]:
    """What runs in a process that works on jobs and serves nothing."""
    subscribe(container)
    core = container.objects_of(CORE)

    async def prepare() -> None:
        await _prepare(container)

    async with (
        core.tracing.sending(),
        core.fault_reports.sending(),
        core.database,
        core.cache.open(),
        core.outside.open(),
        core.readiness.serving(prepare),
        _contexts_running(container),
        core.followers.notifying(),
        core.job_worker.running(core.readiness.started),
        core.job_schedule.running(core.readiness.started),
    ):
        yield
    core.passwords.close()


async def _prepare(container: Container) -> None:
    schema = container.schema()
    develops = container.settings().environment == "development"
    await (schema.migrate() if develops else schema.require_current())
    for part in container.parts:
        await part.context.prepare(part.objects)


@asynccontextmanager
async def _contexts_running(container: Container) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        for part in container.parts:
            await stack.enter_async_context(part.context.running(part.objects))
        yield
