from BE.core.exceptions import ConflictError, Detail, NotFoundError


class UserNotFound(NotFoundError):
    """There is no such user"""


class UsernameTaken(ConflictError):
    """Username already taken"""

    def __init__(self) -> None:
        super().__init__(details=[self.at("username", "taken")])


class UsersTaken(ConflictError):
    """Email or username already taken"""

    def __init__(self, *faults: Detail) -> None:
        super().__init__(faults[0].message, details=faults)
