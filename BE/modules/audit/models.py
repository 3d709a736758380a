import json
import re
import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Self, TypedDict
from uuid import UUID

import orjson

from BE.core.events import StoredEvent
from BE.core.types import record

PERSONAL = frozenset({"email", "old_email", "full_name", "username"})
"""The fields that an entry leaves out, because entries cannot be deleted."""

_SALT_BYTES = 16
_HEAD = re.compile(r"(0|[1-9]\d{0,17}):([0-9a-f]{64})", re.ASCII)


@record
class Record:
    """Who did what to whom."""

    event_id: UUID
    event_name: str
    event_version: int
    occurred_at: datetime
    actor_id: UUID | None
    subject_id: str | None
    request_id: str | None
    client_ip: str | None
    data: str
    """A JSON object, stored as text so that no byte changes."""
    api_key_id: UUID | None = None
    """The API key that the actor used."""
    address_digest: bytes | None = None
    """Hashed in place of the address, which can be deleted. Earlier releases hashed the address."""
    address_salt: bytes | None = None
    """Deleted with the address: without it the digest cannot be tested against all addresses."""

    @classmethod
    def of(cls, event: StoredEvent) -> Self:
        """The first word of an event's name is its subject: ``user.registered``, ``user_id``."""
        payload = json.loads(event.payload)
        subject = payload.get(f"{event.name.partition('.')[0]}_id")
        data = {name: value for name, value in payload.items() if name not in PERSONAL}
        return cls(
            event_id=event.id,
            event_name=event.name,
            event_version=event.version,
            occurred_at=event.occurred_at,
            actor_id=event.actor_id,
            subject_id=None if subject is None else str(subject),
            request_id=event.request_id,
            client_ip=event.client_ip,
            data=json.dumps(data, ensure_ascii=False, separators=(",", ":")),
            api_key_id=event.api_key_id,
        ).with_address_apart()

    def with_address_apart(self) -> Self:
        """The same record with a salted digest of the address, for the chain."""
        if self.client_ip is None:
            return self
        salt = secrets.token_bytes(_SALT_BYTES)
        digest = sha256(salt + self.client_ip.encode()).digest()
        return replace(self, address_digest=digest, address_salt=salt)

    @property
    def has_its_address(self) -> bool:
        """Whether the address matches the digest; an older record has no digest."""
        if self.address_digest is None:
            return True
        if self.client_ip is None or self.address_salt is None:
            return False
        return sha256(self.address_salt + self.client_ip.encode()).digest() == self.address_digest

    @property
    def canonical(self) -> bytes:
        """The bytes that are hashed: a JSON array in UTF-8, without spaces.

        An API key, if any, comes last; earlier entries have none.
        """
        occurred_at = self.occurred_at.astimezone(UTC).isoformat(timespec="microseconds")
        return orjson.dumps(
            [
                str(self.event_id),
                self.event_name,
                self.event_version,
                occurred_at,
                None if self.actor_id is None else str(self.actor_id),
                self.subject_id,
                self.request_id,
                self.client_ip
                if self.address_digest is None
                else ["sha256", self.address_digest.hex()],
                self.data,
                *([] if self.api_key_id is None else [str(self.api_key_id)]),
            ]
        )


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the trail, whose hash covers everything before. Written ``sequence:hash``."""

    sequence: int = 0
    hash: bytes = bytes(32)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises :class:`ValueError`."""
        found = _HEAD.fullmatch(text)
        if found is None:
            raise ValueError("a head is written as a number, a colon and 64 hexadecimal digits")
        return cls(int(found[1]), bytes.fromhex(found[2]))

    def followed_by(self, record: Record) -> "Head":
        return Head(self.sequence + 1, sha256(self.hash + record.canonical).digest())

    def __str__(self) -> str:
        return f"{self.sequence}:{self.hash.hex()}"


@record
class Entry:
    """A record at its place in the trail."""

    head: Head
    record: Record


@record
class Seal:
    """Replaces the entries that moved to an archive file with this SHA-256."""

    before: Head
    head: Head
    digest: bytes

    @property
    def entries(self) -> str:
        return f"entries {self.before.sequence + 1} to {self.head.sequence}"


def chain(head: Head, records: Iterable[Record]) -> list[Entry]:
    """The records as the entries that follow ``head``."""
    entries = []
    for next_record in records:
        head = head.followed_by(next_record)
        entries.append(Entry(head, next_record))
    return entries


class EntryFilter(TypedDict, total=False):
    """Which entries a page shows. ``since`` is inclusive, ``until`` exclusive."""

    actor_id: UUID
    subject_id: str
    event_name: str
    request_id: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class TrailVerdict:
    """The last head up to which the trail is whole, and the first fault after it, if any."""

    head: Head
    fault: str | None = None

    @property
    def is_whole(self) -> bool:
        return self.fault is None


@dataclass(frozen=True, slots=True)
class TrailState:
    """The end of the trail, after its newest entries were verified."""

    head: Head
    sealed: int
    """How many entries are in archives."""
    verified: int
    """How many of the newest were verified, one by one, up to the head or to a fault."""
    fault: str | None


def judge_entry(reached: Head, entry: Entry) -> str | None:
    """The fault of ``entry`` as the successor of ``reached``, if any."""
    expected = reached.followed_by(entry.record)
    if entry.head == expected:
        return None
    if entry.head.sequence > expected.sequence:
        return f"Entry {expected.sequence} is missing from the audit trail."
    if entry.head.sequence < expected.sequence:
        return f"Entry {entry.head.sequence} does not belong to the audit trail."
    return f"Entry {expected.sequence} of the audit trail is not as it was recorded."


def judge_address(entry: Entry, dropped: int) -> str | None:
    """The fault of the address of ``entry``, if any; up to ``dropped``, addresses are deleted."""
    record, sequence = entry.record, entry.head.sequence
    is_gone = record.client_ip is None and record.address_salt is None
    if record.has_its_address or (is_gone and sequence <= dropped):
        return None
    if is_gone:
        return f"The address of entry {sequence} of the audit trail is missing."
    return f"The address of entry {sequence} of the audit trail is not as it was recorded."


def judge_seals(seals: Sequence[Seal], landmarks: Collection[Head]) -> str | None:
    """The fault of ``seals``, in order from the beginning of the trail, if any."""
    reached = Head()
    for seal in seals:
        if seal.before != reached:
            return f"The seal of {seal.entries} does not follow what was sealed before it."
        reached = seal.head
    for head in (Head(), reached):
        if fault := judge_landmarks(head, landmarks):
            return fault
    return None


def judge_seam(seal: Seal, reached: Head, entry: Entry) -> str | None:
    """The fault of a bad ``entry`` that is the first after ``seal``."""
    if reached == seal.head != Head() and entry.head.sequence == reached.sequence + 1:
        return f"Entry {entry.head.sequence} of the audit trail does not follow the seal before it."
    return None


def judge_landmarks(reached: Head, landmarks: Collection[Head]) -> str | None:
    """The fault at ``reached``, if a landmark of the same number has another hash."""
    if any(landmark.sequence == reached.sequence and landmark != reached for landmark in landmarks):
        return f"Entry {reached.sequence} of the audit trail does not have the hash that was kept."
    return None


def judge_end(reached: Head, landmarks: Collection[Head], now: Head) -> str | None:
    """The fault of a trail that ends at ``reached`` and whose head is ``now``, if any."""
    longest = max((landmark.sequence for landmark in landmarks), default=0)
    if longest > reached.sequence:
        return f"The audit trail ends with entry {reached.sequence}, but has had {longest}."
    if now.sequence < reached.sequence:
        return f"Entry {now.sequence + 1} of the audit trail was added behind its end."
    return None
