import asyncio
import os
from typing import Annotated
from urllib.parse import urlsplit

import structlog
import typer

from BE.core.product import NAME
from BE.core.server.process import listen, run, shared_figures
from BE.core.server.signals import stopped_by_signal
from BE.core.telemetry.logging import configure_logging
from BE.core.urls import address_of
from commands.capacity import require_room
from commands.cautions import cautions, has_front_end
from commands.running import database_dsn, exit_on_expected_error
from commands.scheduled_backups import require_program
from config import Settings, load_settings
from migrations.revisions import RevisionChain

log = structlog.get_logger(__name__)


def serve(
    workers: Annotated[
        int | None,
        typer.Option(min=1, max=64, help="Number of processes; default: WEB_CONCURRENCY."),
    ] = None,
) -> None:
    """Serve the API. Without DATABASE_URL or DB_HOST, start an embedded PostgreSQL in DATA_DIR."""
    with exit_on_expected_error(), stopped_by_signal():
        settings = load_settings(**({"web_concurrency": workers} if workers else {}))
        configure_logging(style=settings.log_format or "console", level=settings.log_level)
        for caution in cautions(settings):
            if settings.log_format == "json":
                log.warning("caution", reason=caution)
            else:
                typer.echo(f"Caution: {caution}", err=True)
        RevisionChain.read()
        count = settings.web_concurrency or 1
        with (
            listen(settings.host, settings.port) as listener,
            database_dsn(settings) as dsn,
            shared_figures(workers=count if settings.metrics_enabled else 1),
        ):
            pool = settings.db_pool_size + settings.db_max_overflow
            asyncio.run(require_room(dsn, processes=count, pool=pool))
            if settings.run_jobs:
                asyncio.run(require_program(settings, dsn))
            os.environ["DATABASE_URL"] = dsn  # for the application, in whichever process it runs
            run(
                "main:create_app",
                listener=listener,
                workers=count,
                announce=lambda: _announce(settings),
            )


def _announce(settings: Settings) -> None:
    address = address_of(settings.host, settings.port)
    if settings.database_url is None:
        data = f"{settings.data_dir.resolve()} (an embedded PostgreSQL)"
    else:
        data = f"PostgreSQL at {urlsplit(settings.database_url).hostname or 'a local socket'}"
    if settings.log_format == "json":
        log.info("serving", address=address, data=data)
        return
    address = settings.public_url or address
    lines = [f"{NAME} serves on  {address}/api/v1", f"its data           {data}"]
    if not settings.is_production:
        lines.insert(1, f"its documentation  {address}/docs")
    if has_front_end(settings):
        lines[0] = f"its API            {address}/api/v1"
        lines.insert(0, f"{NAME} serves on  {address}")
    typer.echo("\n  ".join(["", *lines, "", "Ctrl-C stops it.", ""]))
