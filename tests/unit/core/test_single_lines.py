"""Names and titles must be a single, visible line."""

from typing import Annotated

import pytest
from pydantic import StringConstraints, TypeAdapter, ValidationError

from BE.core.types import SINGLE_LINE
from BE.modules.auth.events import FullName

LINE: TypeAdapter[str] = TypeAdapter(
    Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), SINGLE_LINE]
)


@pytest.mark.parametrize(
    "character",
    [
        *("\n", "\r", "\t", "\x00", "\x1b", "\x7f", "\x85", "\x9b"),
        *("\u2028", "\u2029", "\u061c", "\u200e", "\u200f"),
        *(chr(code) for code in range(0x202A, 0x202F)),
        *(chr(code) for code in range(0x2066, 0x206A)),
    ],
)
def test_line_breaks_and_direction_marks_are_refused(character: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        LINE.validate_python(f"a{character}b")

    [error] = refusal.value.errors()
    assert error["type"] == "string_unprintable"
    assert character not in error["msg"]


@pytest.mark.parametrize("text", ["\u200b", "\u200d\u2060", "\u3000\u200b", "\u00ad", "\ufeff"])
def test_invisible_text_is_refused(text: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        LINE.validate_python(text)

    assert refusal.value.errors()[0]["type"] in {"string_blank", "string_too_short"}


@pytest.mark.parametrize(
    "text",
    [
        "Ada Lovelace",
        "Zoë Müller-Lüdenscheidt",
        "עברית",
        "العربية",
        "日本語",
        "👩\u200d💻",  # joined by U+200D
        "می\u200cخواهم",  # parted by U+200C
        "a\u00a0b",
        "Café\u0301",
        "\U0010ffff",
    ],
)
def test_every_script_is_accepted(text: str) -> None:
    assert LINE.validate_python(text) == text


def test_surrounding_blanks_are_removed() -> None:
    assert TypeAdapter(FullName).validate_python(" \tAda\n ") == "Ada"
