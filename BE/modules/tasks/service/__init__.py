"""The use cases of tasks, a service per subject."""

from BE.modules.tasks.service.batches import TaskBulks, TaskImports
from BE.modules.tasks.service.bulk import BulkService
from BE.modules.tasks.service.imports import ImportService
from BE.modules.tasks.service.order import OrderService
from BE.modules.tasks.service.tasks import TaskService
from BE.modules.tasks.service.team_changes import TeamChanges
from BE.modules.tasks.service.transfers import TransferService
from BE.modules.tasks.service.writing import Writing

__all__ = [
    "BulkService",
    "ImportService",
    "OrderService",
    "TaskBulks",
    "TaskImports",
    "TaskService",
    "TeamChanges",
    "TransferService",
    "Writing",
]
