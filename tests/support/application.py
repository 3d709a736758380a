"""The application as tests run it: with every context, and the tests' own specimen context."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from dependency_injector import providers
from fastapi import FastAPI

from BE.core.security.passwords import Passwords
from config import Settings
from container import CONTEXTS, Container
from tests.support.specimen.wiring import SPECIMEN

type AppFactory = Callable[..., AbstractAsyncContextManager[FastAPI]]

TESTED = (SPECIMEN, *CONTEXTS)


def container_of(settings: Settings) -> Container:
    """Hash passwords at a hundredth of the usual cost: nearly every test signs a user up."""
    container = Container(settings, TESTED)
    container.passwords.override(providers.Singleton(Passwords, memory_kib=64, passes=1))
    return container
