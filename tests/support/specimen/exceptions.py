from BE.core.exceptions import NotFoundError


class SpecimenNotFound(NotFoundError):
    """There is no such specimen"""


class NoSuchCollector(NotFoundError):
    """Nobody of this id has collected anything"""
