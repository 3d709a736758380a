"""The embedded PostgreSQL ends with a command that is interrupted while it starts."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands import embedded
from commands.embedded import embedded_postgres
from tests.support.guard import guarded_directory


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with guarded_directory() as directory:
        yield directory


def test_a_server_that_has_written_no_process_id_yet_is_stopped(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spawn = embedded._Cluster._spawn
    servers: list[subprocess.Popen[bytes]] = []

    def spawn_and_interrupt(cluster: embedded._Cluster) -> None:
        cluster._server = spawn(cluster)
        servers.append(cluster._server)
        raise KeyboardInterrupt

    monkeypatch.setattr(embedded._Cluster, "_launch", spawn_and_interrupt)
    with pytest.raises(KeyboardInterrupt), embedded_postgres(data_dir):
        pass

    [server] = servers
    try:
        assert server.poll() is not None
    finally:
        server.kill()
