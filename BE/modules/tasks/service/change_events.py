"""What there is to tell of a change."""

from typing import Any

from BE.core.events import Event
from BE.modules.tasks.events import TaskCompleted, TaskReopened, TaskUpdated
from BE.modules.tasks.models import Status, Task


def change_events(task: Task, changed: tuple[str, ...], status_before: Status) -> list[Event]:
    """``changed`` names the fields that were set; nothing is told of none."""
    if not changed:
        return []
    ids: dict[str, Any] = {"task_id": task.id, "owner_id": task.owner_id}
    updated = TaskUpdated(**ids, changed=changed, status=task.status, task_version=task.version)
    if "done" not in {task.status, status_before} or task.status == status_before:
        return [updated]
    return [updated, TaskCompleted(**ids) if task.status == "done" else TaskReopened(**ids)]
