from BE.core.exceptions import NotFoundError


class TaskNotFound(NotFoundError):
    """There is no such task"""
