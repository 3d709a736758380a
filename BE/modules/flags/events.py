from dataclasses import dataclass
from uuid import UUID

from BE.core.events import EVERYBODY, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagChanged(Event):
    """An admin gave a flag rules, or removed them."""

    name = "flag.changed"

    flag_id: UUID
    flag_name: str
    revision: int
    """The number of the change among those of all flags."""
    rules: str
    """In words, without the ids that it names and without text that a user typed."""
    audience_id: UUID = EVERYBODY
