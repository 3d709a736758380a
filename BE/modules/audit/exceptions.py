from BE.core.exceptions import UnavailableError


class HeadMissing(UnavailableError):
    """The audit trail has lost its head, the row of audit.head: nothing can be recorded"""
