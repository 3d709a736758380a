"""PostgreSQL started by root: the modes of root's directories do not change."""

import asyncio
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from BE.core.database.connections import connected
from commands import embedded_home
from commands.embedded import embedded_postgres
from commands.embedded_home import EmbeddedPostgresError, binaries, find_home
from tests.support.guard import clear, guarded_directory
from tests.support.processes.server import PATIENCE, ROOT

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")

_START = """
import sys
from pathlib import Path
from commands import embedded_home
from commands.embedded import embedded_postgres

embedded_home._SHARED = Path(sys.argv[1])
with embedded_postgres(Path(sys.argv[2])) as dsn:
    print(dsn)
"""
_FIND_USER = """
import sys
from commands import embedded_home

embedded_home._SYSTEM_USER = sys.argv[1]
print(embedded_home._system_user().pw_uid)
"""


def modes(directory: Path) -> dict[Path, int]:
    return {path: stat.S_IMODE(path.stat().st_mode) for path in (directory, *directory.parents)}


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A directory that PostgreSQL's user may enter, outside pytest's closed ones."""
    with guarded_directory() as directory:
        yield directory


@pytest.fixture
def private(reachable: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The data directory of a project that only root may enter."""
    monkeypatch.setattr(embedded_home, "_SHARED", reachable / "shared")
    project = reachable / "project"
    project.mkdir(mode=0o700)
    yield project / ".data"
    clear(project)


def count_rows(data_dir: Path, *statements: str) -> int:
    """Run the statements and return the number of rows in ``kept``."""

    async def count(dsn: str) -> int:
        async with connected(dsn) as connection:
            for statement in statements:
                await connection.execute(statement)
            found: int = await connection.fetchval("SELECT count(*) FROM kept")
        return found

    with embedded_postgres(data_dir) as dsn:
        return asyncio.run(count(dsn))


def test_a_private_project_stays_closed_and_its_data_are_kept(private: Path) -> None:
    private.mkdir()
    before = modes(private)

    first = count_rows(private, "CREATE TABLE kept (x int)", "INSERT INTO kept VALUES (1)")
    again = count_rows(private, "INSERT INTO kept VALUES (2)")

    assert (first, again) == (1, 2)
    assert modes(private) == before
    cluster = (private / "postgres").resolve()
    assert cluster.is_relative_to(private.parents[1] / "shared")
    assert stat.S_IMODE(cluster.stat().st_mode) == 0o700
    assert cluster.owner() == "embedded_postgres"


def test_data_stay_in_a_reachable_data_directory(reachable: Path) -> None:
    data_dir = reachable / "data"
    data_dir.mkdir(mode=0o755)

    count_rows(data_dir, "CREATE TABLE kept (x int)")

    assert not (data_dir / "postgres").is_symlink()
    assert (data_dir / "postgres" / "PG_VERSION").exists()


def test_only_its_owner_can_read_the_log(private: Path) -> None:
    private.mkdir()
    log = private / "postgres.log"
    log.touch(mode=0o644)

    count_rows(private, "CREATE TABLE kept (x int)")

    assert log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_programs_in_a_private_project_are_copied_once(
    private: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private.mkdir()
    site = private.parent / "site-packages"
    original = binaries().parents[2]
    for name in embedded_home._INSTALLED:
        if (original / name).is_dir():
            shutil.copytree(original / name, site / name, symlinks=True)
    programs = site / binaries().relative_to(original)
    monkeypatch.setattr(embedded_home, "binaries", lambda: programs)

    count_rows(private, "CREATE TABLE kept (x int)")
    home = find_home(private.resolve())

    assert home.binaries.is_relative_to(embedded_home._SHARED)
    assert modes(private)[private.parent] == 0o700
    assert len(list(embedded_home._SHARED.glob("*postgresql-*"))) == 1


def test_a_removed_data_directory_starts_an_empty_cluster(private: Path) -> None:
    count_rows(private, "CREATE TABLE kept (x int)", "INSERT INTO kept VALUES (1)")
    shutil.rmtree(private)

    assert count_rows(private, "CREATE TABLE kept (x int)") == 0


def test_a_removed_shared_cluster_starts_an_empty_one(private: Path) -> None:
    count_rows(private, "CREATE TABLE kept (x int)", "INSERT INTO kept VALUES (1)")
    shutil.rmtree((private / "postgres").resolve().parent)

    assert count_rows(private, "CREATE TABLE kept (x int)") == 0


def test_data_that_became_unreachable_are_reported(private: Path) -> None:
    (private / "postgres").mkdir(parents=True)
    (private / "postgres" / "PG_VERSION").write_text("18\n")

    with pytest.raises(EmbeddedPostgresError, match="let it pass") as refused:
        find_home(private.resolve())
    assert str(private.parent) in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("mode", [0o700, 0o777])
def test_a_shared_directory_with_unsafe_modes_is_refused(private: Path, mode: int) -> None:
    private.mkdir()
    embedded_home._SHARED.mkdir()
    embedded_home._SHARED.chmod(mode)

    with pytest.raises(EmbeddedPostgresError, match="set DATABASE_URL"):
        find_home(private.resolve())


def test_two_concurrent_starts_share_one_cluster(private: Path) -> None:
    starts = [start(private) for _ in range(2)]
    dsns = [process.communicate(timeout=PATIENCE)[0] for process in starts]

    assert [process.returncode for process in starts] == [0, 0]
    assert dsns[0].startswith("postgresql://")
    assert dsns[0] == dsns[1]


def start(data_dir: Path) -> subprocess.Popen[str]:
    """Start PostgreSQL in a process that prints the DSN and exits."""
    return run(_START, embedded_home._SHARED, data_dir)


def run(code: str, *arguments: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        (sys.executable, "-c", code, *arguments), cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


def test_concurrent_first_starts_on_a_machine_share_one_user() -> None:
    name = f"embedded_{uuid4().hex[:8]}"
    starts = [run(_FIND_USER, name) for _ in range(8)]
    ids = {process.communicate(timeout=PATIENCE)[0] for process in starts}
    subprocess.run(["userdel", name], check=True)

    assert [process.returncode for process in starts] == [0] * 8
    assert len(ids) == 1
