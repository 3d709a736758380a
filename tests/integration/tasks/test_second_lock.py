"""Statements, row security and a check of rows keep owners apart: each holds alone."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import httpx
import pytest

from BE.core.database import connections
from BE.core.database.connections import connected
from BE.core.database.database import Database
from BE.core.database.row_scope import (
    SERVING_ROLE,
    RowScope,
    enter_rows_of,
    rows_of,
    rows_of_anybody,
)
from BE.core.security.keys import KeyRing
from commands.backup import back_up, restore
from commands.backup_seals import BackupSeals
from commands.examinations import Caution, second_lock
from migrations import serving_role
from migrations.runner import Schema
from tests.support.application import AppFactory
from tests.support.client import Person, client_of, sign_up
from tests.support.pgbouncer import needs_pgbouncer, pgbouncer
from tests.support.postgres import execute, fresh_database
from tests.support.tasks.api import TASKS, bulk, create
from tests.support.teams.api import create as create_team
from tests.support.teams.api import path_of
from tests.support.unfiltered import omit_owner

SEALS = BackupSeals(KeyRing.parse("a-secret-of-more-than-thirty-two-bytes"))


@pytest.fixture
def without_filters(monkeypatch: pytest.MonkeyPatch) -> None:
    omit_owner(monkeypatch, "tasks.task")


@pytest.fixture
async def without_row_security(dsn: str) -> AsyncIterator[None]:
    await execute(dsn, "ALTER TABLE tasks.task DISABLE ROW LEVEL SECURITY")
    yield
    await execute(dsn, "ALTER TABLE tasks.task ENABLE ROW LEVEL SECURITY")


@pytest.fixture
def without_checked_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Return whatever a statement returns."""
    monkeypatch.setattr(RowScope, "require_owned", lambda *_: None)


async def attempt_changes(client: httpx.AsyncClient, bob: Person, task_id: str) -> list[int]:
    """The statuses that Bob gets when he changes and deletes the task of another user."""
    task, headers = f"{TASKS}/{task_id}", bob.headers
    updating = {"op": "update", "id": task_id, "changes": {"title": "Bob's"}}
    in_bulk = await bulk(client, bob, updating)
    changed = await client.patch(task, json={"title": "Bob's"}, headers=headers)
    deleted = await client.delete(task, headers=headers)
    return [in_bulk.status_code, changed.status_code, deleted.status_code]


async def title_of(client: httpx.AsyncClient, ada: Person, task_id: str) -> str | None:
    answer = await client.get(f"{TASKS}/{task_id}", headers=ada.headers)
    return answer.json().get("title") if answer.status_code == 200 else None


@pytest.fixture
async def task_id(client: httpx.AsyncClient, ada: Person) -> str:
    found: str = (await create(client, ada, title="Ada's"))["id"]
    return found


@pytest.mark.usefixtures("without_filters")
async def test_row_security_holds_where_a_statement_omits_the_owner(
    client: httpx.AsyncClient, ada: Person, bob: Person, task_id: str
) -> None:
    refused = await attempt_changes(client, bob, task_id)

    assert refused == [404, 404, 404]
    assert await title_of(client, ada, task_id) == "Ada's"


@pytest.mark.usefixtures("without_row_security")
async def test_statements_hold_without_row_security(
    client: httpx.AsyncClient, ada: Person, bob: Person, task_id: str
) -> None:
    refused = await attempt_changes(client, bob, task_id)

    assert refused == [404, 404, 404]
    assert await title_of(client, ada, task_id) == "Ada's"


@pytest.mark.usefixtures("without_row_security", "without_filters")
async def test_a_change_that_returns_the_row_of_another_is_rolled_back(
    client: httpx.AsyncClient, ada: Person, bob: Person, task_id: str
) -> None:
    assert await attempt_changes(client, bob, task_id) == [500, 500, 500]
    assert await title_of(client, ada, task_id) == "Ada's"


@pytest.mark.usefixtures("without_row_security", "without_filters", "without_checked_rows")
async def test_without_any_lock_the_changes_succeed(
    client: httpx.AsyncClient, bob: Person, task_id: str
) -> None:
    """So the tests above do test the locks."""
    assert 404 not in await attempt_changes(client, bob, task_id)


OWN_READS = {
    "": 200,
    "?q=Ada": 200,
    "?sort_by=title&status=todo": 200,
    "/trash": 200,
    "/{task}": 404,
}
"""The paths below ``/tasks`` that return tasks, and the status for a task that is another's."""


async def read_own(client: httpx.AsyncClient, bob: Person, task_id: str) -> dict[str, int]:
    """The status of each of Bob's reads, while he and another user have tasks."""
    await create(client, bob, title="Ada, by Bob")
    await put_in_trash(client, bob)
    return {
        path: (await client.get(TASKS + path.format(task=task_id), headers=bob.headers)).status_code
        for path in OWN_READS
    }


async def put_in_trash(client: httpx.AsyncClient, person: Person) -> None:
    task = await create(client, person, title="To be deleted")
    await client.delete(f"{TASKS}/{task['id']}", headers=person.headers)


async def counts_of(client: httpx.AsyncClient, bob: Person) -> list[Any]:
    """How many tasks Bob has, by each of the responses that count."""
    responses = [
        await client.get(f"{TASKS}/{path}", headers=bob.headers)
        for path in ("stats", "tags", "stats/history?days=1")
    ]
    stats, tags, history = (response.json() for response in responses)
    return [stats["total"], tags["items"], history["items"][0]["created"]]


@pytest.mark.usefixtures("without_filters")
async def test_rows_of_others_are_not_returned_where_a_statement_omits_the_owner(
    client: httpx.AsyncClient, ada: Person, bob: Person, task_id: str
) -> None:
    await put_in_trash(client, ada)

    assert set((await read_own(client, bob, task_id)).values()) == {500}


@pytest.mark.usefixtures("without_filters")
async def test_row_security_holds_for_what_is_counted(
    client: httpx.AsyncClient, ada: Person, bob: Person
) -> None:
    await create(client, ada, title="Ada's", tags=["hers"])

    assert await counts_of(client, bob) == [0, [], 0]


@pytest.mark.usefixtures("without_row_security", "without_filters")
async def test_without_both_tasks_of_others_are_counted(
    client: httpx.AsyncClient, ada: Person, bob: Person
) -> None:
    await create(client, ada, title="Ada's", tags=["hers"])

    assert await counts_of(client, bob) == [1, [{"tag": "hers", "tasks": 1}], 1]


@pytest.mark.usefixtures("without_filters", "without_checked_rows")
async def test_without_both_tasks_of_others_are_returned(
    client: httpx.AsyncClient, bob: Person, task_id: str
) -> None:
    assert set((await read_own(client, bob, task_id)).values()) == {200}


async def status_with_total(client: httpx.AsyncClient, person: Person) -> int:
    """The status of a page of tasks that also says how many there are."""
    page = await client.get(f"{TASKS}?total=true", headers=person.headers)
    return page.status_code


async def test_a_total_that_omits_the_owner_is_not_returned(
    client: httpx.AsyncClient, bob: Person, task_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await create(client, bob, title="Bob's")
    assert await status_with_total(client, bob) == 200

    omit_owner(monkeypatch, "count(*)")

    assert await status_with_total(client, bob) == 500


@pytest.mark.usefixtures("without_row_security")
async def test_statements_hold_for_own_reads(
    client: httpx.AsyncClient, bob: Person, task_id: str
) -> None:
    assert await read_own(client, bob, task_id) == OWN_READS


async def read_in_teams(
    client: httpx.AsyncClient, ada: Person, bob: Person, own_task: str
) -> tuple[list[str], list[int]]:
    """The tasks that Bob finds in his team, and the statuses for tasks of others in it."""
    tasks = {}
    for person in (ada, bob):
        path = f"{path_of(await create_team(client, person))}/tasks"
        added = await client.post(path, json={"title": person.id}, headers=person.headers)
        tasks[person.id] = path, added.json()["id"]
    path, _ = tasks[bob.id]
    page = await client.get(path, headers=bob.headers)
    others = [tasks[ada.id][1], own_task]
    answers = [await client.get(f"{path}/{other}", headers=bob.headers) for other in others]
    found = sorted(task["title"] for task in page.json()["items"])
    return found, [answer.status_code for answer in answers]


@pytest.mark.usefixtures("without_filters", "without_checked_rows")
async def test_row_security_holds_for_the_reads_of_a_team(
    client: httpx.AsyncClient, ada: Person, bob: Person, task_id: str
) -> None:
    found, answers = await read_in_teams(client, ada, bob, task_id)

    assert (found, answers) == ([bob.id], [404, 404])


@pytest.mark.usefixtures("without_row_security")
async def test_statements_hold_for_the_reads_of_a_team(
    client: httpx.AsyncClient, ada: Person, bob: Person, task_id: str
) -> None:
    found, answers = await read_in_teams(client, ada, bob, task_id)

    assert (found, answers) == ([bob.id], [404, 404])


@pytest.mark.usefixtures("without_row_security", "without_filters", "without_checked_rows")
async def test_without_any_lock_a_team_reads_tasks_of_others(
    client: httpx.AsyncClient, ada: Person, bob: Person, task_id: str
) -> None:
    found, answers = await read_in_teams(client, ada, bob, task_id)

    assert (len(found), answers) == (3, [200, 200])


ADA, BOB = UUID(int=1), UUID(int=2)
OWNERS = """
    SELECT coalesce(array_agg(DISTINCT owner_id ORDER BY owner_id), '{}') FROM tasks.task
"""


@pytest.fixture(params=["directly", pytest.param("by PgBouncer", marks=needs_pgbouncer)])
def own_address(request: pytest.FixtureRequest, own_dsn: str) -> Iterator[str]:
    if request.param == "directly":
        yield own_dsn
    else:
        with pgbouncer(own_dsn) as pooled:
            yield pooled


@pytest.fixture
async def database(own_address: str) -> AsyncIterator[Database]:
    """A database with one connection, and with a task of each of two owners."""
    async with one_connection(own_address) as database:
        await add_tasks(database)
        yield database


def one_connection(dsn: str) -> Database:
    return Database(dsn, pool_size=1, max_overflow=0, acquire_timeout=60, idle_lifetime=300)


async def add_tasks(database: Database) -> None:
    for owner in (ADA, BOB):
        await database.execute(
            "INSERT INTO tasks.task (id, owner_id, title, status, priority, tags, position)"
            " VALUES (gen_random_uuid(), $1, 'Write', 'todo', 'none', '{}', 'a')",
            owner,
        )


async def owners(database: Database) -> list[UUID]:
    found: list[UUID] = await database.fetchval(OWNERS)
    return found


async def test_a_transaction_sees_only_rows_of_its_owners(database: Database) -> None:
    async with database.transaction():
        before = await owners(database)
        with rows_of(ADA):
            of_ada = await owners(database)
            with rows_of(ADA, BOB):
                of_both = await owners(database)
            async with database.transaction():
                again = await owners(database)
        with rows_of_anybody():
            of_anybody = await owners(database)
        after = await owners(database)
        role = await database.fetchval("SELECT current_user::text")

    assert (before, of_ada, of_both, again) == ([], [ADA], [ADA, BOB], [ADA])
    assert (of_anybody, after) == ([ADA, BOB], [])
    assert role == SERVING_ROLE


async def test_no_scope_outlives_its_transaction(database: Database) -> None:
    with rows_of(ADA):
        async with database.transaction():
            first = await owners(database)
    async with database.transaction():
        second = await owners(database)
    left = await database.fetchrow(
        "SELECT current_user::text = session_user::text,"
        " nullif(current_setting('rows.owners', true), '')"
    )

    assert (first, second) == ([ADA], [])
    assert tuple(left) == (True, None)


async def test_a_scope_is_restored_after_a_savepoint_is_rolled_back(database: Database) -> None:
    async with database.transaction():
        with rows_of(ADA):
            with pytest.raises(LookupError):
                async with database.transaction():
                    await owners(database)
                    raise LookupError
            after = await owners(database)

    assert after == [ADA]


async def test_reads_are_restricted_where_their_scope_says_so(database: Database) -> None:
    enter_rows_of(BOB, holds_reads=True)

    visible = await owners(database)

    enter_rows_of()
    assert visible == [BOB]
    assert await owners(database) == [ADA, BOB]


async def test_rows_of_other_owners_cannot_be_written(database: Database) -> None:
    with rows_of(ADA):
        with pytest.raises(Exception, match="row-level security"):
            async with database.transaction():
                await database.execute("UPDATE tasks.task SET owner_id = $1", BOB)
        async with database.transaction():
            await database.execute("DELETE FROM tasks.task")

    assert await owners(database) == [BOB]


async def test_the_serving_role_owns_nothing_and_can_create_nothing(own_dsn: str) -> None:
    rights = await _value(
        own_dsn,
        f"""
        SELECT ARRAY[
            EXISTS (SELECT FROM pg_shdepend
                WHERE refobjid = '{SERVING_ROLE}'::regrole AND deptype = 'o'),
            (SELECT rolsuper OR rolbypassrls OR rolcanlogin OR rolcreaterole OR rolcreatedb
                FROM pg_roles WHERE rolname = '{SERVING_ROLE}'),
            has_schema_privilege('{SERVING_ROLE}', 'tasks', 'CREATE'),
            has_table_privilege('{SERVING_ROLE}', 'tasks.task', 'TRUNCATE'),
            has_table_privilege('{SERVING_ROLE}', 'public.alembic_version', 'SELECT')
        ]
        """,
    )

    assert rights == [False] * 5


async def _value(dsn: str, query: str) -> Any:
    async with connected(dsn) as connection:
        return await connection.fetchval(query)


@asynccontextmanager
async def owned_by(name: str, server: str) -> AsyncIterator[str]:
    """Yield the DSN of an empty database that a user owns."""
    async with fresh_database(server) as dsn:
        parts = urlsplit(dsn)
        await execute(server, f"ALTER DATABASE {parts.path[1:]} OWNER TO {name}")
        host = parts.netloc.rpartition("@")[2]
        yield urlunsplit(parts._replace(netloc=f"{name}:secret@{host}"))


@asynccontextmanager
async def database_user(server: str, rights: str = "") -> AsyncIterator[str]:
    name = f"user_{uuid4().hex}"
    await execute(server, f"CREATE ROLE {name} LOGIN {rights} PASSWORD 'secret'")
    yield name
    await execute(server, f"DROP ROLE {name}")


@pytest.fixture
async def only_user(server: str) -> AsyncIterator[str]:
    """The DSN of a database whose owner may not create roles, as with some hosts."""
    async with database_user(server) as name, owned_by(name, server) as dsn:
        yield dsn


async def test_a_single_user_suffices_and_doctor_reports_what_is_missing(
    build_app: AppFactory, only_user: str, server: str
) -> None:
    await Schema(only_user).migrate()
    with pytest.raises(Caution) as reported:
        await second_lock(only_user)
    async with build_app(database_url=only_user) as app, client_of(app) as client:
        ada, bob = await sign_up(client), await sign_up(client)
        task_id = (await create(client, ada, title="Ada's"))["id"]
        refused = await attempt_changes(client, bob, task_id)

    assert refused == [404, 404, 404]
    statements = str(reported.value).partition(" run ")[2].partition(" and then")[0]
    await execute(server, statements.replace(f"CREATE ROLE {SERVING_ROLE} NOLOGIN;", ""))
    await Schema(only_user).migrate()
    assert SERVING_ROLE in await second_lock(only_user)


@pytest.mark.usefixtures("without_filters", "without_checked_rows")
@pytest.mark.parametrize(
    ("force", "report"),
    [("FORCE", "in what transactions change"), ("NO FORCE", "Only the statements")],
)
async def test_row_security_holds_for_changes_by_the_owner_of_the_table(
    build_app: AppFactory, only_user: str, force: str, report: str
) -> None:
    """Without the serving role, only FORCE makes it hold; doctor reports what holds."""
    await Schema(only_user).migrate()
    await execute(only_user, f"ALTER TABLE tasks.task {force} ROW LEVEL SECURITY")

    async with build_app(database_url=only_user) as app, client_of(app) as client:
        ada, bob = await sign_up(client), await sign_up(client)
        task_id = (await create(client, ada, title="Ada's"))["id"]
        await attempt_changes(client, bob, task_id)
    task = await _value(only_user, "SELECT (title, deleted_at, version) FROM tasks.task")

    assert (tuple(task) == ("Ada's", None, 1)) is (force == "FORCE")
    with pytest.raises(Caution, match=report):
        await second_lock(only_user)


async def test_a_user_who_may_create_roles_makes_it_and_a_backup_has_all_rows(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    role = f"role_{uuid4().hex}"  # the usual one exists, made by another user
    for module in (connections, serving_role):
        monkeypatch.setattr(module, "SERVING_ROLE", role)
    async with (
        database_user(server, "CREATEROLE") as name,
        owned_by(name, server) as dsn,
        owned_by(name, server) as copy,
    ):
        await Schema(dsn).migrate()
        of_tasks = await _tasks_seen(dsn)
        await back_up(dsn, tmp_path / "backup", SEALS)
        await restore(copy, tmp_path / "backup", {}, SEALS)
        await Schema(copy).migrate()
        of_copy = await _tasks_seen(copy, adding=False)
    await execute(server, f"DROP ROLE {role}")

    assert of_tasks == of_copy == (role, [ADA], [ADA, BOB])


async def _tasks_seen(dsn: str, *, adding: bool = True) -> tuple[str, list[UUID], list[UUID]]:
    """The role of a transaction for Ada, the owners it sees, and all owners."""
    async with one_connection(dsn) as database:
        if adding:
            await add_tasks(database)
        with rows_of(ADA):
            async with database.transaction():
                role = await database.fetchval("SELECT current_user::text")
                visible = await owners(database)
        return role, visible, await owners(database)
