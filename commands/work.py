import asyncio

import structlog

from BE.core.server.signals import STOP_SIGNALS, stopped_by_signal
from BE.core.telemetry.logging import configure_logging
from commands.running import database_dsn, exit_on_expected_error, load_settings_without_port
from commands.scheduled_backups import require_program
from config import Settings

log = structlog.get_logger(__name__)


def work() -> None:
    """Work on jobs without serving, until it is stopped. Any number of these share the work."""
    with exit_on_expected_error(), stopped_by_signal():
        settings = load_settings_without_port()
        configure_logging(style=settings.log_format or "console", level=settings.log_level)
        with database_dsn(settings) as dsn:
            asyncio.run(require_program(settings, dsn))
            asyncio.run(_work(settings.model_copy(update={"database_url": dsn})))


async def _work(settings: Settings) -> None:
    from container import Container
    from lifespan import working

    stop = asyncio.Event()
    for number in STOP_SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with working(Container(settings=settings)):
        log.info("working", at_once=settings.jobs_at_once)
        await stop.wait()
