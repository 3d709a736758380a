"""An archive of the trail: JSON lines, compressed by gzip.

The first line names the entries and the hashes before and after them. Every other line is an entry
with its number, its hash, and its record in the bytes that are hashed. An address that is hashed as
a digest is not included.
"""

import hashlib
import os
import tempfile
import zlib
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from gzip import BadGzipFile, GzipFile
from pathlib import Path
from typing import IO, Any
from uuid import UUID

import orjson

from BE.modules.audit.exceptions import ArchiveFault
from BE.modules.audit.models import Entry, Head, Record, Seal, judge_entry, judge_landmarks

_FORMAT = "bounded-audit-1"
_MAX_LINE = 16 * 1024 * 1024
_UNFIT = (ValueError, TypeError, LookupError, AttributeError)


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """A file as its first line describes it; :meth:`entries` verifies the rest."""

    file: Path
    before: Head
    head: Head
    digest: bytes

    @property
    def seal(self) -> Seal:
        return Seal(self.before, self.head, self.digest)

    def entries(self) -> Iterator[Entry]:
        """All entries, verified. Raises :class:`ArchiveFault`."""
        reached = self.before
        with _lines(self.file) as lines:
            next(lines)
            for line in lines:
                entry = _entry(self.file, line)
                if fault := judge_entry(reached, entry):
                    raise ArchiveFault(f"{self.file}: {fault}")
                yield entry
                reached = entry.head
        if reached.sequence < self.head.sequence:
            raise ArchiveFault(
                f"{self.file} is cut off: it ends with entry {reached.sequence} instead of"
                f" {self.head.sequence}."
            )
        if reached != self.head:
            raise ArchiveFault(f"{self.file} does not end as its first line says.")

    def prove(self) -> None:
        """Raises :class:`ArchiveFault`."""
        for _ in self.entries():
            pass


def open_archive(file: Path) -> ArchiveFile:
    """Raises :class:`ArchiveFault`."""
    with _lines(file) as lines:
        try:
            header: Any = orjson.loads(next(lines))
            is_ours = header["format"] == _FORMAT
            before, head = Head.parse(header["before"]), Head.parse(header["head"])
        except (*_UNFIT, StopIteration):
            raise _no_archive(file) from None
    if not is_ours or head.sequence <= before.sequence:
        raise _no_archive(file)
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").digest()
    return ArchiveFile(file, before, head, digest)


def judge_archives(seals: Sequence[Seal], files: Sequence[Path], kept: Head) -> str | None:
    """The fault of ``files`` as the archives of all ``seals``, with ``kept`` in them, if any."""
    by_place = {_place(seal): seal for seal in seals}
    missing = dict(by_place)
    try:
        for archive in map(open_archive, files):
            for entry in archive.entries():
                if fault := judge_landmarks(entry.head, [kept]):
                    return f"{archive.file}: {fault}"
            seal = by_place.get(_place(archive.seal))
            if seal is None or (seal.before, seal.head) != (archive.before, archive.head):
                return f"{archive.file} is the archive of another audit trail, or was forged."
            if seal != archive.seal:
                return f"{archive.file} is not the file that was sealed, or its seal was changed."
            missing.pop(_place(seal), None)
    except ArchiveFault as fault:
        return str(fault)
    return next((f"The archive of {seal.entries} is missing." for seal in missing.values()), None)


def _place(seal: Seal) -> tuple[int, int]:
    return seal.before.sequence, seal.head.sequence


async def write_archive(
    file: Path, before: Head, head: Head, entries: AsyncIterator[Entry]
) -> ArchiveFile:
    """Write and verify an archive. It gets its name once it is on disk, and replaces no file.

    Raises :class:`ArchiveFault`.
    """
    try:
        with (
            _draft(file) as raw,
            GzipFile(fileobj=raw, mode="wb", filename="", mtime=0) as packed,
        ):
            await _write(packed, before, head, entries)
    except OSError as error:
        raise ArchiveFault(f"Cannot write {file} ({error.strerror}): name another file.") from None
    return open_archive(file)


@contextmanager
def _draft(file: Path) -> Iterator[IO[bytes]]:
    """A file that only its owner can read. It gets its name once it is on disk and verified."""
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as raw:
            yield raw
            raw.flush()
            os.fsync(raw.fileno())
        open_archive(draft).prove()
        os.link(draft, file)
    finally:
        draft.unlink()
    directory = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


async def _write(packed: GzipFile, before: Head, head: Head, entries: AsyncIterator[Entry]) -> None:
    header = {"format": _FORMAT, "before": str(before), "head": str(head)}
    packed.write(orjson.dumps(header) + b"\n")
    async for entry in entries:
        line = {
            "sequence": entry.head.sequence,
            "hash": entry.head.hash.hex(),
            "record": orjson.Fragment(entry.record.canonical),
        }
        packed.write(orjson.dumps(line) + b"\n")


@contextmanager
def _lines(file: Path) -> Iterator[Iterator[bytes]]:
    """Raises :class:`ArchiveFault` for any failure while reading."""
    try:
        with GzipFile(file, "rb") as unpacked:
            yield iter(lambda: _line(file, unpacked), b"")
    except EOFError:
        raise ArchiveFault(f"{file} is cut off.") from None
    except (BadGzipFile, zlib.error):
        raise _no_archive(file) from None
    except OSError as error:
        raise ArchiveFault(f"Cannot read {file} ({error.strerror}).") from None


def _line(file: Path, unpacked: GzipFile) -> bytes:
    line = unpacked.readline(_MAX_LINE)
    if len(line) == _MAX_LINE:
        raise _no_archive(file)
    return line


def _entry(file: Path, line: bytes) -> Entry:
    try:
        found: Any = orjson.loads(line)
        event_id, name, version, occurred_at, actor_id, subject_id, request_id, ip, data, *key = (
            found["record"]
        )
        is_apart = isinstance(ip, list)
        record = Record(
            UUID(event_id),
            name,
            version,
            datetime.fromisoformat(occurred_at),
            None if actor_id is None else UUID(actor_id),
            subject_id,
            request_id,
            None if is_apart else ip,
            data,
            UUID(*key) if key else None,
            bytes.fromhex(ip[1]) if is_apart else None,
        )
        record.canonical  # noqa: B018 - raises if it cannot be hashed
        return Entry(Head(int(found["sequence"]), bytes.fromhex(found["hash"])), record)
    except _UNFIT:
        raise _no_archive(file) from None


def _no_archive(file: Path) -> ArchiveFault:
    return ArchiveFault(f"{file} is no archive of an audit trail, or is damaged.")
