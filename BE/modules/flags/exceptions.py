from BE.core.exceptions import NotFoundError


class FlagNotFound(NotFoundError):
    """No code declares a flag of this name"""
