"""The command line. ``python manage.py --help`` lists it."""

import asyncio
import dataclasses
import json
import os
import sys
import textwrap
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlsplit

import typer
from pydantic import TypeAdapter, ValidationError

from BE.core.capacity import TooFewConnections, require_room
from BE.core.embedded import EmbeddedPostgresError, embedded_postgres
from BE.core.exceptions import DomainError, UnavailableError
from BE.core.logging import configure_logging
from BE.core.server import PortTaken, listen, run, shared_figures, stopped_by_signal
from BE.core.types import Email
from config import InvalidConfiguration, Settings, load_settings

if TYPE_CHECKING:
    from BE.core.events.deliveries import StoredDelivery
    from container import Container

_FAULTS = (InvalidConfiguration, EmbeddedPostgresError, PortTaken, TooFewConnections)

cli = typer.Typer(
    help="Bounded's command line.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@cli.command()
def serve(
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="Processes; WEB_CONCURRENCY otherwise.")
    ] = None,
) -> None:
    """Serve the API; outside production with its own PostgreSQL unless DATABASE_URL is set."""
    with _told_in_one_sentence(), stopped_by_signal():
        settings = load_settings(**({"web_concurrency": workers} if workers else {}))
        for caution in settings.cautions:
            typer.echo(f"Caution: {caution}", err=True)
        count = settings.web_concurrency or 1
        with (
            listen(settings.host, settings.port) as listener,
            _database(settings) as dsn,
            shared_figures(workers=count if settings.metrics_enabled else 1),
        ):
            pool = settings.db_pool_size + settings.db_max_overflow
            asyncio.run(require_room(dsn, processes=count, pool=pool))
            os.environ["DATABASE_URL"] = dsn  # for the application, in whatever process it runs
            run(
                "main:create_app",
                listener=listener,
                workers=count,
                announce=lambda: typer.echo(_banner(settings)),
            )


@cli.command()
def migrate(
    to: Annotated[str, typer.Option(help="A revision, `head` or `base`.")] = "head",
) -> None:
    """Bring the database's schema to a revision."""
    from migrations.runner import Schema, UnknownRevision

    with _told_in_one_sentence(UnknownRevision, UnavailableError), stopped_by_signal(exit_code=1):
        settings = load_settings()
        with _database(settings) as dsn:
            asyncio.run(Schema(dsn).migrate(to))
    typer.echo(f"The database is at {to}.")


@cli.command()
def create_admin(
    email: str,
    *,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
) -> None:
    """Make an admin, with a password that is asked for. Whoever has the email is promoted."""
    address = _address(email)
    password = _password_on_stdin() if password_stdin else None

    async def make(container: "Container") -> str:
        await container.schema().require_current()
        admins = container.admins()
        user = await admins.find(address)
        if user is None:
            await admins.create(address, password or _ask_password())
            return f"{address} is an admin now."
        if user.role == "admin" and user.is_active:
            return f"{address} is an admin already, whose password stays as it is."
        if password_stdin:
            raise AccountExists(f"{address} has an account: without --password-stdin, promote it.")
        typer.confirm(f"{address} has an account already. Make it an admin?", abort=True)
        await admins.promote(user)
        return f"{address} is an admin now, whose password stays as it is."

    typer.echo(_on_database(make))


@cli.command()
def openapi() -> None:
    """Print the OpenAPI document."""
    from container import Container
    from main import create_app

    with _told_in_one_sentence():
        app = create_app(Container(settings=load_settings()))
    typer.echo(json.dumps(app.openapi(), indent=2))


@cli.command()
def backup(file: Path) -> None:
    """Write all data to FILE, as they are at one moment; the service may go on."""
    from BE.core.backup import BackupFailed, back_up

    with (
        _told_in_one_sentence(BackupFailed, UnavailableError),
        stopped_by_signal(exit_code=1),
        _database(load_settings()) as dsn,
    ):
        written = asyncio.run(back_up(dsn, file))
    typer.echo(f"{file} holds {_counted(written.rows)}.")


@cli.command()
def restore(file: Path) -> None:
    """Fill an empty database from FILE, count what is there, and check that it fits together."""
    from BE.core.backup import BackupFailed
    from BE.core.backup import restore as restore_from
    from migrations.invariants import INVARIANTS

    with (
        _told_in_one_sentence(BackupFailed, UnavailableError),
        stopped_by_signal(exit_code=1),
        _database(load_settings()) as dsn,
    ):
        restored = asyncio.run(restore_from(dsn, file, INVARIANTS))
    typer.echo(f"Restored {_counted(restored.rows)}, counted and checked. Next: manage.py migrate")


@cli.command()
def doctor() -> None:
    """Look for what usually is wrong; exits 1 when something is."""
    from BE.core.doctor import examine
    from container import Container, examinations

    with _told_in_one_sentence(), stopped_by_signal(exit_code=1):
        settings = load_settings()
        with _database(settings) as dsn:
            here = settings.model_copy(update={"database_url": dsn})
            findings = asyncio.run(examine(examinations(Container(settings=here))))
    for finding in findings:
        typer.echo(str(finding))
    if any(finding.is_wrong for finding in findings):
        raise typer.Exit(1)


def _counted(rows: dict[str, int]) -> str:
    return f"{sum(rows.values())} rows in {len(rows)} tables"


events = typer.Typer(
    help="Durable deliveries of events: what waits, what died, and what to do about it.",
    no_args_is_help=True,
)
cli.add_typer(events, name="events")

_ID_HELP = "Its number in `events list`."
_UNHANDLED = "nobody here handles this"
DeliveryId = Annotated[int, typer.Argument(min=1, help=_ID_HELP)]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]


class Unfinished(StrEnum):
    PENDING = "pending"
    DEAD = "dead"


@events.command("list")
def list_deliveries(
    *,
    state: Annotated[Unfinished | None, typer.Option(help="Only these.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List the deliveries that wait and those that died, newest first."""

    async def find(container: "Container") -> list[dict[str, Any]]:
        lanes = {each.lane for each in container.events().durable}
        deliveries = container.deliveries()
        found = await deliveries.newest(state.value if state else None, limit=limit + 1)
        return [_told(each, lanes) for each in found]

    found = _on_database(find)
    if as_json:
        _print_json(found[:limit])
    elif not found:
        typer.echo("Nothing waits, and nothing died.")
    else:
        titles = ("ID", "STATE", "AGE", "ATTEMPTS", "NEXT", "EVENT", "HANDLER", "LAST ERROR")
        typer.echo(_table([titles, *map(_row, found[:limit])]))
    if len(found) > limit:
        typer.echo(f"Only the newest {limit}: --limit shows more.", err=True)


@events.command()
def show(delivery_id: DeliveryId, *, as_json: AsJson = False) -> None:
    """Show all that is known of a delivery and its event."""

    async def find(container: "Container") -> dict[str, Any]:
        from BE.core.events.deliveries import DeliveryNotFound

        found = await container.deliveries().get(delivery_id)
        if found is None:
            raise DeliveryNotFound
        delivery, circumstances = found
        lanes = {each.lane for each in container.events().durable}
        told = _told(delivery, lanes) | dataclasses.asdict(circumstances)
        return told | {"payload": json.loads(circumstances.payload)}

    found = _on_database(find)
    if as_json:
        _print_json(found)
    else:
        shown = found | {
            "payload": json.dumps(found["payload"], ensure_ascii=False),
            "is_handled": "yes" if found["is_handled"] else _UNHANDLED,
        }
        told = [(name, _text(value)) for name, value in shown.items() if value is not None]
        typer.echo(_table(told))


@events.command()
def retry(
    delivery_id: Annotated[int | None, typer.Argument(min=1, help=_ID_HELP)] = None,
    *,
    handler: Annotated[str | None, typer.Option(help="All dead ones of this handler.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All dead ones.")] = False,
    as_json: AsJson = False,
) -> None:
    """Give dead deliveries all their attempts again: one, those of a handler, or all."""
    if [delivery_id is not None, handler is not None, everything].count(True) != 1:
        raise typer.BadParameter("name a delivery, or give --handler or --all")

    async def again(container: "Container") -> int:
        deliveries = container.deliveries()
        if delivery_id is None:
            return await deliveries.retry_all(handler)
        await deliveries.retry(delivery_id)
        return 1

    retried = _on_database(again)
    if as_json:
        _print_json({"retried": retried})
    else:
        typer.echo(f"To be tried again: {retried}.")


@events.command()
def purge(
    *,
    older_than: Annotated[
        float, typer.Option(min=0, max=36_500, help="Days since they ended; 0 only with --dead.")
    ] = 7,
    dead: Annotated[bool, typer.Option("--dead", help="Those that died instead.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete deliveries that are done, as happens each hour to those of a week ago, or dead."""
    if older_than < 1 and not dead:
        raise typer.BadParameter("what is done is kept for a day: --older-than 1 or more")

    async def delete(container: "Container") -> int:
        state: Literal["done", "dead"] = "dead" if dead else "done"
        return await container.deliveries().purge(timedelta(days=older_than), state)

    purged = _on_database(delete)
    if as_json:
        _print_json({"purged": purged})
    else:
        typer.echo(f"Deleted: {purged}.")


audit = typer.Typer(help="The audit trail: who did what to whom.", no_args_is_help=True)
cli.add_typer(audit, name="audit")


@audit.command()
def verify(
    *,
    expect: Annotated[
        str | None,
        typer.Option(metavar="SEQUENCE:HASH", help="A head that was printed earlier."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Verify that no entry was changed, moved or removed; print the trail's head.

    What was cut off the end shows only against a head that was kept elsewhere.
    """
    from BE.modules.audit.models import Head

    try:
        kept = Head.parse(expect) if expect is not None else None
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--expect") from None

    found = _on_database(lambda container: container.audit_service().verify(kept))
    if as_json:
        told = {"is_whole": found.is_whole, "entries": found.head.sequence, "head": str(found.head)}
        _print_json(told | {"fault": found.fault})
    elif found.fault is None:
        typer.echo(f"The audit trail is whole. Its head, to keep elsewhere:\n{found.head}")
    else:
        typer.echo(found.fault, err=True)
    if not found.is_whole:
        sys.exit(1)


class AccountExists(Exception):
    """The password of an account is not set from the command line."""


def _address(email: str) -> str:
    try:
        return TypeAdapter[str](Email).validate_python(email)
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


def _on_database[T](work: Callable[["Container"], Awaitable[T]]) -> T:
    """What ``work`` returns, with a container whose database is open."""
    from container import Container, subscribe

    async def run_it(settings: Settings) -> T:
        container = Container(settings=settings)
        subscribe(container)
        await container.schema().require_current()
        async with container.database():
            return await work(container)

    with _told_in_one_sentence(DomainError, AccountExists), stopped_by_signal(exit_code=1):
        settings = load_settings()
        configure_logging(style="console", level="ERROR")
        with _database(settings) as dsn:
            return asyncio.run(run_it(settings.model_copy(update={"database_url": dsn})))


def _told(delivery: "StoredDelivery", lanes: set[tuple[str, str | None]]) -> dict[str, Any]:
    """A delivery, how old its event is, and whether this version has its handler."""
    event_type = f"{delivery.event_name}@{delivery.event_version}"
    age = datetime.now(UTC) - delivery.occurred_at
    return dataclasses.asdict(delivery) | {
        "age_seconds": round(age.total_seconds()),
        "is_handled": bool(lanes & {(delivery.handler, event_type), (delivery.handler, None)}),
    }


def _row(told: dict[str, Any]) -> tuple[str, ...]:
    error = textwrap.shorten(told["last_error"] or "", 60, placeholder=" …")
    return (
        str(told["id"]),
        told["state"],
        _age(told["age_seconds"]),
        str(told["attempts"]),
        _next_attempt(told),
        f"{told['event_name']}@{told['event_version']}",
        told["handler"],
        error if told["is_handled"] else _UNHANDLED,
    )


def _next_attempt(told: dict[str, Any]) -> str:
    if told["state"] == "dead":
        return "never"
    seconds = round((told["due_at"] - datetime.now(UTC)).total_seconds())
    return f"in {_age(seconds)}" if seconds > 0 else "now"


def _age(seconds: int) -> str:
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds").replace("+00:00", "Z")
    return "" if value is None else str(value)


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, indent=2, default=_text, ensure_ascii=False))


def _database(settings: Settings) -> AbstractContextManager[str]:
    if settings.database_url is not None:
        return nullcontext(settings.database_url)
    return embedded_postgres(settings.data_dir)


def _banner(settings: Settings) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    address = f"http://{host}:{settings.port}"
    if settings.database_url is None:
        data = f"{settings.data_dir.resolve()} (an embedded PostgreSQL)"
    else:
        data = f"PostgreSQL at {urlsplit(settings.database_url).hostname}"
    lines = [f"Bounded serves on  {address}/api/v1", f"its data           {data}"]
    if not settings.is_production:
        lines.insert(1, f"its documentation  {address}/docs")
    return "\n  ".join(["", *lines, "", "Ctrl-C stops it.", ""])


@contextmanager
def _told_in_one_sentence(*expected: type[Exception]) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if not isinstance(error, _FAULTS + expected):
            raise
        cause = f" ({error.__cause__})." if error.__cause__ else ""
        typer.echo(f"{error}{cause}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    cli()
