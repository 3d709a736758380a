from BE.modules.tasks.repository.tasks import TaskRepository

__all__ = ["TaskRepository"]
