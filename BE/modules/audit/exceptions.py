class HeadMissing(Exception):
    """The audit trail has lost its head, so nothing can be recorded: restore audit.head"""
