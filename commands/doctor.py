import asyncio

import typer

from BE.core.server.process import stopped_by_signal
from commands.running import database_dsn, told_in_one_sentence
from config import load_settings


def doctor() -> None:
    """Look for what usually is wrong; exits 1 when something is."""
    from commands.examinations import examine
    from container import Container, examinations

    with told_in_one_sentence(), stopped_by_signal(exit_code=1):
        settings = load_settings()
        with database_dsn(settings) as dsn:
            here = settings.model_copy(update={"database_url": dsn})
            findings = asyncio.run(examine(examinations(Container(settings=here))))
    for finding in findings:
        typer.echo(str(finding))
    if any(finding.is_wrong for finding in findings):
        raise typer.Exit(1)
