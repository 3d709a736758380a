"""The use cases of tasks, a service per subject."""

from BE.modules.tasks.service.batches import TaskBulks, TaskImports
from BE.modules.tasks.service.bulk import BulkService
from BE.modules.tasks.service.order import OrderService
from BE.modules.tasks.service.tasks import TaskService

__all__ = ["BulkService", "OrderService", "TaskBulks", "TaskImports", "TaskService"]
