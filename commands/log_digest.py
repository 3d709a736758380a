from typing import Annotated

import typer

from commands.running import exit_on_expected_error, load_settings_without_port


def log_digest(email: Annotated[str, typer.Argument(metavar="EMAIL")]) -> None:
    """Print the email_digest of EMAIL in the log; one line per key of JWT_SECRET."""
    from BE.modules.auth.security.email_digests import EmailDigests

    with exit_on_expected_error():
        settings = load_settings_without_port()
    typer.echo("\n".join(EmailDigests(settings.keys).all_of(email.strip())))
