"""Composed statements, by the function that composes them."""

from collections.abc import Callable, Iterator

from BE.modules.audit import repository


def pages() -> Iterator[str]:
    """A page of the trail without a filter, then with all of them."""
    for chosen in ((), tuple(repository._FILTERS)):
        yield repository._page(chosen)


COMPOSED: dict[str, Callable[[], Iterator[str]]] = {"_page": pages}
