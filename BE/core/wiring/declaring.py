"""The vocabulary of containers. To mypy a provider is the object that it makes.

So mypy checks every argument in a container against the constructor that takes it. At run time each
is a provider of dependency-injector.
"""

from collections.abc import Callable
from typing import Any, cast

from dependency_injector import providers


def needed() -> Any:
    """The object that another container provides under this name, or a setting of this name.

    The annotation is its type here: a class of the core, or a port.
    """
    return providers.Dependency()


def singleton[**P, T](make: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The one object of an application that ``make`` creates from these."""
    return cast(T, providers.Singleton(make, *args, **kwargs))


def instance[T](provider: T) -> T:
    """The object itself, for one of its attributes: ``instance(metrics).refusal``."""
    return cast(T, cast(Any, provider).provided)
