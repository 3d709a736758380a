"""The list of contexts, and the object graph of all of them: each adds its part in its wiring."""

from importlib import import_module
from typing import Any

from dependency_injector import containers, providers

from BE.core.http.routes import ModuleRouter
from BE.core.middleware.access_log import Observer
from BE.core.operations import mail_pages
from BE.core.operations.figures import metrics_router
from BE.core.wiring.context import Context
from BE.core.wiring.core import CORE
from BE.core.wiring.declared_flags import declare_flags
from BE.core.wiring.declared_scopes import declared_scopes
from BE.core.wiring.endpoints import services_by_type
from BE.core.wiring.joining import join
from BE.core.wiring.part import Part
from commands.scheduled_backups import schedule_backups
from config import Settings
from migrations.runner import Schema


def _load(*names: str) -> tuple[Context[Any], ...]:
    return tuple(import_module(f"BE.modules.{name}.wiring").CONTEXT for name in names)


# requests are matched with routes in this order: the busiest first
CONTEXTS = _load(
    "tasks",
    "auth",
    "users",
    "identities",
    "teams",
    "exports",
    "jobs",
    "flags",
    "webhooks",
    "notifications",
    "audit",
)


class Container(containers.DynamicContainer):
    """Built once per application: ``Container(settings=load_settings())``.

    It has every provider of the core and of the contexts under its name. Everything is a
    stateless singleton. A test overrides a provider before the application starts:
    ``container.auth_repository.override(FakeAuthRepository())``.

    Raises :class:`WiringError` where the contexts do not fit together.
    """

    def __init__(self, settings: Settings, contexts: tuple[Context[Any], ...] = CONTEXTS) -> None:
        super().__init__()
        self.settings = providers.Object(settings)
        self.config = self.settings.provided
        self.schema = providers.Singleton(Schema, self.config.database_url)
        self.parts, names = join((*contexts, CORE), self.settings)
        self.set_providers(**names)
        self.scopes().declare(*declared_scopes(self.parts))
        declare_flags(self.parts, self.flags())
        self.services = services_by_type(self.parts)
        self.routers = [
            router
            for part in self.parts
            for router in part.context.routers
            if _is_served(router, settings)
        ]

    def objects_of[C: containers.DeclarativeContainer](self, context: Context[C]) -> C:
        """What the providers of a context make, typed and under their names."""
        part: Part[C] = next(part for part in self.parts if part.context is context)
        return part.objects

    def observers(self) -> list[Observer]:
        """The objects that are notified of each request."""
        is_measured = self.settings().metrics_enabled
        recent = self.recent_requests().observe
        return [recent, self.metrics().observer(self.routers)] if is_measured else [recent]


def _is_served(router: ModuleRouter, settings: Settings) -> bool:
    if router is metrics_router:
        return settings.metrics_enabled
    return router is not mail_pages.router or settings.environment == "development"


def subscribe(container: Container) -> None:
    """Let every context subscribe to events, and register its job handlers and what it holds."""
    events, personal_data = container.events(), container.personal_data()
    for part in container.parts:
        part.context.subscribe(events, part.objects)
        part.context.jobs(container.job_handlers(), part.objects)
        personal_data.add(part.context.held, part.context.withheld, part.objects)
        for shown in part.context.shown:
            events.show(shown)
        if part.context.groups is not None:
            container.audiences().add(part.context.groups(part.objects))
    schedule_backups(container.job_handlers(), container.settings(), container.parts)
