from BE.core.exceptions import NotFoundError


class JobNotFound(NotFoundError):
    """There is no such job, or it ended long ago"""
