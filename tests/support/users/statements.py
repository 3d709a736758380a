"""Composed statements, by the function that composes them."""

from collections.abc import Callable, Iterator
from itertools import product

from BE.modules.users import repository
from BE.modules.users.models import UserOrder, UserSort


def orders() -> Iterator[UserOrder]:
    sorts: tuple[UserSort, ...] = ("created_at", "email", "full_name", "username")
    for sort, descending in product(sorts, (False, True)):
        yield UserOrder(sort, descending=descending)


def along() -> Iterator[str]:
    for order, searching, resumed in product(orders(), (False, True), (False, True)):
        yield repository._along(order, searching=searching, resumed=resumed)


def matching() -> Iterator[str]:
    for order, resumed in product(orders(), (False, True)):
        yield repository._matching(order, resumed=resumed)


def counts() -> Iterator[str]:
    for searching in (False, True):
        yield repository._counting(searching=searching)


COMPOSED: dict[str, Callable[[], Iterator[str]]] = {
    "_along": along,
    "_matching": matching,
    "_counting": counts,
}
