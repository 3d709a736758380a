import asyncio
import gc
import os
import signal
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import aclosing
from pathlib import Path

import hypothesis
import pytest

from BE.core.database.connections import SERVER_SETTINGS
from config import Settings, load_settings
from migrations.runner import Schema
from tests.support.guard import clear, guarded_directory, links_in
from tests.support.postgres import (
    Sweeper,
    death_of,
    fresh_database,
    postgres_server,
    specimen_database,
    turn_off_fsync,
)

SECRET = "test-secret-of-more-than-thirty-two-bytes"
SERVED_FROM = pytest.StashKey[Path]()
LIMITS = dict(SERVER_SETTINGS)


# Modules and tests stay: looking for garbage among them takes a third of their collection.
gc.disable()


def pytest_collection_finish() -> None:
    gc.enable()
    gc.freeze()


def pytest_configure() -> None:
    # A process in a shell's background ignores Ctrl-C, and our servers would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # The time of an example depends on the machine's load; the choice of examples must be fixed.
    hypothesis.settings.register_profile(
        "bounded",
        deadline=None,
        derandomize=True,
        suppress_health_check=[hypothesis.HealthCheck.too_slow],
    )
    hypothesis.settings.load_profile("bounded")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Slow tests begin first: at the end, one process would run them alone.
    items.sort(key=lambda item: item.get_closest_marker("timeout") is None)


@pytest.fixture(scope="session", autouse=True)
def long_timeouts() -> Iterator[None]:
    """Give PostgreSQL and clients more time: a busy machine slows both."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SERVER_SETTINGS, "lock_timeout", "30s")
        patch.setitem(SERVER_SETTINGS, "statement_timeout", "50s")
        patch.setattr("BE.core.database.connections._COMMAND_TIMEOUT", 60)
        patch.setattr("BE.core.database.connections._CONNECT_TIMEOUT", 60)
        patch.setattr("BE.core.operations.health._CHECK_TIMEOUT", 60)
        patch.setattr("BE.core.operations.pulse._PATIENCE", 60)
        patch.setattr("BE.core.live.sockets._TOKEN_WITHIN", 60)
        patch.setattr("commands.examinations._TIMEOUT", 60)
        yield


@pytest.fixture
def limits_of_production(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL limits our statements and waits for locks as it does outside tests."""
    for name, limit in LIMITS.items():
        monkeypatch.setitem(SERVER_SETTINGS, name, limit)


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Iterator[str]:
    """The PostgreSQL of this test process."""
    with guarded_directory() as directory, postgres_server(directory) as dsn:
        if not os.environ.get("TEST_DATABASE_URL"):
            asyncio.run(turn_off_fsync(dsn))
        request.config.stash[SERVED_FROM] = directory
        yield dsn
        del request.config.stash[SERVED_FROM]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """End the run with one message once its PostgreSQL has died: all other tests would fail."""
    report = yield
    directory = item.config.stash.get(SERVED_FROM, None)
    if report.failed and directory is not None and (death := death_of(directory)):
        item.session.shouldstop = death
    return report


@pytest.fixture(scope="session", autouse=True)
def root_clusters_removed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Remove the data of clusters that tests started as root, which lies outside their trees."""
    yield
    for link in links_in(tmp_path_factory.getbasetemp()):
        clear(link.parent)


@pytest.fixture(scope="session")
async def migrated(server: str) -> AsyncIterator[str]:
    """A migrated database, only a template to copy: no test connects to it."""
    async with fresh_database(server) as dsn:
        await Schema(dsn).migrate()
        yield dsn


@pytest.fixture(scope="session")
async def dsn(server: str, migrated: str) -> AsyncIterator[str]:
    """A database with every table, which tests share and clean."""
    async with specimen_database(server, migrated) as dsn:
        yield dsn


@pytest.fixture(scope="session")
async def sweeper(dsn: str) -> AsyncIterator[Sweeper]:
    async with aclosing(Sweeper(dsn)) as sweeper:
        yield sweeper


@pytest.fixture
async def empty_dsn(server: str) -> AsyncIterator[str]:
    """A database without any schema."""
    async with fresh_database(server) as dsn:
        yield dsn


@pytest.fixture(scope="session")
def base_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings that ignore the environment of the person who runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name in Settings.model_fields:
            patch.delenv(name.upper(), raising=False)
        return load_settings(
            _env_file=None,
            environment="test",
            jwt_secret=SECRET,
            data_dir=tmp_path_factory.mktemp("settings"),
            front_end_dir=tmp_path_factory.getbasetemp() / "no-front-end",
            db_pool_timeout=60,
            log_level="WARNING",
            rate_limit_enabled=False,
        )
