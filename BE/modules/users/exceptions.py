from BE.core.exceptions import ConflictError, NotFoundError


class UserNotFound(NotFoundError):
    """There is no such user"""


class UsernameTaken(ConflictError):
    """Username already taken"""
