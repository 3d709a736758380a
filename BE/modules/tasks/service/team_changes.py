from BE.core.database.row_scope import rows_of
from BE.core.events import EventBus
from BE.modules.tasks.repository import TaskRepository
from BE.modules.tasks.service.change_events import change_events
from BE.modules.teams.events import TeamDeleted, TeamMemberRemoved

_BATCH = 500


class TeamChanges:
    """Adapts tasks to changes of their team, in the transaction of the change."""

    def __init__(self, repository: TaskRepository, events: EventBus) -> None:
        self._repository = repository
        self._events = events

    async def on_team_deleted(self, event: TeamDeleted) -> None:
        with rows_of(event.team_id):
            await self._repository.remove_all(event.team_id)

    async def on_member_removed(self, event: TeamMemberRemoved) -> None:
        """Unassign the tasks of a user who is no longer a member."""
        full = True
        while full:
            with rows_of(event.team_id):
                tasks = await self._repository.unassign(event.team_id, event.user_id, _BATCH)
            full = len(tasks) == _BATCH
            changed = [
                change
                for task in tasks
                if task.deleted_at is None
                for change in change_events(task, ("assignee_id",), task.status)
            ]
            if changed:
                await self._events.publish(*changed)
