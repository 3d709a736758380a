import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from BE.core.server.signals import stopped_by_signal
from commands import examinations
from commands.cautions import cautions
from commands.examinations import Caution
from commands.running import database_dsn, exit_on_expected_error, load_settings_without_port
from commands.scheduled_backups import examine_backups
from config import InvalidConfiguration, load_settings

if TYPE_CHECKING:
    from container import Container


def doctor() -> None:
    """Check the configuration, the database and other things that often go wrong.

    Each line is ok, caution or wrong, and says what to do. Exits 1 if anything is wrong.
    """
    from container import Container

    with exit_on_expected_error(), stopped_by_signal(exit_code=1):
        settings = load_settings_without_port()
        with database_dsn(settings) as dsn:
            here = settings.model_copy(update={"database_url": dsn})
            container = Container(settings=here)
            findings = asyncio.run(examinations.examine(examinations_of(container)))
    for finding in findings:
        typer.echo(str(finding))
    if any(finding.is_wrong for finding in findings):
        raise typer.Exit(1)


def examinations_of(container: "Container") -> dict[str, examinations.Examination]:
    """The examinations of the server, of its database and of each context."""
    settings = container.settings()
    dsn = settings.database_url or ""
    found: dict[str, examinations.Examination] = {
        "configuration": partial(
            examinations.configuration, settings.environment, cautions(settings)
        ),
        "port": _port,
        "template": _template,
        "secrets": partial(
            examinations.secret_files, Path(".env"), settings.data_dir / "jwt_secret"
        ),
        "database": partial(examinations.server, dsn),
        "rights": partial(examinations.rights, dsn),
        "second lock": partial(examinations.second_lock, dsn),
        "connections": partial(
            examinations.room,
            dsn,
            processes=settings.web_concurrency or 1,
            pool=settings.db_pool_size + settings.db_max_overflow,
        ),
        "clock": partial(examinations.clock, dsn),
        "extensions": partial(examinations.extensions, container.schema().require_extensions),
        "migrations": partial(examinations.migrations, container.schema().require_current),
        "backups": partial(examine_backups, settings),
        "redis": partial(examinations.redis, container.cache()),
        "proxy": partial(
            examinations.proxy,
            settings.public_url,
            port=settings.port,
            hops=settings.trusted_proxy_hops,
        ),
    }
    for part in container.parts:
        found |= part.context.examinations(part.objects)
    return found


async def _port() -> str:
    try:
        settings = load_settings()
    except InvalidConfiguration as refused:
        raise Caution(f"`serve` will not start. {' '.join(str(refused).split())}") from None
    return f"`serve` listens at {settings.host}, port {settings.port}."


async def _template() -> str:
    from commands.origin import origin

    return await asyncio.to_thread(origin, Path(__file__).parents[1])
