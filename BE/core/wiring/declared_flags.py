"""Collects the flags that contexts declare."""

from collections.abc import Sequence
from typing import Any

from BE.core.flags import Flags
from BE.core.wiring.errors import WiringError
from BE.core.wiring.part import Part


def declare_flags(parts: Sequence[Part[Any]], flags: Flags) -> None:
    """Raises :class:`WiringError` where two contexts declare one flag."""
    for part in parts:
        for flag in part.context.flags:
            if flag.name in flags.declared:
                raise WiringError(
                    f"{flags.contexts[flag.name]} and {part.context.name} both declare the flag"
                    f" {flag.name}: rename one of them."
                )
            flags.declare(part.context.name, flag)
