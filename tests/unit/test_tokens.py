from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from BE.core.security.access_tokens import (
    AccessTokenExpired,
    AccessTokens,
    InvalidAccessToken,
    Principal,
)
from BE.core.security.keys import KeyRing
from BE.core.security.refresh_tokens import RefreshTokens
from BE.core.types import new_id

OLD = "old:" + "o" * 32
NEW = "new:" + "n" * 32
PRINCIPAL = Principal(new_id(), new_id(), "user")


def access_tokens(ring: str = f"{NEW},{OLD}", minutes: float = 15) -> AccessTokens:
    return AccessTokens(
        KeyRing.parse(ring),
        algorithm="HS256",
        lifetime=timedelta(minutes=minutes),
        issuer="bounded",
        audience="bounded",
    )


def forge(header: dict[str, Any], key: str = "n" * 32, **claims: Any) -> str:
    now = datetime.now(UTC)
    genuine = {
        "iss": "bounded",
        "aud": "bounded",
        "sub": str(PRINCIPAL.user_id),
        "sid": str(PRINCIPAL.session_id),
        "role": "user",
        "jti": "1",
        "iat": now,
        "nbf": now,
        "exp": now + timedelta(minutes=5),
    }
    kept = {name: value for name, value in (genuine | claims).items() if value is not None}
    algorithm = header.pop("alg", "HS256")
    key = "" if algorithm == "none" else key
    return jwt.encode(
        kept, key, algorithm=algorithm, headers={"typ": "at+jwt", "kid": "new"} | header
    )


class TestAccessTokens:
    def test_say_whom_they_were_issued_to(self) -> None:
        tokens = access_tokens()

        assert tokens.verify(tokens.issue(PRINCIPAL)) == PRINCIPAL
        assert tokens.verify(forge({})) == PRINCIPAL

    def test_of_an_older_key_of_the_ring_are_good(self) -> None:
        issued = access_tokens(OLD).issue(PRINCIPAL)

        assert access_tokens().verify(issued) == PRINCIPAL
        with pytest.raises(InvalidAccessToken):
            access_tokens(NEW).verify(issued)

    def test_expire(self) -> None:
        with pytest.raises(AccessTokenExpired):
            access_tokens().verify(access_tokens(minutes=-1).issue(PRINCIPAL))

    @pytest.mark.parametrize(
        "forged",
        [
            forge({"typ": "JWT"}),
            forge({"typ": None}),
            forge({"kid": "unknown"}),
            forge({"kid": "old"}),
            forge({"alg": "none"}),
            forge({"alg": "HS512"}, key="n" * 64),
            forge({}, key="x" * 32),
            forge({}, iss="another"),
            forge({}, aud="another"),
            forge({}, aud=["bounded", "another"]),
            forge({}, sub="not-a-uuid"),
            forge({}, sub=None),
            forge({}, sid=None),
            forge({}, role=None),
            forge({}, jti=None),
            forge({}, iat=None),
            forge({}, nbf=None),
            forge({}, exp=None),
            forge({}, nbf=datetime.now(UTC) + timedelta(hours=1)),
            forge({"crit": ["unknown"]}),
            "",
            "a.b.c",
            "é.é.é",
            "..",
        ],
    )
    def test_that_are_forged_are_refused(self, forged: str) -> None:
        with pytest.raises(InvalidAccessToken):
            access_tokens().verify(forged)


class TestRefreshTokens:
    def test_are_the_same_to_the_letter_for_the_same_generation(self) -> None:
        tokens, session_id = RefreshTokens(KeyRing.parse(NEW)), new_id()

        token = tokens.issue(session_id, b"salt", 3)
        read = tokens.read(token)

        assert token == tokens.issue(session_id, b"salt", 3)
        assert read is not None
        assert (read.kid, read.session_id, read.generation) == ("new", session_id, 3)
        assert tokens.is_authentic(read, b"salt")
        assert not tokens.is_authentic(read, b"another salt")

    def test_of_an_older_key_of_the_ring_are_authentic(self) -> None:
        read = RefreshTokens.read(RefreshTokens(KeyRing.parse(OLD)).issue(new_id(), b"salt", 0))

        assert read is not None
        assert RefreshTokens(KeyRing.parse(f"{NEW},{OLD}")).is_authentic(read, b"salt")
        assert not RefreshTokens(KeyRing.parse(NEW)).is_authentic(read, b"salt")

    @pytest.mark.parametrize("text", ["", "AA", "AQ", "A" * 80, "*", "é", "AQAA" * 30])
    def test_anything_else_is_none(self, text: str) -> None:
        assert RefreshTokens.read(text) is None


class TestKeyRing:
    def test_one_secret_is_named_after_its_digest(self) -> None:
        assert KeyRing.parse("secret").signing.kid == "2bb80d53"
        assert KeyRing.parse("secret").signing.secret == b"secret"

    def test_the_first_of_several_signs(self) -> None:
        ring = KeyRing.parse(f"{NEW},{OLD}")

        assert ring.signing.kid == "new"
        assert [key.kid for key in ring] == ["new", "old"]

    def test_what_looks_like_no_ring_is_one_secret(self) -> None:
        assert KeyRing.parse("a secret: with, punctuation").signing.secret.startswith(b"a secret")
