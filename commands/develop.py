import os
import sys
from pathlib import Path

import typer
from watchfiles import PythonFilter, run_process

from BE.core.server.signals import stopped_by_signal
from commands.running import database_dsn, exit_on_expected_error
from commands.vite import vite_running
from config import load_settings

_WATCHED = (
    "BE",
    "commands",
    "migrations",
    "config.py",
    "container.py",
    "lifespan.py",
    "main.py",
    "manage.py",
)
_STOP_TIMEOUT = 25


def develop() -> None:
    """Serve for development: restart when the code changes. The database keeps running.

    Vite serves the pages beside the API, and passes on requests that are not the front end's.
    """
    root = Path(__file__).parents[1]
    with exit_on_expected_error(), stopped_by_signal():
        settings = load_settings()
        if settings.is_production:
            typer.echo("develop is for development: set ENVIRONMENT=development.", err=True)
            raise typer.Exit(1)
        with vite_running(settings) as pages, database_dsn(settings) as dsn:
            os.environ["DATABASE_URL"] = dsn
            if pages is not None and settings.public_url is None:
                os.environ["PUBLIC_URL"] = pages  # the base of links in mails
            run_process(
                *(root / name for name in _WATCHED),
                target=f"{sys.executable} {root / 'manage.py'} serve",
                target_type="command",
                watch_filter=PythonFilter(),
                callback=lambda _: typer.echo("The code has changed: restarting the server."),
                sigint_timeout=_STOP_TIMEOUT,
            )
