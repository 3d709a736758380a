"""The answer for each error code, as examples of its fields."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from BE.core.exceptions import DomainError

_DETAILS: dict[str, list[dict[str, str]]] = {
    "VALIDATION_ERROR": [
        {
            "field": "body.email",
            "message": "This is not a valid email address",
            "type": "email",
        }
    ]
}


def examples_of_error(status: int, code: str) -> dict[str, Any]:
    """The fields in which the answers of one code differ from those of another."""
    messages = (error.__doc__ for error in _errors(DomainError) if error.code == code)
    return {
        "error": next(messages, HTTPStatus(status).phrase.capitalize()),
        "details": _DETAILS.get(code, []),
    }


def _errors(kind: type[DomainError]) -> Iterator[type[DomainError]]:
    """The classes of errors, each base before its subclasses."""
    found = kind.__subclasses__()
    while found:
        yield from found
        found = [narrower for error in found for narrower in error.__subclasses__()]
