from BE.core.exceptions import ConflictError, NotFoundError, RateLimitedError


class ExportNotFound(NotFoundError):
    """There is no such export, or it was older than a day"""


class ExportNotMade(ConflictError):
    """This export could not be made, ask for another one"""


class ExportBeingCancelled(ConflictError):
    """Your export is just being cancelled, ask for another one in a moment"""


class TooManyExports(RateLimitedError):
    """Your data can be exported a few times a day, try again later"""


class ExportTooLarge(Exception):
    """An export outgrows what is kept"""
