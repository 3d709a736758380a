from BE.core.exceptions import ConflictError, Detail, InvalidInputError, NotFoundError


class TaskNotFound(NotFoundError):
    """There is no such task"""


class TaskNotInTrash(ConflictError):
    """This task is not in the trash"""


class NoSuchPlace(InvalidInputError):
    """There is no task to move this one after"""

    def __init__(self) -> None:
        message = NoSuchPlace.__doc__ or ""
        super().__init__(message, details=[Detail("body.after", message, "unknown_task")])
