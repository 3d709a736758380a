"""Codes of authenticator apps, recovery codes, and the encryption of secrets."""

import pytest

from BE.core.events import HourPassed
from BE.core.security.keys import KeyRing
from BE.core.types import new_id
from BE.modules.auth.models import (
    TotpSecret,
    is_totp_code,
    new_recovery_codes,
    recovery_code_digest,
)
from BE.modules.auth.security.totp_secrets import TotpSecrets
from BE.modules.auth.service.second_factors import SecondFactors
from tests.support.auth.world import World
from tests.support.fakes import Clock

OLD, NEW = "old:a secret of more than thirty-two bytes", "new:another secret of enough bytes here"
SECRET = TotpSecret("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
"""The secret of RFC 6238, appendix B."""


@pytest.mark.parametrize(
    ("now", "code"), [(59, "287082"), (1111111109, "081804"), (20000000000, "353130")]
)
def test_codes_match_the_standard(now: int, code: str) -> None:
    assert SECRET.step_of(code, now) == now // 30


def test_a_clock_may_be_a_step_ahead_or_behind() -> None:
    step = 1_000_000
    codes = [SECRET.code(step + drift) for drift in range(-2, 3)]

    found = [SECRET.step_of(code, step * 30 + 15) for code in codes]

    assert found == [None, step - 1, step, step + 1, None]


def test_an_app_reads_email_and_issuer_from_the_uri() -> None:
    uri = SECRET.uri("ada@example.com", "Reading Room")

    assert uri.startswith("otpauth://totp/Reading%20Room:ada%40example.com?")
    assert f"secret={SECRET.text}" in uri
    assert "issuer=Reading%20Room" in uri


def test_secrets_and_recovery_codes_are_unique() -> None:
    codes = new_recovery_codes()

    assert TotpSecret.new().text != TotpSecret.new().text
    assert len({*codes, *new_recovery_codes()}) == 20
    assert all(len(code) == 19 and not is_totp_code(code) for code in codes)


def test_case_and_separators_of_a_recovery_code_are_ignored() -> None:
    digest = recovery_code_digest("ABCD-EFGH-IJKL-MN23")

    assert recovery_code_digest(" abcd efgh ijklmn23") == digest
    assert recovery_code_digest("ABCD-EFGH-IJKL-MN24") != digest


def test_a_sealed_secret_opens_only_for_its_account() -> None:
    secrets, account_id = TotpSecrets(KeyRing.parse(OLD)), new_id()
    sealed = secrets.seal(account_id, SECRET)

    opened = secrets.open(account_id, sealed)

    assert opened is not None
    assert opened.text == SECRET.text
    assert SECRET.text.encode() not in sealed
    assert secrets.open(new_id(), sealed) is None
    assert secrets.open(account_id, sealed[:-1] + bytes([sealed[-1] ^ 1])) is None


async def test_secrets_are_resealed_hourly_so_that_an_old_key_can_be_removed() -> None:
    world = World()
    account_ids = [(await world.sign_up(f"{name}@example.com")).account.id for name in "abc"]
    old, both, new = (TotpSecrets(KeyRing.parse(ring)) for ring in (OLD, f"{NEW},{OLD}", NEW))
    for account_id in account_ids[:2]:
        await world.repository.put_totp(account_id, old.seal(account_id, SECRET))
    await world.repository.put_totp(account_ids[2], b"gone:sealed by a key that has left")

    await SecondFactors(world.database, world.repository, world.bus, both).on_hour_passed(
        HourPassed(began_at=Clock().now)
    )

    totps = [world.repository.totps[account_id] for account_id in account_ids]
    opened = [
        new.open(account_id, totp.sealed_secret)
        for account_id, totp in zip(account_ids, totps, strict=True)
    ]
    assert [secret.text if secret else None for secret in opened] == [SECRET.text] * 2 + [None]
