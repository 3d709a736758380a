from BE.core.exceptions import ConflictError, Detail, InvalidInputError, NotFoundError


class TaskNotFound(NotFoundError):
    """There is no such task"""


class TaskNotInTrash(ConflictError):
    """This task is not in the trash"""


class DueTwice(InvalidInputError):
    """A task is due at a time or on a date, not both: set the other one to null"""

    def __init__(self, field: str) -> None:
        super().__init__(details=[self.at(field, "due_twice")])


class NoSuchPlace(InvalidInputError):
    """There is no task to move this one after"""

    def __init__(self) -> None:
        super().__init__(details=[self.at("after", "unknown_task")])


class UnknownAssignee(InvalidInputError):
    """Only a member of the team can be assigned its task"""

    def __init__(self, field: str) -> None:
        super().__init__(details=[self.at(field, "unknown_member")])


class OwnTaskAssigned(InvalidInputError):
    """Only a team's task can be assigned to somebody"""

    def __init__(self, field: str) -> None:
        super().__init__(details=[self.at(field, "unknown_member")])


class TooManyRows(InvalidInputError):
    """An import has too many rows"""

    def __init__(self, field: str, *, most: int) -> None:
        message = f"An import has at most {most} tasks: split it into several files"
        super().__init__(message, details=[Detail(field, message, "too_many_rows")])


class FileRefused(InvalidInputError):
    """A file is not imported"""


class ImportGoesOn(ConflictError):
    """Another import of yours goes on: wait until it has ended, or cancel it"""


class TooManyTasks(ConflictError):
    """An owner has too many tasks"""

    def __init__(self, most: int) -> None:
        super().__init__(
            f"There may be {most} tasks, those in the trash included, and this would be more:"
            " delete tasks that are not needed; the trash is emptied after 30 days"
        )
