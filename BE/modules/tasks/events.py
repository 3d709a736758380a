from dataclasses import dataclass
from uuid import UUID

from BE.core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCreated(Event):
    """``team_id`` is ``owner_id`` if that is a team's, in this event and all others."""

    name = "task.created"
    key = "task_id"

    task_id: UUID
    owner_id: UUID
    status: str
    task_version: int = 1
    team_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskUpdated(Event):
    """``changed`` names the fields. Their values are left out: they may be long or private."""

    name = "task.updated"
    key = "task_id"

    task_id: UUID
    owner_id: UUID
    changed: tuple[str, ...]
    status: str
    task_version: int
    team_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCompleted(Event):
    name = "task.completed"
    key = "task_id"

    task_id: UUID
    owner_id: UUID
    team_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReopened(Event):
    name = "task.reopened"
    key = "task_id"

    task_id: UUID
    owner_id: UUID
    team_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskTransferred(Event):
    """A user gave the task to a team, for which ``task.created`` is published as well."""

    name = "task.transferred"
    key = "task_id"

    task_id: UUID
    owner_id: UUID
    to_team_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDeleted(Event):
    """The task is in the trash and can be restored."""

    name = "task.deleted"
    key = "task_id"

    task_id: UUID
    owner_id: UUID
    team_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRestored(Event):
    name = "task.restored"
    key = "task_id"

    task_id: UUID
    owner_id: UUID
    task_version: int | None = None
    team_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrashEmptied(Event):
    """The contents of a user's trash are deleted for good."""

    name = "user.trash_emptied"
    key = "user_id"

    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamTrashEmptied(Event):
    """The contents of a team's trash are deleted for good."""

    name = "team.trash_emptied"
    key = "team_id"

    team_id: UUID
