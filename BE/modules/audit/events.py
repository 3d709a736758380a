from dataclasses import dataclass

from BE.core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveSealed(Event):
    """``archive_id`` is the number of its last entry."""

    name = "archive.sealed"

    archive_id: int
    first_sequence: int
