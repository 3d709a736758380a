"""Which events the live feed shows, to whom, and as what."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from uuid import UUID

from BE.core.events.event import Event

EVERYBODY = UUID(int=2**128 - 1)
"""The audience of changes for all users, as the ``to`` of :class:`Shown`."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a browser sees of an event: that something changed, not how."""

    name: str
    audience_id: UUID
    """A user, or a group whose members see it."""
    subject_id: UUID
    subject_version: int | None


class Shown:
    """Shows events of a type to the user or group whose id is in their field ``to``.

    If the field holds several ids, to all of them. ``of`` names the field with the id of what
    changed, ``version`` the one with its new version. ``regroups``: after it the user belongs to
    other groups. An API key sees it only with ``scope``; without a scope, no key does. A type may
    be shown in several ways, each under a name of its own.
    Raises :class:`TypeError` for a field that the event does not have.
    """

    def __init__(
        self,
        event_type: type[Event],
        name: str,
        *,
        of: str,
        to: str,
        version: str | None = None,
        regroups: bool = False,
        scope: str | None = None,
    ) -> None:
        known = {field.name for field in fields(event_type)}
        for field in (of, to, version):
            if field is not None and field not in known:
                raise TypeError(f"{event_type.__name__} has no field {field}")
        self.event_type = event_type
        self.name = name
        self.of = of
        self.to = to
        self.version = version
        self.regroups = regroups
        self.scope = scope

    def changes(self, event: Event) -> list[Change]:
        to: UUID | Collection[UUID] = getattr(event, self.to)
        return [
            Change(
                name=self.name,
                audience_id=audience_id,
                subject_id=getattr(event, self.of),
                subject_version=None if self.version is None else getattr(event, self.version),
            )
            for audience_id in ([to] if isinstance(to, UUID) else to)
        ]
