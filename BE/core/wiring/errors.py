class WiringError(Exception):
    """The contexts do not fit together; the message says what to change, and where."""
