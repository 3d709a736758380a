"""A PgBouncer in transaction mode between a test and its PostgreSQL."""

import getpass
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit, urlunsplit

import pytest

from tests.support.guard import guarded_directory
from tests.support.processes.server import free_port, wait_for

BINARY = shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")

needs_pgbouncer = pytest.mark.skipif(
    BINARY is None, reason="there is no pgbouncer (Debian: apt-get install pgbouncer)"
)

_SETTINGS = """
[databases]
{name} = host={host} port={server_port} user={user} password='{password}'

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 2
max_client_conn = 200
ignore_startup_parameters = extra_float_digits
"""


@contextmanager
def pgbouncer(dsn: str) -> Iterator[str]:
    """Yield a DSN of the same database through PgBouncer, whose clients share two connections."""
    with guarded_directory() as directory:
        yield from _pooled(dsn, directory)


def _pooled(dsn: str, directory: Path) -> Iterator[str]:
    assert BINARY is not None
    server, port = urlsplit(dsn), free_port()
    socket_directory = parse_qs(server.query).get("host")
    config = directory / "pgbouncer.ini"
    config.write_text(
        _SETTINGS.format(
            host=socket_directory[0] if socket_directory else server.hostname,
            server_port=server.port or 5432,
            name=server.path[1:],
            user=server.username,
            password=server.password or "none",
            port=port,
        )
    )
    command = [BINARY, str(config)]
    if getpass.getuser() == "root":  # PgBouncer refuses to run as root
        config.chmod(0o644)
        command += ["-u", "embedded_postgres" if socket_directory else "nobody"]
    log = directory / "pgbouncer.log"
    with log.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        wait_for(lambda: _listens(process, port, log), "PgBouncer to listen")
        pooled = server._replace(netloc=f"{server.username}@127.0.0.1:{port}", query="")
        yield urlunsplit(pooled)
    finally:
        process.terminate()
        process.wait()


def _listens(process: subprocess.Popen[bytes], port: int, log: Path) -> bool:
    assert process.poll() is None, log.read_text()
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return False
    return True
