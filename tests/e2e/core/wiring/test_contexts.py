"""A context is added with its folder and a line, and removed with them."""

import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from migrations.new import write_revision
from tests.support.code import copy_code, replace_in
from tests.support.contexts import needs
from tests.support.postgres import fresh_database
from tests.support.processes.server import PATIENCE, Server, environment

FIRST = '    "tasks",\n'
"""The first line of the list in ``container.py``."""

JOINED_SETTINGS = (
    ("from BE.modules.tasks.settings import TasksSettings\n", ""),
    ("    TasksSettings,\n", ""),
)

RULES = (
    '    "BE.modules.tasks.service.team_changes -> BE.modules.teams.events",\n',
    '    "BE.modules.tasks.wiring -> BE.modules.teams.events",\n',
)

NOTES = {
    "__init__.py": "",
    "ports.py": """
from typing import Protocol
from uuid import UUID


class Users(Protocol):
    async def get(self, user_id: UUID) -> object: ...
""",
    "repository.py": """
from uuid import UUID

from BE.core.database.database import Database


class NoteRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def add(self, owner_id: UUID, text: str) -> None:
        await self._db.execute(
            "INSERT INTO notes.note (owner_id, text) VALUES ($1, $2)", owner_id, text
        )

    async def texts(self, owner_id: UUID) -> list[str]:
        rows = await self._db.fetch("SELECT text FROM notes.note WHERE owner_id = $1", owner_id)
        return [text for (text,) in rows]

    async def delete_of(self, owner_id: UUID) -> None:
        await self._db.execute("DELETE FROM notes.note WHERE owner_id = $1", owner_id)
""",
    "service.py": """
from uuid import UUID

from BE.modules.auth.events import UserDeleted
from BE.modules.notes.ports import Users
from BE.modules.notes.repository import NoteRepository


class NoteService:
    def __init__(self, repository: NoteRepository, users: Users) -> None:
        self._repository = repository
        self._users = users

    async def add(self, owner_id: UUID, text: str) -> None:
        await self._users.get(owner_id)
        await self._repository.add(owner_id, text)

    async def texts(self, owner_id: UUID) -> list[str]:
        return await self._repository.texts(owner_id)

    async def on_user_deleted(self, event: UserDeleted) -> None:
        await self._repository.delete_of(event.user_id)
""",
    "router.py": """
from fastapi import Response

from BE.core.http.access import NO_KEYS, SIGNED_IN, CurrentUser
from BE.core.http.dependencies import Provided
from BE.core.http.responses import Json, no_content
from BE.core.http.routes import module_router
from BE.modules.notes.service import NoteService

router = module_router("notes", access=SIGNED_IN, keys=NO_KEYS)


@router.post("/{text}", status_code=204)
async def add_note(text: str, user: CurrentUser, service: Provided[NoteService]) -> Response:
    await service.add(user.user_id, text)
    return no_content()


@router.get("")
async def list_notes(user: CurrentUser, service: Provided[NoteService]) -> Response:
    return Json({"items": await service.texts(user.user_id)})
""",
    "wiring.py": '''
from dependency_injector.containers import DeclarativeContainer

from BE.core.database.database import Database
from BE.core.events import Delivery, EventBus
from BE.core.wiring.context import Context
from BE.core.wiring.declaring import needed, singleton
from BE.modules.auth.events import UserDeleted
from BE.modules.notes.ports import Users
from BE.modules.notes.repository import NoteRepository
from BE.modules.notes.router import router
from BE.modules.notes.service import NoteService


class NotesContainer(DeclarativeContainer):
    database: Database = needed()
    user_service: Users = needed()

    note_repository = singleton(NoteRepository, database)
    note_service = singleton(NoteService, note_repository, user_service)


def subscribe(bus: EventBus, objects: NotesContainer) -> None:
    bus.subscribe(UserDeleted, objects.note_service.on_user_deleted, Delivery.IN_TRANSACTION)


CONTEXT = Context(
    name="notes",
    container=NotesContainer,
    routers=(router,),
    tables=("notes.note",),
    subscribe=subscribe,
    invariants={
        "every note is somebody's": """
            SELECT NOT EXISTS (SELECT owner_id FROM notes.note EXCEPT SELECT id FROM auth.account)
        """
    },
)
''',
}
CREATE = (
    "CREATE SCHEMA notes",
    "CREATE TABLE notes.note (owner_id uuid NOT NULL, text text NOT NULL)",
)


class Application:
    """A copy of the code that a test runs."""

    def __init__(self, directory: Path) -> None:
        self.code = copy_code(directory / "code")
        self._data_dir = directory / "data"
        self._servers: list[Server] = []

    def serve(self, dsn: str) -> Server:
        command = (sys.executable, str(self.code / "main.py"))
        server = Server(self._data_dir, command=command, DATABASE_URL=dsn)
        self._servers.append(server)
        server.wait_until()
        return server

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.code,
            env=environment(DATA_DIR=self._data_dir, **variables),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )

    def clean_up(self) -> None:
        for server in self._servers:
            server.clean_up()


@pytest.fixture
def application(tmp_path: Path) -> Iterator[Application]:
    application = Application(tmp_path)
    yield application
    application.clean_up()


@pytest.fixture
async def database(server: str) -> AsyncIterator[str]:
    async with fresh_database(server) as dsn:
        yield dsn


@pytest.fixture
async def empty_database(server: str) -> AsyncIterator[str]:
    async with fresh_database(server) as dsn:
        yield dsn


def sign_up(server: Server) -> dict[str, Any]:
    person = {"email": "ada@example.com", "password": "correct horse battery staple"}
    answer = server.client.post("/api/v1/auth/register", json=person | {"full_name": "Ada"})
    assert answer.status_code == 201, answer.text
    answer = server.client.post("/api/v1/auth/login", json=person)
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def lint_imports(application: Application) -> subprocess.CompletedProcess[str]:
    return application.run(str(Path(sys.executable).with_name("lint-imports")), "--no-cache")


def test_a_folder_and_a_line_add_a_context(application: Application, database: str) -> None:
    code = application.code
    write_revision(
        "Notes", upgrade=CREATE, downgrade=["DROP SCHEMA notes CASCADE"], home=code / "migrations"
    )
    folder = code / "BE/modules/notes"
    folder.mkdir()
    for name, text in NOTES.items():
        (folder / name).write_text(text)
    replace_in(code / "container.py", FIRST, FIRST + '    "notes",\n')

    server = application.serve(database)
    headers = sign_up(server)

    assert server.client.post("/api/v1/notes/milk", headers=headers).status_code == 204
    answer = server.client.get("/api/v1/notes", headers=headers)
    assert answer.json() == {"items": ["milk"]}
    assert "/api/v1/notes" in server.client.get("/api/v1/openapi.json").json()["paths"]
    assert lint_imports(application).returncode == 0


@needs("tasks")
def test_removing_its_folder_and_lines_removes_a_context(
    application: Application, database: str, empty_database: str, tmp_path: Path
) -> None:
    code = application.code
    shutil.rmtree(code / "BE/modules/tasks")
    replace_in(code / "container.py", FIRST, "")
    for line, rest in JOINED_SETTINGS:
        replace_in(code / "config.py", line, rest)
    for line in RULES:
        replace_in(code / "pyproject.toml", line, "")

    server = application.serve(database)
    headers = sign_up(server)

    assert server.client.get("/api/v1/users/me", headers=headers).status_code == 200
    assert server.client.get("/api/v1/tasks", headers=headers).status_code == 404
    assert lint_imports(application).returncode == 0
    examined = application.run("manage.py", "doctor", DATABASE_URL=database)
    assert examined.returncode == 0, examined.stdout
    copy = str(tmp_path / "backup")
    kept = application.run("manage.py", "backup", copy, DATABASE_URL=database)
    assert kept.returncode == 0, kept.stderr
    restored = application.run("manage.py", "restore", copy, DATABASE_URL=empty_database)
    assert restored.returncode == 0, restored.stderr
