from types import SimpleNamespace
from typing import Any

import pytest
from dependency_injector.containers import DeclarativeContainer
from dependency_injector.providers import Object

from BE.core.wiring.context import Context
from BE.core.wiring.declaring import instance, needed, singleton
from BE.core.wiring.errors import WiringError
from BE.core.wiring.joining import join

SETTINGS = Object(SimpleNamespace(shelves=3))


class Store:
    def __init__(self, shelves: int) -> None:
        self.shelves = shelves


class Clerk:
    def __init__(self, store: Store, *, shelves: int) -> None:
        self.store = store
        self.shelves = shelves


class Storage(DeclarativeContainer):
    shelves: int = needed()

    store = singleton(Store, shelves)


class Counter(DeclarativeContainer):
    store: Store = needed()

    clerk = singleton(Clerk, store, shelves=instance(store).shelves)


def context(name: str, container: type[DeclarativeContainer]) -> Context[Any]:
    return Context(name=name, container=container)


STORAGE, COUNTER = context("storage", Storage), context("counter", Counter)


def test_containers_get_settings_and_each_other_s_objects_in_any_order() -> None:
    _, names = join([COUNTER, STORAGE], SETTINGS)

    clerk = names["clerk"]()
    assert clerk.store is names["store"]()
    assert clerk.shelves == clerk.store.shelves == 3


def test_an_override_by_name_reaches_its_consumers() -> None:
    _, names = join([STORAGE, COUNTER], SETTINGS)
    small = Store(1)
    names["store"].override(small)

    assert names["clerk"]().store is small


def test_two_applications_share_nothing() -> None:
    first, second = (join([STORAGE], SETTINGS)[1] for _ in range(2))

    assert first["store"]() is not second["store"]()


def test_a_context_gets_its_objects() -> None:
    [storage, counter], _ = join([STORAGE, COUNTER], SETTINGS)

    assert counter.objects.clerk.store is storage.objects.store


def test_a_name_that_no_context_provides_is_refused() -> None:
    with pytest.raises(WiringError, match="counter needs store, which no context provides"):
        join([COUNTER], SETTINGS)


def test_two_contexts_that_provide_the_same_name_are_refused() -> None:
    twice = [STORAGE, context("attic", Storage)]

    with pytest.raises(WiringError, match=r"storage and attic both provide store: rename it"):
        join(twice, SETTINGS)


def test_two_contexts_of_the_same_name_are_refused() -> None:
    twice = [STORAGE, context("storage", Counter)]

    with pytest.raises(WiringError, match="two contexts are called storage"):
        join(twice, SETTINGS)
