import pytest

from BE.core.emails import identity_of


def test_case_does_not_tell_addresses_apart() -> None:
    assert identity_of("Anna@Example.com") == identity_of("anna@example.com")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("straße@example.com", "strasse@example.com"),
        ("İvan@example.com", "ivan@example.com"),
        ("ıvan@example.com", "ivan@example.com"),
        ("\u212aate@example.com", "kate@example.com"),  # the sign of kelvin
        ("ſam@example.com", "sam@example.com"),
    ],
)
def test_letters_beyond_ascii_are_not_folded(one: str, other: str) -> None:
    assert identity_of(one) != identity_of(other)
