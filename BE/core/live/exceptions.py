from BE.core.exceptions import UnavailableError


class ReaderTooSlow(Exception):
    """The reader is so far behind that it has to come again, with its cursor."""


class FeedInterrupted(UnavailableError):
    """The changes are those of another database now, come again"""
