import dataclasses
import json
import textwrap
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from commands.output import AsJson, print_json, table, text
from commands.running import on_container

if TYPE_CHECKING:
    from BE.core.events.deliveries import StoredDelivery
    from container import Container

events = typer.Typer(
    help="Durable deliveries of events: what waits, what died, and what to do about it.",
    no_args_is_help=True,
)

_ID_HELP = "Its number in `events list`."
_UNHANDLED = "nobody here handles this"
DeliveryId = Annotated[int, typer.Argument(min=1, help=_ID_HELP)]


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
        from BE.core.wiring.core import CORE

        core = container.objects_of(CORE)
        lanes = {subscription.lane for subscription in core.events.durable}
        deliveries = core.deliveries
        found = await deliveries.newest(state.value if state else None, limit=limit + 1)
        return [_told(each, lanes) for each in found]

    found = on_container(find)
    if as_json:
        print_json(found[:limit])
    elif not found:
        typer.echo("Nothing waits, and nothing died.")
    else:
        titles = ("ID", "STATE", "AGE", "ATTEMPTS", "NEXT", "EVENT", "HANDLER", "LAST ERROR")
        typer.echo(table([titles, *map(_row, found[:limit])]))
    if len(found) > limit:
        typer.echo(f"Only the newest {limit}: --limit shows more.", err=True)


@events.command()
def show(delivery_id: DeliveryId, *, as_json: AsJson = False) -> None:
    """Show all that is known of a delivery and its event."""

    async def find(container: "Container") -> dict[str, Any]:
        from BE.core.events.deliveries import DeliveryNotFound
        from BE.core.wiring.core import CORE

        core = container.objects_of(CORE)
        found = await core.deliveries.get(delivery_id)
        if found is None:
            raise DeliveryNotFound
        delivery, circumstances = found
        lanes = {subscription.lane for subscription in core.events.durable}
        told = _told(delivery, lanes) | dataclasses.asdict(circumstances)
        return told | {"payload": json.loads(circumstances.payload)}

    found = on_container(find)
    if as_json:
        print_json(found)
    else:
        shown = found | {
            "payload": json.dumps(found["payload"], ensure_ascii=False),
            "is_handled": "yes" if found["is_handled"] else _UNHANDLED,
        }
        told = [(name, text(value)) for name, value in shown.items() if value is not None]
        typer.echo(table(told))


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
        from BE.core.wiring.core import CORE

        deliveries = container.objects_of(CORE).deliveries
        if delivery_id is None:
            return await deliveries.retry_all(handler)
        await deliveries.retry(delivery_id)
        return 1

    retried = on_container(again)
    if as_json:
        print_json({"retried": retried})
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
        from BE.core.wiring.core import CORE

        state: Literal["done", "dead"] = "dead" if dead else "done"
        return await container.objects_of(CORE).deliveries.purge(timedelta(days=older_than), state)

    purged = on_container(delete)
    if as_json:
        print_json({"purged": purged})
    else:
        typer.echo(f"Deleted: {purged}.")


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
