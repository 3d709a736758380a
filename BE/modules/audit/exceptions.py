from BE.core.exceptions import UnavailableError


class HeadMissing(UnavailableError):
    """The audit trail has lost its head, the row of audit.head: nothing can be recorded"""


class ArchiveFault(Exception):
    """The message says what is wrong with an archive, or in its way, and what to do."""
