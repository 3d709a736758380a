from typing import Annotated

import typer

from commands.running import told_in_one_sentence
from config import load_settings


def log_digest(email: Annotated[str, typer.Argument(metavar="EMAIL")]) -> None:
    """Print by what EMAIL is named in the log (email_digest), a line for each key in force."""
    from BE.modules.auth.security.email_digests import EmailDigests

    with told_in_one_sentence():
        settings = load_settings()
    typer.echo("\n".join(EmailDigests(settings.keys).all_of(email.strip())))
