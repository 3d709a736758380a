"""A field with the values of flags, which the OpenAPI document names."""

from typing import Any

from BE.core.flags import AnyFlag

FLAG_VALUES = "x-flag-values"
"""Marks the schema until the document is complete."""


def schema_of_flag(flag: AnyFlag) -> dict[str, Any]:
    kind = {"float": "number"}.get(flag.kind, flag.kind)
    schema = {"type": kind, "description": flag.about}
    return schema | ({"enum": [*flag.variants]} if flag.variants else {})
