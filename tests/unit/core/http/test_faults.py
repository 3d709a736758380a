"""Faults of a request are worded by us, even those that Pydantic finds."""

from typing import Annotated

import pytest
from pydantic import TypeAdapter, ValidationError

from BE.core.exceptions import Detail
from BE.core.http.faults import detail_of
from BE.core.types import Matching, line

ADDRESS = "An address begins with http:// or https://"
Address = Annotated[str, line(100), Matching(r"^https?://\S+$", "url_format", ADDRESS)]


def fault(value: object) -> Detail:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(Address).validate_python(value)
    return detail_of(refused.value.errors()[0], at="url")


def test_the_message_of_a_context_s_rule_is_kept() -> None:
    assert fault("ftp://example.com") == Detail("url", ADDRESS, "value_error")


def test_pydantic_s_messages_are_replaced() -> None:
    assert fault("") == Detail("url", "This must have 1 character or more", "string_too_short")
