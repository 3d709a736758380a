"""Flags in two server processes: a change in one reaches the other."""

from typing import Any

from tests.support.contexts import needs
from tests.support.events import eventually
from tests.support.flags.api import FLAGS, SETTINGS
from tests.support.processes.workers import Visitor, Worker

pytestmark = needs("tasks")

PATH = f"{SETTINGS}/tasks_import"


async def admin_at(worker: Worker, connection: Any) -> Visitor:
    email = (await worker.register()).email
    await connection.execute("UPDATE auth.account SET role = 'admin' WHERE email = $1", email)
    return await worker.sign_in(email)


async def values(worker: Worker, visitor: Visitor) -> Any:
    answer = await worker.client.get(FLAGS, headers=visitor.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["values"]["tasks_import"]


async def set_at(worker: Worker, admin: Visitor, value: object) -> int:
    body = {"rules": [], "otherwise": value}
    answer = await worker.client.put(PATH, json=body, headers=admin.headers)
    assert answer.status_code == 200, answer.text
    version: int = answer.json()["version"]
    return version


async def test_a_change_reaches_the_other_process(workers: list[Worker], connection: Any) -> None:
    here, there = workers
    admin, ada = await admin_at(here, connection), await there.register()
    assert await values(there, ada) is True
    await set_at(here, admin, value=False)

    async def is_off() -> bool:
        return await values(there, ada) is False

    await eventually(is_off)
    await here.client.delete(PATH, headers=admin.headers)

    async def is_on() -> bool:
        return await values(there, ada) is True

    await eventually(is_on)


async def test_a_cut_listener_catches_up_on_missed_changes(
    workers: list[Worker], connection: Any
) -> None:
    here, there = workers
    admin, ada = await admin_at(here, connection), await there.register()
    for value in (False, True, False):
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
            " AND datname = current_database()"
        )
        await set_at(here, admin, value=value)

        async def is_current(wanted: bool = value) -> bool:  # noqa: FBT001
            return bool(await values(there, ada) is wanted)

        await eventually(is_current)
    await here.client.delete(PATH, headers=admin.headers)
