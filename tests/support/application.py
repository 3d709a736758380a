"""The application as tests run it: with every context, and a specimen of their own beside them."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from fastapi import FastAPI

from config import Settings
from container import CONTEXTS, Container
from tests.support.specimen.wiring import SPECIMEN

type AppFactory = Callable[..., AbstractAsyncContextManager[FastAPI]]

TESTED = (SPECIMEN, *CONTEXTS)


def container_of(settings: Settings) -> Container:
    return Container(settings, TESTED)
