"""Which events are shown to whom in the live feed, and as what."""

from dataclasses import dataclass, fields
from uuid import UUID

from BE.core.events.event import Event


@dataclass(frozen=True, slots=True)
class Change:
    """What a browser learns of an event: that something of its user's changed, not how."""

    name: str
    audience_id: UUID
    subject_id: UUID
    subject_version: int | None


class Shown:
    """Shows events of a type to the user whose id is in their field ``to``.

    ``of`` names the field with the id of what changed, ``version`` the one with its new version.
    An API key needs ``scope`` to be shown it; without a scope, no key is.
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
        self.scope = scope

    def change(self, event: Event) -> Change:
        return Change(
            name=self.name,
            audience_id=getattr(event, self.to),
            subject_id=getattr(event, self.of),
            subject_version=None if self.version is None else getattr(event, self.version),
        )
