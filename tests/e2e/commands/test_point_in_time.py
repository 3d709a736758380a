"""Point-in-time recovery with the exact commands of docs/recovery.md."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from commands.embedded_home import find_home
from tests.support.client import PASSWORD
from tests.support.processes.server import ROOT, ForkedServer, Server, free_port

BLOCKS = dict(
    re.findall(
        r"^```bash (\w+)\n(.*?)^```$",
        (ROOT / "docs/recovery.md").read_text(),
        re.MULTILINE | re.DOTALL,
    )
)


class Shell:
    """Runs blocks as PostgreSQL's user, with PostgreSQL's programs."""

    def __init__(self, data_dir: Path, dsn: str) -> None:
        home = find_home(data_dir)
        self._user: dict[str, Any] = {}
        if home.user:
            self._user = {"user": home.user, "group": home.user, "extra_groups": ()}
        self._directory = Path(mkdtemp(prefix="recovery-", dir=home.directory))
        if home.user:
            shutil.chown(self._directory, home.user)
        self.variables = {
            "PATH": f"{home.binaries}:/usr/bin:/bin",
            "PGUSER": "postgres",
            "PGDATABASE": "postgres",
            "PGHOST": unquote(dsn.partition("host=")[2]),
            "LC_ALL": "C.UTF-8",
            "PORT_BESIDE": str(free_port()),
        }
        self.variables |= {
            name: str(self._directory / name.lower()) for name in ("ARCHIVE", "BASE", "RECOVERED")
        }
        self.run('mkdir "$ARCHIVE"')

    def clean_up(self) -> None:
        self.run(
            'if [ -e "$RECOVERED/postmaster.pid" ]; then pg_ctl stop --pgdata="$RECOVERED"; fi'
        )
        shutil.rmtree(self._directory)

    def run(self, script: str, **more: str) -> str:
        ran = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self._directory,
            env=self.variables | more,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            **self._user,
        )
        assert ran.returncode == 0, ran.stderr
        printed: str = ran.stdout
        return printed.strip()

    @property
    def recovered_dsn(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.variables['PORT_BESIDE']}/postgres"


@pytest.fixture
def cleanup() -> Iterator[ExitStack]:
    with ExitStack() as cleanup:
        yield cleanup


def test_deleted_tasks_are_recovered_beside_the_running_server(
    tmp_path: Path, cleanup: ExitStack
) -> None:
    data_dir = tmp_path / "data"
    server = serving(data_dir, cleanup)
    shell = Shell(data_dir, server.dsn)
    cleanup.callback(shell.clean_up)
    shell.run(BLOCKS["archive"])
    server.stop()
    server.start_again()
    server.wait_until()
    shell.run(BLOCKS["base"])

    headers = signed_up(server.client)
    for title in ("before the base", "to be missed"):
        server.client.post("/api/v1/tasks", json={"title": title}, headers=headers)
    before = shell.run('psql -Atc "SELECT now()"')
    shell.run('psql -c "DELETE FROM tasks.task"')  # an operator forgot the WHERE
    server.client.post("/api/v1/tasks", json={"title": "afterwards"}, headers=headers)
    shell.run(BLOCKS["recover"], BEFORE=before)
    secret = (data_dir / "jwt_secret").read_text()
    beside = serving(
        tmp_path / "beside", cleanup, DATABASE_URL=shell.recovered_dsn, JWT_SECRET=secret
    )

    assert titles(server.client, headers) == ["afterwards"]
    assert titles(beside.client, headers) == ["to be missed", "before the base"]


def serving(data_dir: Path, cleanup: ExitStack, **env: str) -> Server:
    server = ForkedServer(data_dir, **env)
    cleanup.callback(server.clean_up)
    server.wait_until()
    return server


def signed_up(client: httpx.Client) -> dict[str, str]:
    person = {"email": "ada@example.com", "password": PASSWORD, "full_name": "Ada"}
    answer = client.post("/api/v1/auth/register", json=person)
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def titles(client: httpx.Client, headers: dict[str, str]) -> list[str]:
    page = client.get("/api/v1/tasks", headers=headers).json()
    return [item["title"] for item in page["items"]]
