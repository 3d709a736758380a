from typing import TYPE_CHECKING

import typer

from commands.running import on_container

if TYPE_CHECKING:
    from container import Container


def remove_second_factor(email: str) -> None:
    """Remove the authenticator app and the recovery codes of an account whose owner lost them.

    Make sure first that the owner asks for it. Afterwards the password alone signs in; a mail
    informs the owner, and the audit trail records it.
    """

    async def remove(container: "Container") -> str:
        from BE.modules.auth.wiring import CONTEXT as AUTH

        await container.objects_of(AUTH).totp_service.remove_lost(email)
        return f"The second factor of {email} is removed."

    typer.echo(on_container(remove))
