"""What each context declares for the general tests, in tests/support/<context>/."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.project import ROOT

CONTEXTS = sorted(path.parent.name for path in Path(__file__).parent.glob("*/__init__.py"))


def declared(module: str, name: str) -> Iterator[Any]:
    """Yield the ``name`` of each ``tests/support/<context>/<module>.py`` that defines it."""
    for context in CONTEXTS:
        if (Path(__file__).parent / context / f"{module}.py").exists():
            names = vars(importlib.import_module(f"tests.support.{context}.{module}"))
            if name in names:
                yield names[name]


def merged(module: str, name: str) -> dict[Any, Any]:
    """Merge the dictionaries that :func:`declared` yields; they must share no key."""
    whole: dict[Any, Any] = {}
    for part in declared(module, name):
        assert not whole.keys() & part.keys(), f"two contexts declare {whole.keys() & part.keys()}"
        whole |= part
    return whole


def needs(context: str) -> pytest.MarkDecorator:
    """Skip a general test whose example is a context that may have been removed."""
    is_there = (ROOT / "BE/modules" / context / "__init__.py").exists()
    return pytest.mark.skipif(not is_there, reason=f"there is no context {context}")
