from dataclasses import dataclass

from BE.core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressesExpired(Event):
    """Addresses are dropped once this is in the trail: up to that of the entry ``address_id``."""

    name = "address.expired"

    address_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveSealed(Event):
    """``archive_id`` is the number of its last entry."""

    name = "archive.sealed"

    archive_id: int
    first_sequence: int
