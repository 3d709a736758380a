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
    from BE.core.events.replay import Replayed
    from container import Container

events = typer.Typer(
    help="Durable deliveries of events: list those that are pending or dead, retry, replay, purge.",
    no_args_is_help=True,
)

_ID_HELP = "The ID that `events list` shows."
_UNHANDLED = "no handler in this version"
DeliveryId = Annotated[int, typer.Argument(min=1, help=_ID_HELP)]


class Unfinished(StrEnum):
    PENDING = "pending"
    DEAD = "dead"


@events.command("list")
def list_deliveries(
    *,
    state: Annotated[Unfinished | None, typer.Option(help="Only deliveries in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List the deliveries that are pending or dead, newest first.

    A pending delivery is due or waits for its next attempt. A dead one has used up its attempts.
    """

    async def find(container: "Container") -> list[dict[str, Any]]:
        from BE.core.wiring.core import CORE

        core = container.objects_of(CORE)
        lanes = {subscription.lane for subscription in core.events.durable}
        deliveries = core.deliveries
        found = await deliveries.newest(state.value if state else None, limit=limit + 1)
        return [_fields(delivery, lanes) for delivery in found]

    found = on_container(find)
    if as_json:
        print_json(found[:limit])
    elif not found:
        typer.echo("No delivery is pending or dead.")
    else:
        titles = ("ID", "STATE", "AGE", "ATTEMPTS", "NEXT", "EVENT", "HANDLER", "LAST ERROR")
        typer.echo(table([titles, *map(_row, found[:limit])]))
    if len(found) > limit:
        typer.echo(f"These are the newest {limit}. For more, give a higher --limit.", err=True)


@events.command()
def show(delivery_id: DeliveryId, *, as_json: AsJson = False) -> None:
    """Show a delivery and its event in full."""

    async def find(container: "Container") -> dict[str, Any]:
        from BE.core.events.deliveries import DeliveryNotFound
        from BE.core.wiring.core import CORE

        core = container.objects_of(CORE)
        found = await core.deliveries.get(delivery_id)
        if found is None:
            raise DeliveryNotFound
        delivery, circumstances = found
        lanes = {subscription.lane for subscription in core.events.durable}
        fields = _fields(delivery, lanes) | dataclasses.asdict(circumstances)
        return fields | {"payload": json.loads(circumstances.payload)}

    found = on_container(find)
    if as_json:
        print_json(found)
    else:
        shown = found | {
            "payload": json.dumps(found["payload"], ensure_ascii=False),
            "is_handled": "yes" if found["is_handled"] else _UNHANDLED,
        }
        rows = [(name, text(value)) for name, value in shown.items() if value is not None]
        typer.echo(table(rows))


@events.command()
def retry(
    delivery_id: Annotated[int | None, typer.Argument(min=1, help=_ID_HELP)] = None,
    *,
    handler: Annotated[
        str | None, typer.Option(help="All dead deliveries of this handler.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All dead deliveries.")] = False,
    as_json: AsJson = False,
) -> None:
    """Retry dead deliveries: one by its ID, all of a --handler, or --all."""
    if [delivery_id is not None, handler is not None, everything].count(True) != 1:
        raise typer.BadParameter("give a delivery ID, --handler or --all")

    async def revive(container: "Container") -> int:
        from BE.core.wiring.core import CORE

        deliveries = container.objects_of(CORE).deliveries
        if delivery_id is None:
            return await deliveries.retry_all(handler)
        await deliveries.retry(delivery_id)
        return 1

    retried = on_container(revive)
    if as_json:
        print_json({"retried": retried})
    else:
        typer.echo(f"Pending again: {retried}.")


@events.command()
def replay(
    handler: Annotated[str, typer.Argument(help="Its name, such as notes.on_user_registered.")],
    *,
    since: Annotated[
        datetime | None, typer.Option(help="Only what happened since, by the clock of UTC.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, and change nothing.")] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Also for a handler that reaches outside, as by mail.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Replay events from before a handler subscribed to that handler.

    Registrations are replayed for all current users, other events as long as they are kept: a week
    after their delivery. Events that the handler received in that time are not repeated.
    """

    async def tell(container: "Container") -> list["Replayed"]:
        from BE.core.events.replay import BEGINNING
        from BE.core.wiring.core import CORE

        replay = container.objects_of(CORE).replay
        if replay.reaches_outside(handler) and not (yes or dry_run):
            raise typer.BadParameter(
                f"{handler} reaches outside the database, as by mail, and cannot take it back: look"
                " at what --dry-run counts, then give --yes"
            )
        moment = since.replace(tzinfo=UTC) if since else BEGINNING
        return await replay.replay(handler, since=moment, dry_run=dry_run)

    replayed = on_container(tell)
    if as_json:
        print_json([dataclasses.asdict(found) | {"added": found.added} for found in replayed])
        return
    titles = ("EVENT", "TAKEN FROM", "FOUND", "HAD ALREADY", "NEW")
    typer.echo(table([titles, *map(_replay_row, replayed)]))
    added = sum(found.added for found in replayed)
    if dry_run:
        typer.echo(f"Nothing was changed. New deliveries would be: {added}.")
    else:
        typer.echo(f"New deliveries: {added}. Processes that serve carry them out.")


@events.command()
def purge(
    *,
    older_than: Annotated[
        float,
        typer.Option(
            min=0, max=36_500, help="In days since they finished; less than 1 only with --dead."
        ),
    ] = 7,
    dead: Annotated[bool, typer.Option("--dead", help="Delete dead deliveries instead.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete deliveries that are done, or dead ones with --dead.

    The service itself deletes those that have been done for a week, each hour.
    """
    if older_than < 1 and not dead:
        raise typer.BadParameter(
            "deliveries that are done are kept for a day: give --older-than 1 or more"
        )

    async def delete(container: "Container") -> int:
        from BE.core.wiring.core import CORE

        state: Literal["done", "dead"] = "dead" if dead else "done"
        return await container.objects_of(CORE).deliveries.purge(timedelta(days=older_than), state)

    purged = on_container(delete)
    if as_json:
        print_json({"purged": purged})
    else:
        typer.echo(f"Deleted deliveries: {purged}.")


def _fields(delivery: "StoredDelivery", lanes: set[tuple[str, str | None]]) -> dict[str, Any]:
    """The delivery with the age of its event and whether this version has its handler."""
    event_type = f"{delivery.event_name}@{delivery.event_version}"
    age = datetime.now(UTC) - delivery.occurred_at
    return dataclasses.asdict(delivery) | {
        "age_seconds": round(age.total_seconds()),
        "is_handled": bool(lanes & {(delivery.handler, event_type), (delivery.handler, None)}),
    }


def _row(fields: dict[str, Any]) -> tuple[str, ...]:
    error = textwrap.shorten(fields["last_error"] or "", 60, placeholder=" …")
    return (
        str(fields["id"]),
        fields["state"],
        _age(fields["age_seconds"]),
        str(fields["attempts"]),
        _next_attempt(fields),
        f"{fields['event_name']}@{fields['event_version']}",
        fields["handler"],
        error if fields["is_handled"] else _UNHANDLED,
    )


def _replay_row(found: "Replayed") -> tuple[str, ...]:
    return (
        found.type_name,
        found.source,
        str(found.found),
        str(found.had_already),
        str(found.added),
    )


def _next_attempt(fields: dict[str, Any]) -> str:
    if fields["state"] == "dead":
        return "never"
    seconds = round((fields["due_at"] - datetime.now(UTC)).total_seconds())
    return f"in {_age(seconds)}" if seconds > 0 else "now"


def _age(seconds: int) -> str:
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"
