from typing import Any, cast

from dependency_injector.containers import DeclarativeContainer
from dependency_injector.providers import Dependency, Provider

from BE.core.wiring.context import Context


class Part[C: DeclarativeContainer]:
    """A context in one application, with the container that was made for it."""

    def __init__(self, context: Context[C]) -> None:
        self.context = context
        self.container = context.container()

    @property
    def provided(self) -> dict[str, Provider[Any]]:
        return {
            name: provider
            for name, provider in self.container.providers.items()
            if not isinstance(provider, Dependency)
        }

    @property
    def needed(self) -> dict[str, Dependency[Any]]:
        return {
            name: provider
            for name, provider in self.container.providers.items()
            if isinstance(provider, Dependency)
        }

    @property
    def objects(self) -> C:
        """The providers' objects, under their names."""
        return cast(C, _Objects(self.container))


class _Objects:
    def __init__(self, container: DeclarativeContainer) -> None:
        self._container = container

    def __getattr__(self, name: str) -> Any:
        return getattr(self._container, name)()
