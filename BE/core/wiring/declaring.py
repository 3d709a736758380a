"""The words of a container. To mypy a provider is the object that it makes.

So mypy checks every argument in a container against the constructor that takes it. At run time
each is a provider of dependency-injector.
"""

from collections.abc import Callable
from typing import Any, cast

from dependency_injector import providers


def needed() -> Any:
    """What another container provides under this name, or a setting of this name.

    The annotation says as what it is used here: a class of the core, or a port.
    """
    return providers.Dependency()


def singleton[**P, T](make: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The one object of an application that ``make`` makes of these."""
    return cast(T, providers.Singleton(make, *args, **kwargs))


def instance[T](provider: T) -> T:
    """The object itself, for one of its attributes: ``instance(metrics).refusal``."""
    return cast(T, cast(Any, provider).provided)
