from BE.core.types import record


@record
class LiveMessage:
    event: str
    """``ready``, ``reset``, or the name of a change, such as ``task.changed``."""

    id: str
    """The cursor after which to go on."""

    data: bytes
    """A JSON object."""
