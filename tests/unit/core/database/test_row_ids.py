from uuid import UUID, uuid4

import pytest

from BE.core.database.row_ids import row_id, row_id_text

TEXT = "0195b1a4-6f0e-7c33-9d55-8f1b0f6a2c47"


def test_the_id_of_a_row_is_equal_to_any_other_uuid() -> None:
    identifier = row_id(TEXT)

    assert isinstance(identifier, UUID)
    assert identifier == UUID(TEXT)
    assert {identifier} == {UUID(TEXT)}
    assert row_id_text(identifier) == str(identifier) == TEXT


@pytest.mark.parametrize("text", ["", "1", TEXT[:-1], f"{{{TEXT}}}", f"urn:uuid:{TEXT}", "g" * 32])
def test_a_text_that_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="invalid UUID"):
        row_id(text)


@pytest.mark.parametrize("value", [TEXT, object(), uuid4()])
def test_only_the_id_of_a_row_is_written_as_one(value: object) -> None:
    with pytest.raises(TypeError):
        row_id_text(value)
