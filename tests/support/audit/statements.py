"""Statements that are put together, by the function that does."""

from collections.abc import Callable, Iterator

from BE.modules.audit import repository


def pages() -> Iterator[str]:
    """A page of the trail: without a filter, with all."""
    for chosen in ((), tuple(repository._FILTERS)):
        yield repository._page(chosen)


COMPOSED: dict[str, Callable[[], Iterator[str]]] = {"_page": pages}
