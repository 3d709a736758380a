"""The application as a test builds it."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from fastapi import FastAPI

type AppFactory = Callable[..., AbstractAsyncContextManager[FastAPI]]
