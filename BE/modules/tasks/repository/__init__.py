from BE.modules.tasks.repository.assignments import AssignmentRepository
from BE.modules.tasks.repository.held_tasks import HeldTaskRepository
from BE.modules.tasks.repository.history import HistoryRepository
from BE.modules.tasks.repository.import_files import ImportFileRepository
from BE.modules.tasks.repository.positions import PositionRepository
from BE.modules.tasks.repository.tasks import ActiveTaskRepository
from BE.modules.tasks.repository.transfers import TransferRepository
from BE.modules.tasks.repository.trash import TrashRepository


class TaskRepository(
    ActiveTaskRepository,
    AssignmentRepository,
    HeldTaskRepository,
    HistoryRepository,
    ImportFileRepository,
    PositionRepository,
    TransferRepository,
    TrashRepository,
):
    """The whole schema ``tasks``, so that a test replaces it by overriding one provider."""
