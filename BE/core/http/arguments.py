from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from BE.core.exceptions import Detail, DomainError


@contextmanager
def arguments_at(places: Mapping[str, str]) -> Iterator[None]:
    """Map the arguments of a service call to their places in the request.

    A service names the wrong argument, such as ``drafts.3.email``. With ``{"drafts": "body"}`` the
    caller reads ``body.3.email``.
    """
    try:
        yield
    except DomainError as error:
        error.details = [_located(detail, places) for detail in error.details]
        raise


def _located(detail: Detail, places: Mapping[str, str]) -> Detail:
    for argument, place in places.items():
        if detail.field == argument or detail.field.startswith(f"{argument}."):
            return replace(detail, field=place + detail.field.removeprefix(argument))
    return detail
