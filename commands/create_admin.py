import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import TypeAdapter, ValidationError

from BE.core.emails import Email, KnownEmail
from commands.running import on_container

if TYPE_CHECKING:
    from container import Container


class AccountExists(Exception):
    """A password was given for an account that exists."""


def create_admin(
    email: str,
    *,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
) -> None:
    """Create an admin, and ask for the password. An account that has EMAIL is promoted instead."""
    address = _address(email, KnownEmail)
    password = _password_on_stdin() if password_stdin else None

    async def make(container: "Container") -> str:
        from BE.modules.users.wiring import CONTEXT as USERS

        admins = container.objects_of(USERS).admins
        user = await admins.find(address)
        if user is None:
            _address(email, Email)  # stricter than for an account that exists
            await admins.create(address, password or _ask_password())
            return f"{address} is an admin now."
        if user.role == "admin" and user.is_active:
            return f"{address} is an admin already. The password is unchanged."
        if password_stdin:
            raise AccountExists(
                f"{address} has an account already: run without --password-stdin to promote it."
            )
        typer.confirm(f"{address} has an account already. Make it an admin?", abort=True)
        await admins.promote(user)
        return f"{address} is an admin now. The password is unchanged."

    typer.echo(on_container(make, AccountExists))


def _address(email: str, kind: Any) -> str:
    try:
        return TypeAdapter[str](kind).validate_python(email)
    except ValidationError as error:
        raise typer.BadParameter(error.errors()[0]["msg"], param_hint="EMAIL") from None


def _password_on_stdin() -> str:
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise typer.BadParameter("no password on standard input", param_hint="--password-stdin")
    return password


def _ask_password() -> str:
    password: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password
