"""A backup file is read as untrusted input."""

import gzip
import io
import json
import os
import resource
import tarfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from BE.core.security.keys import KeyRing
from commands.backup_file import BackupFailed, Manifest, drafted, pack, unpacked
from commands.backup_seals import BackupSeals

SEALS = BackupSeals(KeyRing.parse("a-secret-of-more-than-thirty-two-bytes"))
DUMP = b"PGDMP" + bytes(range(256)) * 20
MOMENT = datetime(2026, 11, 29, 2, 0, tzinfo=UTC)
GOOD: dict[str, Any] = {"server_version": 18, "rows": {"users.profile": 3}, "format": 1}


def written(directory: Path) -> Path:
    file = directory / "backup"
    with drafted(file) as dump:
        dump.write_bytes(DUMP)
        pack(file, dump, 18, {"users.profile": 3}, MOMENT, SEALS)
    return file


def member(name: str, content: bytes = b"", /, **fields: Any) -> tuple[tarfile.TarInfo, bytes]:
    header = tarfile.TarInfo(name)
    header.size = len(content)
    for field, value in fields.items():
        setattr(header, field, value)
    return header, content


def archived(directory: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    file = directory / "backup"
    with tarfile.open(file, "w") as archive:
        for header, content in members:
            archive.addfile(header, io.BytesIO(content) if content else None)
    return file


def manifest(value: Any) -> tuple[tarfile.TarInfo, bytes]:
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return member("manifest.json", content)


def refusal(file: Path) -> str:
    """The sentence with which a file is refused."""
    with pytest.raises(BackupFailed) as refused, unpacked(file, SEALS):
        pass
    sentence = str(refused.value)
    assert sentence.isprintable()
    assert len(sentence) < 500
    return sentence


def test_a_written_backup_is_read_back(tmp_path: Path) -> None:
    with unpacked(written(tmp_path), SEALS) as backup:
        assert backup.is_own
        assert backup.manifest.rows == {"users.profile": 3}
        assert backup.manifest.taken_at == MOMENT.isoformat()
        assert backup.dump.read_bytes() == DUMP

    assert not backup.dump.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["backup"]


def test_a_backup_without_a_seal_is_read_but_not_trusted(tmp_path: Path) -> None:
    with unpacked(archived(tmp_path, manifest(GOOD), member("database.dump", DUMP)), SEALS) as old:
        assert old.manifest == Manifest(18, {"users.profile": 3}, format=1)
        assert not old.is_own


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        7,
        "text",
        {},
        b"",
        b"\xff",
        b"{",
        b"[" * 100_000,
        b'{"format": ' + b"9" * 5000 + b"}",
        GOOD | {"rows": None},
        GOOD | {"rows": []},
        GOOD | {"rows": {"users.profile": "3"}},
        GOOD | {"rows": {"users.profile": -1}},
        GOOD | {"rows": {"users.profile": 2**70}},
        GOOD | {"rows": {"x" * 1000: 1}},
        GOOD | {"rows": {"\x1b[31m\n": "a"}},
        GOOD | {"taken_at": "yesterday"},
        GOOD | {"taken_at": "2026-11-29T02:00:00"},
        GOOD | {"server_version": "18"},
        GOOD | {"server_version": None},
        GOOD | {"server_version": True},
        GOOD | {"server_version": 10**9},
        GOOD | {"format": "1"},
        GOOD | {"format": True},
        GOOD | {"format": None},
        {name: value for name, value in GOOD.items() if name != "server_version"},
        {name: value for name, value in GOOD.items() if name != "format"},
        GOOD | {"format": 2, "dump_sha256": "../../etc/passwd"},
        GOOD | {"format": 2, "dump_sha256": 7},
        GOOD | {"format": 2, "dump_sha256": None},
        json.dumps(GOOD).encode() + b" " * 1024 * 1024,
    ],
    ids=lambda value: f"{value!r:.90}" + f" of {len(repr(value))}",
)
def test_a_damaged_manifest_is_refused(tmp_path: Path, value: Any) -> None:
    file = archived(tmp_path, manifest(value), member("database.dump", DUMP))

    assert "is not a backup of Bounded" in refusal(file)


def test_a_later_format_is_refused_as_such(tmp_path: Path) -> None:
    file = archived(tmp_path, manifest({"format": 3, "more": []}))

    assert "another version of Bounded" in refusal(file)


@pytest.mark.parametrize(
    "fields",
    [
        {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"},
        {"type": tarfile.LNKTYPE, "linkname": "manifest.json"},
        {"type": tarfile.CHRTYPE, "devmajor": 1, "devminor": 5},
        {"type": tarfile.BLKTYPE},
        {"type": tarfile.FIFOTYPE},
        {"type": tarfile.DIRTYPE},
        {"type": tarfile.CONTTYPE},
        {"type": b"?"},
        {"name": "../database.dump"},
        {"name": "/database.dump"},
        {"name": "\x1b[31m"},
        {"pax_headers": {"GNU.sparse.major": "1", "GNU.sparse.minor": "0"}},
        {"pax_headers": {"GNU.sparse.size": "300000000", "GNU.sparse.map": "0,1"}},
        {"pax_headers": {"size": "-1"}},
        {"pax_headers": {"size": str(2**40)}},
        {"pax_headers": {"comment": "x" * 1024 * 1024}},
    ],
    ids=str,
)
def test_a_dump_that_is_not_a_plain_file_is_refused(tmp_path: Path, fields: dict[str, Any]) -> None:
    file = archived(tmp_path, manifest(GOOD), member("database.dump", **fields))

    assert "is not a backup of Bounded" in refusal(file)


def test_a_dump_that_is_declared_larger_than_the_file_is_refused(tmp_path: Path) -> None:
    header, _ = member("database.dump")
    header.size = 2**40
    file = archived(tmp_path, manifest(GOOD))
    file.write_bytes(file.read_bytes().rstrip(b"\0").ljust(1024, b"\0") + header.tobuf())

    assert "is not a backup of Bounded" in refusal(file)


def test_a_compressed_file_is_not_unpacked(tmp_path: Path) -> None:
    file = archived(tmp_path, manifest(GOOD), member("database.dump", b"\0" * 5_000_000))
    file.write_bytes(gzip.compress(file.read_bytes()))

    assert "is not a backup of Bounded" in refusal(file)


def test_only_a_regular_file_is_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    assert "is not a regular file" in refusal(tmp_path)
    assert "is not a regular file" in refusal(tmp_path / "pipe")
    assert "is not a regular file" in refusal(Path("/dev/zero"))
    assert "There is no" in refusal(tmp_path / "nothing")


def test_an_invalid_seal_is_not_trusted(tmp_path: Path) -> None:
    with tarfile.open(written(tmp_path)) as archive:
        parts = {part.name: archive.extractfile(part).read() for part in archive}  # type: ignore[union-attr]

    for seal in (
        b"",
        b":",
        b"x:y",
        b"\xff",
        parts["seal"][:-1],
        parts["seal"] + b"\n",
        b"0" * 2000,
    ):
        changed = parts | {"seal": seal}
        file = archived(tmp_path, *(member(name, changed[name]) for name in parts))
        with suppress(BackupFailed), unpacked(file, SEALS) as backup:
            assert not backup.is_own


@pytest.mark.parametrize("dump", [DUMP[:-1], DUMP[:-1] + b"x"], ids=["cut", "changed"])
def test_another_dump_under_our_manifest_is_refused(tmp_path: Path, dump: bytes) -> None:
    with tarfile.open(written(tmp_path)) as archive:
        parts = {part.name: archive.extractfile(part).read() for part in archive}  # type: ignore[union-attr]
    changed = parts | {"database.dump": dump}
    file = archived(tmp_path, *(member(name, changed[name]) for name in parts))

    assert "is damaged" in refusal(file)


@given(st.data())
def test_damaged_bytes_are_refused_with_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    file = written(tmp_path_factory.mktemp("damaged"))
    content = bytearray(file.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, 4096))] = data.draw(st.integers(0, 255))
    file.write_bytes(content[: data.draw(st.integers(0, len(content)))])

    with suppress(BackupFailed), unpacked(file, SEALS) as backup:
        assert backup.dump.read_bytes() == DUMP


def test_a_large_header_is_not_read_into_memory(tmp_path: Path) -> None:
    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.XHDTYPE, 2**31
    file = tmp_path / "backup"
    with file.open("wb") as sparse:
        sparse.write(header.tobuf())
        sparse.truncate(2**31 + 4096)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    sentence = refusal(file)

    assert "too large" in sentence
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000
