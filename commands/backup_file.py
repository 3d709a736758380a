"""The file of a backup: a tar of a manifest, its seal, and a dump by pg_dump.

The file is read as untrusted input: everything in it is checked first, and no more is unpacked than
the file itself has bytes.
"""

import hashlib
import json
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Annotated, Self

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError

from BE.core.product import NAME
from BE.core.text import escaped
from commands.backup_seals import BackupSeals

_UNSEALED = 1
_FORMAT = 2
_MANIFEST = "manifest.json"
_SEAL = "seal"
_DUMP = "database.dump"
_MAX_MANIFEST_BYTES = 1024 * 1024
_MAX_SEAL_BYTES = 1024
_MAX_HEADER_BYTES = 64 * 1024
_CHUNK = 1024 * 1024
_PLAIN = (tarfile.REGTYPE, tarfile.AREGTYPE)

_DAMAGES = (tarfile.TarError, LookupError, ValueError, ArithmeticError, EOFError, RecursionError)
"""The standard library's errors for a file that is no tar, or a damaged one."""


class BackupFailed(Exception):
    """The message says why, and what to do."""


def _moment(text: str) -> str:
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError("has no time zone")
    return text


@dataclass(frozen=True, slots=True)
class Manifest:
    """A backup's contents: the server's major version, how many rows each table has, and when."""

    server_version: Annotated[int, Field(ge=9, le=999)]
    rows: dict[
        Annotated[str, Field(min_length=1, max_length=300)], Annotated[int, Field(ge=0, lt=2**63)]
    ]
    dump_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None
    format: int = _FORMAT
    taken_at: Annotated[str, AfterValidator(_moment)] | None = None
    """The time of the copy; earlier releases did not record it."""


@dataclass(frozen=True, slots=True)
class OpenBackup:
    """An intact backup; ``is_own`` if this installation wrote it."""

    manifest: Manifest
    dump: Path
    is_own: bool


class _Header(tarfile.TarInfo):
    """A header of limited size: the library reads extended ones into memory at once."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        header = super().frombuf(buf, encoding, errors)
        if header.type not in _PLAIN and not 0 <= header.size <= _MAX_HEADER_BYTES:
            raise ValueError("it has a header that is too large")
        return header


_MANIFESTS = TypeAdapter(Manifest)
_FORMATS = TypeAdapter(dict[str, object])


@contextmanager
def drafted(file: Path) -> Iterator[Path]:
    """A path for the dump, beside ``file``; its directory is removed at the end."""
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=f".{file.name}.") as directory:
        yield Path(directory) / _DUMP


def pack(
    file: Path,
    dump: Path,
    version: int,
    rows: dict[str, int],
    taken_at: datetime,
    seals: BackupSeals,
) -> Manifest:
    """Make ``file`` of a dump, completely or not at all, readable by its owner only."""
    with dump.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    manifest = Manifest(version, rows, digest, taken_at=taken_at.isoformat())
    text = json.dumps(asdict(manifest)).encode()
    dump.with_name(_MANIFEST).write_bytes(text)
    dump.with_name(_SEAL).write_text(seals.seal(text))
    packed = dump.with_name("packed")
    with tarfile.open(packed, "w") as archive:
        for name in (_MANIFEST, _SEAL, _DUMP):
            archive.add(dump.with_name(name), arcname=name)
    packed.chmod(0o600)
    packed.rename(file)
    return manifest


@contextmanager
def unpacked(file: Path, seals: BackupSeals) -> Iterator[OpenBackup]:
    """Check the backup in ``file``, and unpack its dump for the block.

    Raises :class:`BackupFailed`.
    """
    if not file.exists():
        raise BackupFailed(f"There is no file {file}.")
    if not file.is_file():  # a pipe would block, a device has no end
        raise BackupFailed(f"{file} is not a regular file.")
    with tempfile.TemporaryDirectory(prefix="bounded-restore-") as directory:
        dump = Path(directory) / _DUMP
        try:
            if shutil.disk_usage(directory).free < file.stat().st_size:
                raise BackupFailed(
                    f"There is too little space to unpack {file} in {dump.parent.parent}: set"
                    " TMPDIR to a directory with more."
                )
            with tarfile.open(file, "r:", tarinfo=_Header) as archive:
                manifest, is_own = _read_manifest(archive, file, seals)
                digest = _extract(archive, dump)
        except _DAMAGES as error:
            raise BackupFailed(f"{file} is not a backup of {NAME} ({_reason(error)}).") from None
        except OSError as error:
            raise BackupFailed(f"{file} cannot be read ({error.strerror}).") from None
        if manifest.dump_sha256 not in {None, digest}:
            raise BackupFailed(f"{file} is damaged: the checksum of its dump does not match.")
        yield OpenBackup(manifest, dump, is_own)


def _read_manifest(
    archive: tarfile.TarFile, file: Path, seals: BackupSeals
) -> tuple[Manifest, bool]:
    text = _content(archive, _MANIFEST, _MAX_MANIFEST_BYTES).read()
    version = _FORMATS.validate_json(text).get("format")
    if isinstance(version, int) and version not in {_UNSEALED, _FORMAT}:
        raise BackupFailed(
            f"{file} was written by another version of {NAME}: restore it with that one."
        )
    manifest = _MANIFESTS.validate_json(text, strict=True)
    if manifest.format == _UNSEALED:
        return manifest, False
    if manifest.dump_sha256 is None:
        raise ValueError("its manifest names no dump")
    seal = _content(archive, _SEAL, _MAX_SEAL_BYTES).read().decode("ascii")
    return manifest, seals.fits(seal, text)


def _extract(archive: tarfile.TarFile, dump: Path) -> str:
    """Write the dump to a file, and return its SHA-256."""
    content = _content(archive, _DUMP)
    digest = hashlib.sha256()
    with dump.open("wb") as written:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
            written.write(chunk)
    return digest.hexdigest()


def _content(archive: tarfile.TarFile, name: str, most: int | None = None) -> IO[bytes]:
    """The content of the next member, which must be a plain file of this name.

    A sparse file is refused: it declares gigabytes in a few bytes.
    """
    member = archive.next()
    if member is None or member.name != name:
        raise ValueError(f"it has no {name} where one belongs")
    if member.type not in _PLAIN or member.issparse():
        raise ValueError(f"its {name} is no plain file")
    if member.size < 0 or (most is not None and member.size > most):
        raise ValueError(f"its {name} is too large")
    content = archive.extractfile(member)
    if content is None:
        raise ValueError(f"its {name} is no plain file")
    return content


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        fault = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, fault["loc"]))[:80]
        return escaped(f"its manifest, {place}: {fault['msg']}" if place else fault["msg"])
    return escaped(str(error)[:200]) or type(error).__name__
