"""The application as tests run it: with every context, and a specimen of their own beside them."""

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
    """With passwords for a hundredth of their price: nearly every test signs somebody up."""
    container = Container(settings, TESTED)
    container.passwords.override(providers.Singleton(Passwords, memory_kib=64, passes=1))
    return container
