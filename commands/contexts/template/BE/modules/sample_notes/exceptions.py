from BE.core.exceptions import NotFoundError


class SampleNoteNotFound(NotFoundError):
    """There is no such sample note"""
