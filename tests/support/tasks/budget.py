"""How many statements a usual request takes, its BEGIN and COMMIT aside."""

import httpx

from tests.support.client import Person
from tests.support.tasks.api import TASKS
from tests.support.teams.api import create, path_of

OWN = {
    "create_task": 2,
    "list_tasks": 1,
    "list_trash": 1,
    "restore_tasks": 2,
    "empty_trash": 1,
    "list_tags": 1,
    "read_task_stats": 1,
    "read_task_history": 1,
    "change_tasks_together": 6,
    "export_tasks": 1,
    "import_tasks": 2,
    "read_task": 1,
    "change_task": 2,
    "delete_task": 2,
    "restore_task": 2,
    "move_task": 6,
}
READS = {
    "list_tasks",
    "list_trash",
    "list_tags",
    "read_task_stats",
    "read_task_history",
    "export_tasks",
    "read_task",
}
BUDGET = (
    OWN
    | {f"{name}_of_user": count + 1 for name, count in OWN.items()}
    | {"transfer_task": 4}
    | {f"{name}_of_team": count + 2 - (name in READS) for name, count in OWN.items()}
)
"""Under the path of a user, a first statement checks whether that user exists. The role in a
team is read before the body is, and again in the transaction of a write."""
DELETED_WITH_USER = 2
ENDED_WITH_TEAM = 1
ENDED_WITH_MEMBERSHIP = 1


async def use(client: httpx.AsyncClient, ada: Person, root: Person) -> None:
    """Call every route."""
    await _use(client, TASKS, ada)
    await _use(client, f"/api/v1/users/{ada.id}/tasks", root)
    team = await create(client, ada)
    await _use(client, f"{path_of(team)}/tasks", ada)
    own = (await client.post(TASKS, json={"title": "Write"}, headers=ada.headers)).json()["id"]
    body = {"team_id": team["id"]}
    await client.post(f"{TASKS}/{own}/transfer", json=body, headers=ada.headers)
    await client.delete(path_of(team), headers=ada.headers)  # else her account cannot be deleted


async def _use(client: httpx.AsyncClient, path: str, caller: Person) -> None:
    headers, title = caller.headers, {"title": "Write"}
    task = (await client.post(path, json=title, headers=headers)).json()["id"]
    other = (await client.post(path, json=title, headers=headers)).json()["id"]
    await client.get(path, params={"q": "write", "status": "todo"}, headers=headers)
    await client.get(f"{path}/stats", headers=headers)
    await client.get(f"{path}/stats/history", headers=headers)
    await client.get(f"{path}/tags", headers=headers)
    await client.get(f"{path}/export", headers=headers)
    operations = [
        {"op": "create", "task": title},
        {"op": "update", "id": task, "changes": {"priority": "high"}},
    ]
    await client.post(f"{path}/bulk", json={"operations": operations}, headers=headers)
    await client.post(f"{path}/import", json={"items": [title, title]}, headers=headers)
    await client.get(f"{path}/{task}", headers=headers)
    await client.patch(f"{path}/{task}", json={"status": "done"}, headers=headers)
    await client.post(f"{path}/{task}/move", json={"after": other}, headers=headers)
    await client.delete(f"{path}/{task}", headers=headers)
    await client.get(f"{path}/trash", headers=headers)
    await client.post(f"{path}/{task}/restore", headers=headers)
    await client.delete(f"{path}/{task}", headers=headers)
    await client.post(f"{path}/trash/restore", json={"ids": [task]}, headers=headers)
    await client.delete(f"{path}/trash", headers=headers)
