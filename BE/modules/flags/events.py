from dataclasses import dataclass
from uuid import UUID

from BE.core.events import EVERYBODY, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagChanged(Event):
    """An admin gave a flag rules, or took them away."""

    name = "flag.changed"

    flag_id: UUID
    flag_name: str
    revision: int
    """The number of the change among those of all flags."""
    rules: str
    """In words, without the ids of those whom it names and without a text that somebody typed."""
    audience_id: UUID = EVERYBODY
