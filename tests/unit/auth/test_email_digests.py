"""The digest by which the log identifies an email."""

from BE.core.security.keys import KeyRing
from BE.modules.auth.security.email_digests import EmailDigests

OLD = "old:a secret that is long enough for HS256"
NEW = "new:another one that is long enough too"


def test_a_digest_ignores_the_case_of_an_email() -> None:
    digests = EmailDigests(KeyRing.parse(NEW))

    assert digests.of("Ada@Example.com") == digests.of("ada@example.com")
    assert digests.of("ada@example.com") != digests.of("bob@example.com")
    assert "ada" not in digests.of("ada@example.com")


def test_a_digest_depends_on_the_key_and_names_it() -> None:
    old, both = EmailDigests(KeyRing.parse(OLD)), EmailDigests(KeyRing.parse(f"{NEW},{OLD}"))

    present, former = both.all_of("ada@example.com")

    assert present == both.of("ada@example.com")
    assert former == old.of("ada@example.com")
    assert present.startswith("new:")
    assert present.partition(":")[2] != former.partition(":")[2]
