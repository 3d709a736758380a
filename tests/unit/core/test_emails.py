import pytest
from pydantic import TypeAdapter, ValidationError

from BE.core.emails import Email, KnownEmail, identity_of

NEW: TypeAdapter[str] = TypeAdapter(Email)
KNOWN: TypeAdapter[str] = TypeAdapter(KnownEmail)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Anna@Example.com", "anna@example.com"),
        ("anna@bücher.example", "ANNA@BÜCHER.example"),
        ("anna@bücher.example", "anna@xn--bcher-kva.example"),
        ("anna@xn--BCHER-kva.example", "anna@xn--bcher-kva.example"),
        ("anna@\uff45xample.com", "anna@example.com"),  # one host, by IDNA
        (" anna@example.com\n", "anna@example.com"),
    ],
)
def test_spellings_of_one_mailbox_are_equal(one: str, other: str) -> None:
    assert identity_of(NEW.validate_python(one)) == identity_of(NEW.validate_python(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("straße@example.com", "strasse@example.com"),
        ("İvan@example.com", "ivan@example.com"),
        ("ıvan@example.com", "ivan@example.com"),
        ("ſam@example.com", "sam@example.com"),
        ("ﬁna@example.com", "fina@example.com"),
        ("anna@straße.example", "anna@strasse.example"),
        ("anna@İstanbul.example", "anna@istanbul.example"),
        ("anna+a@example.com", "anna@example.com"),
        ("an.na@example.com", "anna@example.com"),
    ],
)
def test_different_mailboxes_stay_distinct(one: str, other: str) -> None:
    assert identity_of(KNOWN.validate_python(one)) != identity_of(KNOWN.validate_python(other))


@pytest.mark.parametrize(
    "email",
    [
        "straße@example.com",
        "İvan@example.com",
        "ıvan@example.com",
        "\u212aate@example.com",  # the sign of kelvin, which normalisation turns into a K
        "\uff41nna@example.com",
        "ﬁna@example.com",
        "anna\u200b@example.com",
        "jose\u0301@example.com",
        "\u202eanna@example.com",
    ],
)
def test_a_new_account_needs_an_ascii_local_part(email: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        NEW.validate_python(email)

    assert refusal.value.errors()[0]["type"] == "email_local_part"


@pytest.mark.parametrize(
    "email",
    [
        "=?utf-8?q?=76ictim?=@example.com",
        "=?utf-8?q?attacker=40evil.com=2C?=@example.com",
        "=?UTF-8?B?dmljdGlt?=@example.com",
        "=?iso-8859-1?q?victim?=@example.com",
        "a=?utf-8?q?b?=c@example.com",
        "=?utf-8*en?q?victim?=@example.com",
        "=?utf-8?q?victim@example.com",
        "victim?=@example.com",
    ],
)
def test_an_encoded_word_is_refused_for_a_new_account(email: str) -> None:
    with pytest.raises(ValidationError):
        NEW.validate_python(email)


@pytest.mark.parametrize(
    "email",
    [
        '"anna"@example.com',
        "anna@[127.0.0.1]",
        "anna(comment)@example.com",
        "Anna <anna@example.com>",
        "anna@example.com.",
        "anna@example.com,bert@example.com",
        "anna\n@example.com",
        "@example.com",
        "anna",
        "anna@localhost",
    ],
)
def test_an_invalid_address_is_refused(email: str) -> None:
    with pytest.raises(ValidationError):
        KNOWN.validate_python(email)


def test_an_older_account_is_still_found() -> None:
    assert KNOWN.validate_python("jose\u0301@example.com") == "jos\u00e9@example.com"


@pytest.mark.parametrize("email", ["\u212aate@example.com", "a\u1fefb@example.com"])
def test_a_character_that_normalises_to_ascii_matches_no_account(email: str) -> None:
    with pytest.raises(ValidationError):
        KNOWN.validate_python(email)
