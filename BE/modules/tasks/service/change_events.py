from typing import Any

from BE.core.events import Event
from BE.modules.tasks.events import TaskCompleted, TaskReopened, TaskUpdated
from BE.modules.tasks.models import Status, Task


def change_events(task: Task, changed: tuple[str, ...], status_before: Status) -> list[Event]:
    """The events of a change that set the fields ``changed``; none without a field."""
    if not changed:
        return []
    ids: dict[str, Any] = {
        "task_id": task.id,
        "owner_id": task.owner_id,
        "team_id": task.team_id,
    }
    updated = TaskUpdated(**ids, changed=changed, status=task.status, task_version=task.version)
    if "done" not in {task.status, status_before} or task.status == status_before:
        return [updated]
    return [updated, TaskCompleted(**ids) if task.status == "done" else TaskReopened(**ids)]
