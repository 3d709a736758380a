from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from dependency_injector.containers import DeclarativeContainer

from BE.core.events import EventBus, Shown
from BE.core.flags import AnyFlag
from BE.core.http.routes import ModuleRouter
from BE.core.jobs import JobHandlers
from BE.core.live.audiences import GroupsOf
from BE.core.personal_data import Held
from BE.core.security.scopes import Scope


async def _nothing(_: Any) -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Context[C: DeclarativeContainer]:
    """All that the application needs to know about a context; its ``wiring.py`` declares it.

    The functions receive the objects of the container, each under its provider's name.
    """

    name: str
    container: type[C]
    routers: tuple[ModuleRouter, ...] = ()
    tables: tuple[str, ...] = ()
    """All that it owns, with the schema; those that others refer to come last."""
    append_only: tuple[str, ...] = ()
    """Tables of its own whose rows must never be changed or deleted."""
    passing: tuple[str, ...] = ()
    """Its tables whose rows are meaningless in another database: a backup omits them."""
    held: tuple[Held[C], ...] = ()
    """Its data about a user, for users who request all of it."""
    withheld: Mapping[str, str] = field(default_factory=dict)
    """Its tables about a user that are in no part of ``held``, each with a sentence for the user:
    what it is, and why it is left out."""
    scopes: tuple[Scope, ...] = ()
    """The scopes for API keys on its routes; the page for new keys shows this order."""
    flags: tuple[AnyFlag, ...] = ()
    """What an admin can switch on or off, for some users or for all."""
    subscribe: Callable[[EventBus, C], None] = lambda _bus, _objects: None
    jobs: Callable[[JobHandlers, C], None] = lambda _handlers, _objects: None
    """The handlers of its jobs, by type."""
    shown: tuple[Shown, ...] = ()
    """Its events that users see in the live feed."""
    groups: Callable[[C], GroupsOf] | None = None
    """The groups of its own whose changes their members see in the live feed."""
    invariants: Mapping[str, str] = field(default_factory=dict)
    """Invariants by name: queries that answer true; a restored database is checked by them."""
    prepare: Callable[[C], Awaitable[None]] = _nothing
    """Runs before the process is ready, again and again until it succeeds."""
    running: Callable[[C], AbstractAsyncContextManager[Any]] = lambda _: nullcontext()
    """Runs beside the requests."""
    examinations: Callable[[C], Mapping[str, Callable[[], Awaitable[str]]]] = lambda _: {}
    """The checks of ``manage.py doctor``, by subject."""
