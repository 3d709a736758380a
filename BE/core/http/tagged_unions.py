"""Objects of several kinds, distinguished by one of their fields."""

from typing import Any

from pydantic import ValidationError, ValidatorFunctionWrapHandler, WrapValidator
from pydantic_core import InitErrorDetails, PydanticCustomError


def _without_tag(value: Any, validate: ValidatorFunctionWrapHandler) -> Any:
    try:
        return validate(value)
    except ValidationError as error:
        faults = [
            InitErrorDetails(
                type=PydanticCustomError(fault["type"], fault["msg"], fault.get("ctx")),
                loc=fault["loc"][1:],  # empty where the kind itself is unknown
                input=fault["input"],
            )
            for fault in error.errors(include_url=False)
        ]
        raise ValidationError.from_exception_data(error.title, faults) from None


WITHOUT_TAG = WrapValidator(_without_tag)
"""For a union with a discriminator: a fault's place is where the client wrote it.

Pydantic puts the kind of the object into the path, such as ``operations.3.update.changes``.
"""
