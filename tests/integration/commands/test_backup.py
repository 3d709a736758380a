"""Backups of a database in use, restored into an empty one; and the findings of the doctor."""

import asyncio
import json
import tarfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from BE.core.database.connections import connected
from BE.core.security.keys import KeyRing
from commands.backup import ForeignBackup, back_up, restore
from commands.backup_file import BackupFailed
from commands.backup_seals import BackupSeals
from commands.doctor import examinations_of
from commands.examinations import Finding, examine
from commands.invariants import INVARIANTS
from config import Settings
from container import Container
from tests.support.application import AppFactory
from tests.support.client import PASSWORD, Person, client_of, sign_up
from tests.support.front_end import build
from tests.support.postgres import execute, specimen_database

SEALS = BackupSeals(KeyRing.parse("a-secret-of-more-than-thirty-two-bytes"))
OTHERS = BackupSeals(KeyRing.parse("another-secret-of-more-than-32-bytes"))


async def has_tables(dsn: str) -> bool:
    async with connected(dsn) as connection:
        return await connection.fetchval("SELECT to_regnamespace('auth')") is not None


@pytest.fixture
async def used_dsn(server: str, migrated: str) -> AsyncIterator[str]:
    async with specimen_database(server, migrated) as dsn:
        yield dsn


@pytest.fixture
async def ada(build_app: AppFactory, used_dsn: str) -> Person:
    async with build_app(database_url=used_dsn) as app, client_of(app) as client:
        ada = await sign_up(client)
        for number in range(3):
            body = {"title": f"fern {number}"}
            await client.post("/api/v1/specimens", json=body, headers=ada.headers)
    return ada


class TestBackup:
    async def test_a_restored_backup_has_the_saved_rows(
        self, build_app: AppFactory, used_dsn: str, empty_dsn: str, ada: Person, tmp_path: Path
    ) -> None:
        file = tmp_path / "backup"

        saved = await back_up(used_dsn, file, SEALS)
        restored = await restore(empty_dsn, file, INVARIANTS, SEALS)

        assert saved == restored
        assert restored.rows["specimens.specimen"] == 3
        assert file.stat().st_mode & 0o077 == 0
        assert not list(file.parent.glob(".*"))
        async with build_app(database_url=empty_dsn) as app, client_of(app) as client:
            login = {"email": ada.email, "password": PASSWORD}
            session = await client.post("/api/v1/auth/login", json=login)
            headers = {"Authorization": f"Bearer {session.json()['access_token']}"}
            page = await client.get("/api/v1/specimens", headers=headers)
        assert [item["title"] for item in page.json()["items"]] == ["fern 2", "fern 1", "fern 0"]

    async def test_a_backup_is_consistent_during_writes(
        self, used_dsn: str, empty_dsn: str, ada: Person, tmp_path: Path
    ) -> None:
        async def keep_writing() -> None:
            async with connected(used_dsn) as connection:
                while True:
                    await connection.execute(
                        "INSERT INTO auth.throttle (key, attempts, resets_at)"
                        " VALUES (gen_random_uuid()::text::bytea, 1, now())"
                    )

        writing = asyncio.create_task(keep_writing())
        await back_up(used_dsn, tmp_path / "backup", SEALS)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing

        await restore(empty_dsn, tmp_path / "backup", INVARIANTS, SEALS)

    async def test_a_database_that_is_not_empty_is_refused(
        self, used_dsn: str, ada: Person, tmp_path: Path
    ) -> None:
        await back_up(used_dsn, tmp_path / "backup", SEALS)

        with pytest.raises(BackupFailed, match="not empty"):
            await restore(used_dsn, tmp_path / "backup", INVARIANTS, SEALS)

    async def test_a_file_is_not_overwritten(self, used_dsn: str, tmp_path: Path) -> None:
        (tmp_path / "backup").write_text("older")

        with pytest.raises(BackupFailed, match="exists"):
            await back_up(used_dsn, tmp_path / "backup", SEALS)

    async def test_rows_that_a_policy_may_hide_are_not_left_out(
        self, empty_dsn: str, tmp_path: Path
    ) -> None:
        reader = f"reader_{uuid4().hex}"
        table = f"""
            CREATE TABLE note (owner_id uuid);
            ALTER TABLE note ENABLE ROW LEVEL SECURITY;
            CREATE POLICY own ON note USING (owner_id IS NOT NULL);
            CREATE ROLE {reader} LOGIN;
            GRANT SELECT ON note TO {reader};
        """
        await execute(empty_dsn, table)
        try:
            with pytest.raises(BackupFailed, match=r"may hide rows of public\.note"):
                reader_dsn = empty_dsn.replace("postgres@", f"{reader}@", 1)
                await back_up(reader_dsn, tmp_path / "backup", SEALS)
        finally:
            await execute(empty_dsn, f"DROP OWNED BY {reader}; DROP ROLE {reader}")

    async def test_a_missing_row_is_reported(
        self, used_dsn: str, empty_dsn: str, ada: Person, tmp_path: Path
    ) -> None:
        await back_up(used_dsn, tmp_path / "backup", SEALS)
        forged = repacked(
            tmp_path, lambda manifest: manifest["rows"].update({"specimens.specimen": 4})
        )

        with pytest.raises(BackupFailed, match=r"specimens\.specimen has 3 rows instead of 4"):
            await restore(empty_dsn, forged, INVARIANTS, SEALS, trusts_foreign=True)

    async def test_inconsistent_rows_are_reported(
        self, used_dsn: str, empty_dsn: str, ada: Person, tmp_path: Path
    ) -> None:
        await execute(used_dsn, "DELETE FROM users.profile")
        await back_up(used_dsn, tmp_path / "backup", SEALS)

        with pytest.raises(BackupFailed, match="every account has a profile"):
            await restore(empty_dsn, tmp_path / "backup", INVARIANTS, SEALS)

    @pytest.mark.parametrize("content", [None, b"", b"text", b"\0" * 2048])
    async def test_a_file_that_is_no_backup_is_refused(
        self, empty_dsn: str, tmp_path: Path, content: bytes | None
    ) -> None:
        file = tmp_path / "backup"
        if content is not None:
            file.write_bytes(content)

        with pytest.raises(BackupFailed, match=r"There is no|is not a backup"):
            await restore(empty_dsn, file, INVARIANTS, SEALS)

    async def test_a_truncated_dump_leaves_nothing(
        self, used_dsn: str, empty_dsn: str, ada: Person, tmp_path: Path
    ) -> None:
        await back_up(used_dsn, tmp_path / "backup", SEALS)
        cut = repacked(tmp_path, lambda _: None, keep=0.5)

        with pytest.raises(BackupFailed, match="is damaged"):
            await restore(empty_dsn, cut, INVARIANTS, SEALS)
        assert not await has_tables(empty_dsn)

    async def test_a_dump_that_pg_restore_refuses_leaves_nothing(
        self, used_dsn: str, empty_dsn: str, ada: Person, tmp_path: Path
    ) -> None:
        await back_up(used_dsn, tmp_path / "backup", SEALS)
        unsealed = repacked(tmp_path, remove_seal, keep=0.5)

        with pytest.raises(BackupFailed, match="pg_restore failed"):
            await restore(empty_dsn, unsealed, INVARIANTS, SEALS, trusts_foreign=True)
        assert not await has_tables(empty_dsn)

    async def test_a_foreign_or_unsealed_backup_needs_explicit_trust(
        self, used_dsn: str, empty_dsn: str, ada: Person, tmp_path: Path
    ) -> None:
        await back_up(used_dsn, tmp_path / "backup", OTHERS)
        unsealed = repacked(tmp_path, remove_seal)

        for file in (tmp_path / "backup", unsealed):
            with pytest.raises(ForeignBackup, match="runs the SQL in it"):
                await restore(empty_dsn, file, INVARIANTS, SEALS)
            assert not await has_tables(empty_dsn)
        await restore(empty_dsn, unsealed, INVARIANTS, SEALS, trusts_foreign=True)

    async def test_a_changed_backup_is_foreign(
        self, used_dsn: str, empty_dsn: str, ada: Person, tmp_path: Path
    ) -> None:
        await back_up(used_dsn, tmp_path / "backup", SEALS)
        forged = repacked(
            tmp_path, lambda manifest: manifest["rows"].update({"specimens.specimen": 4})
        )

        with pytest.raises(ForeignBackup):
            await restore(empty_dsn, forged, INVARIANTS, SEALS)

    async def test_a_backup_sealed_with_an_earlier_key_of_the_ring_is_accepted(
        self, used_dsn: str, empty_dsn: str, tmp_path: Path
    ) -> None:
        older, newer = "old:an-old-secret-of-more-than-32-bytes", f"new:{'n' * 32}"
        await back_up(used_dsn, tmp_path / "backup", BackupSeals(KeyRing.parse(older)))
        rotated = BackupSeals(KeyRing.parse(f"{newer},{older}"))

        await restore(empty_dsn, tmp_path / "backup", INVARIANTS, rotated)


def remove_seal(manifest: dict[str, Any]) -> None:
    """Turn a manifest into one of the first format, which had no seal."""
    del manifest["dump_sha256"]
    manifest["format"] = 1


def repacked(directory: Path, change: Any, *, keep: float = 1) -> Path:
    """Repack the backup in ``directory`` with a changed manifest and that part of its dump."""
    with tarfile.open(directory / "backup") as archive:
        archive.extractall(directory / "parts", filter="data")
    manifest, dump = directory / "parts" / "manifest.json", directory / "parts" / "database.dump"
    content = json.loads(manifest.read_text())
    change(content)
    manifest.write_text(json.dumps(content))
    dump.write_bytes(dump.read_bytes()[: int(dump.stat().st_size * keep)])
    with tarfile.open(directory / "forged", "w") as archive:
        seal = directory / "parts" / "seal"
        for part in (manifest, seal, dump) if content["format"] > 1 else (manifest, dump):
            archive.add(part, arcname=part.name)
    return directory / "forged"


class TestDoctor:
    @pytest.fixture
    def settings(self, base_settings: Settings, used_dsn: str) -> Settings:
        return base_settings.model_copy(update={"database_url": used_dsn})

    async def found(self, settings: Settings, subject: str, **changes: Any) -> Finding:
        changed = settings.model_copy(update=changes)
        findings = await examine(examinations_of(Container(settings=changed)))
        return next(finding for finding in findings if finding.subject == subject)

    async def test_finds_nothing_wrong_in_a_complete_installation(
        self, settings: Settings, tmp_path: Path
    ) -> None:
        changes = {"rate_limit_enabled": True, "front_end_dir": build(tmp_path)}
        complete = settings.model_copy(update=changes)
        findings = await examine(examinations_of(Container(settings=complete)))

        assert {finding.verdict for finding in findings} == {"ok"}, findings

    @pytest.mark.parametrize(
        ("subject", "changes", "verdict"),
        [
            ("configuration", {"rate_limit_enabled": False}, "caution"),
            ("database", {"database_url": "postgresql://a:hidden@127.0.0.1:1/b"}, "wrong"),
            ("connections", {"db_pool_size": 1000}, "wrong"),
            ("mail", {"smtp_url": "smtp://127.0.0.1:1"}, "wrong"),
            ("redis", {"redis_url": "redis://127.0.0.1:1/0"}, "wrong"),
            ("proxy", {"public_url": "http://127.0.0.1:1"}, "wrong"),
        ],
    )
    async def test_finds_each_fault(
        self, settings: Settings, subject: str, changes: dict[str, Any], verdict: str
    ) -> None:
        finding = await self.found(settings, subject, **changes)

        assert finding.verdict == verdict
        assert "hidden" not in str(finding)

    async def test_finds_missing_migrations(self, settings: Settings, empty_dsn: str) -> None:
        finding = await self.found(settings, "migrations", database_url=empty_dsn)

        assert finding.is_wrong
        assert "manage.py migrate" in finding.text

    async def test_finds_missing_rights(self, settings: Settings, used_dsn: str) -> None:
        await execute(used_dsn, "CREATE ROLE restricted LOGIN")
        try:
            restricted_dsn = used_dsn.replace("postgres@", "restricted@", 1)
            finding = await self.found(settings, "rights", database_url=restricted_dsn)
        finally:
            await execute(used_dsn, "DROP ROLE restricted")

        assert finding.is_wrong
        assert "specimens.specimen" in finding.text

    async def test_finds_a_user_who_does_not_own_the_database(
        self, settings: Settings, used_dsn: str
    ) -> None:
        database, tenant = urlsplit(used_dsn).path[1:], f"tenant_{uuid4().hex}"
        rights = f"""
            CREATE ROLE {tenant} LOGIN;
            GRANT pg_read_all_data, pg_write_all_data TO {tenant};
            GRANT CREATE ON DATABASE {database} TO {tenant};
        """
        await execute(used_dsn, rights)
        try:
            tenant_dsn = used_dsn.replace("postgres@", f"{tenant}@", 1)
            finding = await self.found(settings, "rights", database_url=tenant_dsn)
        finally:
            await execute(used_dsn, f"DROP OWNED BY {tenant}; DROP ROLE {tenant}")

        assert finding.verdict == "caution"
        assert f"ALTER DATABASE {database} OWNER TO {tenant}" in finding.text

    async def test_finds_a_secret_that_others_can_read(self, settings: Settings) -> None:
        secret = settings.data_dir / "jwt_secret"
        secret.write_text("x" * 48)
        secret.chmod(0o644)

        assert (await self.found(settings, "secrets")).verdict == "caution"
