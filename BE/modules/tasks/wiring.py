from functools import partial

from dependency_injector.containers import DeclarativeContainer

from BE.core.database.database import Database
from BE.core.events import Delivery, EventBus, HourPassed, Shown
from BE.core.flags import Flag
from BE.core.http.pagination import Cursors
from BE.core.jobs import JobHandlers, Jobs
from BE.core.personal_data import Held
from BE.core.redis.rate_limits import RateLimits
from BE.core.wiring.context import Context
from BE.core.wiring.declaring import needed, singleton
from BE.modules.auth.events import UserDeleted, UserDeletionSettled
from BE.modules.tasks.events import (
    TaskCreated,
    TaskDeleted,
    TaskRestored,
    TaskTransferred,
    TaskUpdated,
    TeamTrashEmptied,
    TrashEmptied,
)
from BE.modules.tasks.jobs import ImportTasks
from BE.modules.tasks.ports import Teams, Users
from BE.modules.tasks.repository import TaskRepository
from BE.modules.tasks.router import routers
from BE.modules.tasks.schemas.imports import read_file_of_job
from BE.modules.tasks.service import (
    BulkService,
    ImportService,
    OrderService,
    TaskBulks,
    TaskImports,
    TaskService,
    TeamChanges,
    TransferService,
    Writing,
)
from BE.modules.teams.events import TeamDeleted, TeamMemberRemoved


class TasksContainer(DeclarativeContainer):
    # settings
    max_tasks_per_team: int = needed()
    max_tasks_per_user: int = needed()
    rate_limit_enabled: bool = needed()

    # core
    cursors: Cursors = needed()
    database: Database = needed()
    events: EventBus = needed()
    jobs: Jobs = needed()
    rate_limits: RateLimits = needed()

    # teams
    membership_service: Teams = needed()

    # users
    user_service: Users = needed()

    task_repository = singleton(TaskRepository, database)
    task_writing = singleton(Writing, database, membership_service)
    task_service = singleton(
        TaskService,
        task_writing,
        task_repository,
        events,
        cursors,
        user_service,
        most=max_tasks_per_user,
        most_of_team=max_tasks_per_team,
    )
    task_order_service = singleton(
        OrderService, task_writing, task_repository, events, task_service
    )
    task_bulk_service = singleton(BulkService, task_writing, task_repository, events, task_service)
    task_transfer_service = singleton(
        TransferService, task_writing, task_repository, events, task_service
    )
    task_import_service = singleton(
        ImportService,
        database,
        task_writing,
        task_repository,
        task_service,
        jobs,
        read=read_file_of_job,
    )
    team_changes = singleton(TeamChanges, task_repository, events)
    task_bulks = singleton(
        TaskBulks, rate_limits, counting=rate_limit_enabled, at_once=2, waiting=14
    )
    task_imports = singleton(
        TaskImports, rate_limits, counting=rate_limit_enabled, at_once=1, waiting=15
    )


def subscribe(bus: EventBus, objects: TasksContainer) -> None:
    tasks = objects.task_service
    bus.subscribe(UserDeleted, tasks.on_user_deleted, Delivery.IN_TRANSACTION)
    bus.subscribe(UserDeletionSettled, tasks.on_user_deleted, name="tasks.on_user_deletion_settled")
    bus.subscribe(TeamDeleted, objects.team_changes.on_team_deleted, Delivery.IN_TRANSACTION)
    bus.subscribe(
        TeamMemberRemoved, objects.team_changes.on_member_removed, Delivery.IN_TRANSACTION
    )
    bus.subscribe(HourPassed, tasks.on_hour_passed, Delivery.DURABLE_IN_BATCHES)
    imports = objects.task_import_service
    bus.subscribe(
        UserDeleted,
        imports.on_user_deleted,
        Delivery.IN_TRANSACTION,
        name="tasks.remove_import_files",
    )
    bus.subscribe(
        UserDeletionSettled, imports.on_user_deleted, name="tasks.remove_last_import_files"
    )
    bus.subscribe(
        HourPassed,
        imports.on_hour_passed,
        Delivery.DURABLE_IN_BATCHES,
        name="tasks.remove_ended_imports",
    )


def do_jobs(handlers: JobHandlers, objects: TasksContainer) -> None:
    handlers.handle(ImportTasks, objects.task_import_service.carry_out, at_once=2)


_shown = partial(Shown, to="owner_id", scope="tasks:read")
SHOWN = (
    _shown(TaskCreated, "task.created", of="task_id", version="task_version"),
    _shown(TaskUpdated, "task.changed", of="task_id", version="task_version"),
    _shown(TaskDeleted, "task.deleted", of="task_id"),
    _shown(TaskTransferred, "task.deleted", of="task_id"),
    _shown(TaskRestored, "task.restored", of="task_id", version="task_version"),
    Shown(TrashEmptied, "trash.emptied", of="user_id", to="user_id", scope="tasks:read"),
    Shown(TeamTrashEmptied, "trash.emptied", of="team_id", to="team_id", scope="tasks:read"),
)

HELD: tuple[Held[TasksContainer], ...] = (
    Held(
        name="tasks",
        about="Your own tasks, as they are now; those of a team are the team's",
        tables=("tasks.task",),
        read=lambda objects, user_id: objects.task_repository.held(user_id),
    ),
    Held(
        name="tasks-in-trash",
        about="The tasks in your trash, which leave it 30 days after they were deleted",
        tables=("tasks.task",),
        read=lambda objects, user_id: objects.task_repository.held_in_trash(user_id),
    ),
)

INVARIANTS = {
    "every task has an owner": """
        SELECT NOT EXISTS (
            SELECT owner_id FROM tasks.task WHERE team_id IS NULL
            EXCEPT
            SELECT id FROM auth.account
        )
    """,
    "every task of a team has its team": """
        SELECT NOT EXISTS (
            SELECT team_id FROM tasks.task WHERE team_id IS NOT NULL
            EXCEPT
            SELECT id FROM teams.team
        )
    """,
    "every task is assigned to a member of its team": """
        SELECT NOT EXISTS (
            SELECT team_id, assignee_id FROM tasks.task WHERE assignee_id IS NOT NULL
            EXCEPT
            SELECT team_id, user_id FROM teams.membership
        )
    """,
}

FLAGS = (
    Flag(name="tasks_import", about="The pages offer to import tasks from a file", default=True),
)

CONTEXT = Context(
    name="tasks",
    container=TasksContainer,
    routers=routers,
    tables=("tasks.import_piece", "tasks.task"),
    held=HELD,
    withheld={
        "tasks.import_piece": "Files of tasks that you brought: deleted once they are imported",
    },
    scopes=("tasks:read", "tasks:write"),
    flags=FLAGS,
    subscribe=subscribe,
    jobs=do_jobs,
    shown=SHOWN,
    invariants=INVARIANTS,
)
