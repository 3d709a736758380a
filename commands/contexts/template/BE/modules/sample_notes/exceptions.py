from BE.core.exceptions import ConflictError, NotFoundError


class SampleNoteNotFound(NotFoundError):
    """There is no such sample note"""


class TooManySampleNotes(ConflictError):
    """An owner has too many sample notes"""

    def __init__(self, most: int) -> None:
        super().__init__(f"There may be {most}, and this would be one more: delete what is not needed")
