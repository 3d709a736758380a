import time
from collections.abc import Callable
from contextlib import nullcontext, suppress
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jwt import InvalidKeyError

from BE.core.security.access_tokens import (
    AccessTokenExpired,
    AccessTokens,
    InvalidAccessToken,
    VerifiedTokens,
)
from BE.core.security.keys import KeyRing
from BE.core.security.principals import Principal
from BE.core.types import new_id
from BE.modules.auth.security.refresh_tokens import RefreshTokens
from BE.modules.auth.security.revocations import Revocations
from tests.support.auth.fakes import FakeAuthRepository
from tests.support.fakes import Clock, FakeDatabase
from tests.support.forged_tokens import FORGERIES, Forger

OLD = "old:" + "o" * 32
NEW = "new:" + "n" * 32
RETIRED = "retired:" + "r" * 32
PRINCIPAL = Principal(new_id(), new_id(), "user")


def access_tokens(
    ring: str = f"{NEW},{OLD}", minutes: float = 15, algorithm: str = "HS256"
) -> AccessTokens:
    return AccessTokens(
        KeyRing.parse(ring),
        algorithm=algorithm,
        lifetime=timedelta(minutes=minutes),
        issuer="bounded",
        audience="bounded",
    )


def forger() -> Forger:
    genuine = access_tokens().issue(PRINCIPAL)
    ring = KeyRing.parse(f"{NEW},{OLD},{RETIRED}")
    key, another, retired = ring
    refresh_token = RefreshTokens(ring).issue(PRINCIPAL.session_id, b"salt", 0)
    return Forger(genuine, key, another, retired, refresh_token)


class TestAccessTokens:
    def test_name_their_holder(self) -> None:
        tokens = access_tokens()

        assert tokens.verify(tokens.issue(PRINCIPAL)) == PRINCIPAL

    def test_of_an_older_key_in_the_ring_are_accepted(self) -> None:
        issued = access_tokens(OLD).issue(PRINCIPAL)

        assert access_tokens().verify(issued) == PRINCIPAL
        with pytest.raises(InvalidAccessToken):
            access_tokens(NEW).verify(issued)

    def test_expire(self) -> None:
        with pytest.raises(AccessTokenExpired):
            access_tokens().verify(access_tokens(minutes=-1).issue(PRINCIPAL))

    def test_from_a_clock_slightly_ahead_are_accepted(self) -> None:
        by, soon = forger(), int(time.time()) + 2

        assert access_tokens().verify(by.token(iat=soon, nbf=soon)) == PRINCIPAL
        with pytest.raises(InvalidAccessToken):
            access_tokens().verify(by.token(iat=soon + 2, nbf=soon + 2))

    def test_expire_without_leeway(self) -> None:
        by, past = forger(), int(time.time()) - 1

        with pytest.raises(AccessTokenExpired):
            access_tokens().verify(by.token(exp=past))

    @pytest.mark.parametrize("minutes", [15, -1])
    def test_name_their_holder_even_after_expiry(self, minutes: float) -> None:
        token = access_tokens(minutes=minutes).issue(PRINCIPAL)

        assert access_tokens().holder(token) == PRINCIPAL

    @pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
    def test_that_are_forged_name_no_holder(self, forge: Callable[[Forger], str]) -> None:
        assert access_tokens().holder(forge(forger())) is None

    @pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
    def test_that_are_forged_are_refused(self, forge: Callable[[Forger], str]) -> None:
        tokens = access_tokens()

        for _ in range(2):  # a refusal must not be cached as valid
            with pytest.raises(InvalidAccessToken):
                tokens.verify(forge(forger()))

    def test_the_forger_can_write_a_valid_one(self) -> None:
        assert access_tokens().verify(forger().token()) == PRINCIPAL
        assert access_tokens().verify(forger().token({"jku": "https://forger.example"}))

    def test_all_forgeries_differ(self) -> None:
        by = forger()

        assert len({forge(by) for forge in FORGERIES.values()}) == len(FORGERIES) >= 45

    @pytest.mark.parametrize(("algorithm", "length"), [("HS256", 32), ("HS384", 48), ("HS512", 64)])
    def test_a_key_must_be_as_long_as_its_digest(self, algorithm: str, length: int) -> None:
        for size in (length - 1, length):
            tokens = access_tokens("k" * size, algorithm=algorithm)
            with pytest.raises(InvalidKeyError) if size < length else nullcontext():
                assert tokens.verify(tokens.issue(PRINCIPAL)) == PRINCIPAL


class TestVerifiedTokens:
    def verified_tokens(
        self, *tokens: str, limit: int = 10, lifetime: float = 60
    ) -> VerifiedTokens:
        verified = VerifiedTokens(limit)
        for token in tokens:
            verified.add(token, PRINCIPAL, time.time() + lifetime)
        return verified

    def test_a_signature_is_checked_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        tokens = access_tokens()
        token = tokens.issue(PRINCIPAL)
        tokens.verify(token)
        monkeypatch.setattr(tokens, "_decode", None)

        assert tokens.verify(token) == PRINCIPAL

    def test_an_expired_token_is_dropped_when_found(self) -> None:
        verified = self.verified_tokens("a", lifetime=0)

        with pytest.raises(AccessTokenExpired):
            verified.find("a")

        assert verified.find("a") is None
        assert len(verified) == 0

    def test_the_oldest_token_makes_room(self) -> None:
        verified = self.verified_tokens("a", "b", "c", limit=2)

        assert [verified.find(letter) for letter in "abc"] == [None, PRINCIPAL, PRINCIPAL]

    def test_only_the_tokens_of_a_session_are_forgotten(self) -> None:
        other = Principal(new_id(), new_id(), "user")
        verified = self.verified_tokens("a", "b")
        verified.add("c", other, time.time() + 60)

        verified.forget(PRINCIPAL.session_id)
        verified.forget(new_id())

        assert [verified.find(letter) for letter in "abc"] == [None, None, other]
        assert len(verified) == 1

    def test_a_revocation_drops_its_tokens_at_once(self) -> None:
        tokens = access_tokens()
        token = tokens.issue(PRINCIPAL)
        tokens.verify(token)
        revocations = Revocations(
            FakeDatabase(),
            FakeAuthRepository(Clock()),
            token_lifetime=timedelta(minutes=15),
            forget_tokens=tokens.forget,
        )

        revocations.add(PRINCIPAL.session_id)

        assert tokens._verified.find(token) is None

    @given(st.lists(st.tuples(st.sampled_from("afe"), st.integers(0, 9)), max_size=60))
    def test_both_indexes_stay_consistent(self, steps: list[tuple[str, int]]) -> None:
        sessions = [UUID(int=number) for number in range(3)]
        verified = VerifiedTokens(4)
        for step, number in steps:
            principal = Principal(PRINCIPAL.user_id, sessions[number % 3], "user")
            if step == "f":
                verified.forget(principal.session_id)
            elif verified._known.get(str(number)) is None:
                verified.add(str(number), principal, 0 if step == "e" else time.time() + 60)
            else:
                with suppress(AccessTokenExpired):
                    verified.find(str(number))

            known = {token for tokens in verified._of_session.values() for token in tokens}
            assert known == verified._known.keys()
            assert len(known) <= 4
            assert all(verified._of_session.values())


class TestRefreshTokens:
    def test_are_deterministic_for_a_generation(self) -> None:
        tokens, session_id = RefreshTokens(KeyRing.parse(NEW)), new_id()

        token = tokens.issue(session_id, b"salt", 3)
        read = tokens.read(token)

        assert token == tokens.issue(session_id, b"salt", 3)
        assert read is not None
        assert (read.kid, read.session_id, read.generation) == ("new", session_id, 3)
        assert tokens.is_authentic(read, b"salt")
        assert not tokens.is_authentic(read, b"another salt")

    def test_of_an_older_key_in_the_ring_are_authentic(self) -> None:
        read = RefreshTokens.read(RefreshTokens(KeyRing.parse(OLD)).issue(new_id(), b"salt", 0))

        assert read is not None
        assert RefreshTokens(KeyRing.parse(f"{NEW},{OLD}")).is_authentic(read, b"salt")
        assert not RefreshTokens(KeyRing.parse(NEW)).is_authentic(read, b"salt")

    @pytest.mark.parametrize("text", ["", "AA", "AQ", "A" * 80, "*", "é", "AQAA" * 30])
    def test_any_other_text_is_refused(self, text: str) -> None:
        assert RefreshTokens.read(text) is None


class TestKeyRing:
    def test_the_id_of_a_single_secret_is_its_digest(self) -> None:
        assert KeyRing.parse("secret").signing.kid == "2bb80d53"
        assert KeyRing.parse("secret").signing.secret == b"secret"

    def test_the_first_of_several_signs(self) -> None:
        ring = KeyRing.parse(f"{NEW},{OLD}")

        assert ring.signing.kid == "new"
        assert [key.kid for key in ring] == ["new", "old"]

    def test_a_text_that_is_no_ring_is_a_single_secret(self) -> None:
        assert KeyRing.parse("a secret: with, punctuation").signing.secret.startswith(b"a secret")
