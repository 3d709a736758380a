"""How many statements a usual request takes, its BEGIN and COMMIT aside."""

import httpx

from tests.support.client import Person
from tests.support.tasks.api import TASKS

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
BUDGET = OWN | {f"{name}_of_user": count + 1 for name, count in OWN.items()}
"""Under the path of a user, an admin looks first whether there is such a user."""
DELETED_WITH_USER = 1


async def use(client: httpx.AsyncClient, ada: Person, root: Person) -> None:
    """Call every route."""
    await _use(client, TASKS, ada)
    await _use(client, f"/api/v1/users/{ada.id}/tasks", root)


async def _use(client: httpx.AsyncClient, path: str, who: Person) -> None:
    headers, title = who.headers, {"title": "Write"}
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
