import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from BE.core.security.access_tokens import AccessTokenExpired, InvalidAccessToken
from BE.core.security.base64url import encode
from BE.modules.identities.security.foreign_tokens import ForeignTokens
from BE.modules.identities.security.trusted_issuers import TrustedIssuer
from tests.support.calls import calling
from tests.support.identities.issuer import AUDIENCE, KeyServer, SigningKey, claims_of, key_server

SECRET = "a-shared-secret-that-is-long-enough-for-every-algorithm-also-for-HS512"
SHARED = "https://shared.example.com"
EDDSA, RSA, ELLIPTIC = SigningKey("ed"), SigningKey("rsa", "RS256"), SigningKey("ec", "ES256")
UNKNOWN_KEY = SigningKey("ed")
WEAK_KEY = SigningKey("weak", "RS256", bits=1024)


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[KeyServer]:
    async with key_server() as server:
        server.keys = [
            EDDSA.public,
            RSA.public,
            ELLIPTIC.public,
            WEAK_KEY.public,
            RSA.public | {"kid": "for encryption", "use": "enc"},
            RSA.public | {"kid": "for PS256", "alg": "PS256"},
        ]
        yield server


@pytest.fixture(scope="module")
async def tokens(server: KeyServer) -> AsyncIterator[ForeignTokens]:
    published = TrustedIssuer(
        issuer=server.issuer,
        audience=AUDIENCE,
        algorithms=("EdDSA", "RS256"),
        jwks_url=server.url,
    )
    shared = TrustedIssuer(issuer=SHARED, audience=AUDIENCE, algorithms=("HS256",), secret=SECRET)
    async with calling() as outside, ForeignTokens([published, shared], outside) as tokens:
        yield tokens


def by_secret(key: str = SECRET, header: dict[str, Any] | None = None, **changes: Any) -> str:
    named = {"typ": None} | (header or {})
    return jwt.encode(claims_of(SHARED, **changes), key, algorithm="HS256", headers=named)


def pem(key: SigningKey) -> bytes:
    encoded: bytes = key.private.public_key().public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    return encoded


def by_public_key(key: bytes, issuer: str, kid: str) -> str:
    """A token that an attacker signs by HMAC with the public key as the secret."""
    import hashlib
    import hmac

    header = encode(json.dumps({"alg": "HS256", "kid": kid}).encode())
    body = encode(json.dumps(claims_of(issuer)).encode())
    signed = f"{header}.{body}"
    return f"{signed}.{encode(hmac.digest(key, signed.encode(), hashlib.sha256))}"


def unsigned(issuer: str) -> str:
    return jwt.encode(claims_of(issuer), "", algorithm="none")


class TestOfAnIssuerThatPublishesItsKeys:
    @pytest.mark.parametrize("key", [EDDSA, RSA])
    async def test_identify_a_user(
        self, tokens: ForeignTokens, server: KeyServer, key: SigningKey
    ) -> None:
        assertion = await tokens.read(key.sign(claims_of(server.issuer, iat=1_700_000_000)))

        assert assertion.issuer == server.issuer
        assert assertion.subject == "BKoF6wiBUsclDTkNiefXOKAWRnjeZTUF"
        assert assertion.issued_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
        assert (assertion.email, assertion.email_verified, assertion.name) == (
            "ada@example.com",
            False,
            "Ada Lovelace",
        )

    @pytest.mark.parametrize(
        ("header", "claims"),
        [
            ({"typ": "JWT"}, {}),
            ({"typ": "at+jwt"}, {}),
            ({"typ": "application/at+JWT"}, {}),
            ({}, {"aud": ["account", AUDIENCE]}),
            ({}, {"iat": int(time.time()) + 8, "nbf": int(time.time()) + 8}),
            ({}, {"iat": None}),
            ({}, {"typ": "Bearer"}),
            ({"jku": "https://evil.example.com", "jwk": UNKNOWN_KEY.public}, {}),
        ],
    )
    async def test_may_differ_in_irrelevant_ways(
        self,
        tokens: ForeignTokens,
        server: KeyServer,
        header: dict[str, Any],
        claims: dict[str, Any],
    ) -> None:
        assert await tokens.read(EDDSA.sign(claims_of(server.issuer, **claims), **header))

    @pytest.mark.parametrize(
        "claims",
        [
            {"iss": None},
            {"aud": None},
            {"sub": None},
            {"exp": None},
            {"iss": "https://evil.example.com"},
            {"iss": SHARED},
            {"iss": "bounded"},
            {"iss": ["a", "list"]},
            {"aud": "https://another.example.com"},
            {"aud": ["https://another.example.com"]},
            {"aud": [[AUDIENCE]]},
            {"aud": {AUDIENCE: 1}},
            {"sub": ""},
            {"sub": 7},
            {"sub": "x" * 256},
            {"sub": "a\x00b"},
            {"sub": "a\ud800b"},
            {"exp": "soon"},
            {"exp": 10**400},
            {"exp": int(time.time()) + 30 * 86_400},
            {"nbf": int(time.time()) + 86_400},
            {"iat": int(time.time()) + 86_400},
            {"iat": "now"},
            {"typ": "ID"},
            {"typ": "Refresh"},
            {"cnf": {"jkt": "x"}},
            {"events": {}},
            {"padding": "x" * 8192},
        ],
        ids=count(),  # some of them hold the time, which differs between test processes
    )
    async def test_are_refused_for_a_claim(
        self, tokens: ForeignTokens, server: KeyServer, claims: dict[str, Any]
    ) -> None:
        content = json.dumps(claims_of(server.issuer) | claims)
        if None in claims.values():
            content = json.dumps(claims_of(server.issuer, **claims))
        header = {"typ": None, "kid": "ed"}
        token = jwt.api_jws.encode(content.encode(), EDDSA.private, "EdDSA", headers=header)

        with pytest.raises(InvalidAccessToken):
            await tokens.read(token)

    @pytest.mark.parametrize(
        "header",
        [
            {"kid": "unknown"},
            {"kid": "rsa"},
            {"kid": None},
            {"kid": 7},
            {"typ": "dpop+jwt"},
            {"typ": "logout+jwt"},
            {"typ": "secevent+jwt"},
            {"typ": 7},
            {"crit": ["b64"], "b64": True},
            {"crit": ["unknown"]},
        ],
        ids=str,
    )
    async def test_are_refused_for_their_header(
        self, tokens: ForeignTokens, server: KeyServer, header: dict[str, Any]
    ) -> None:
        named = {"alg": "EdDSA", "kid": "ed"} | header
        signed = ".".join(
            encode(json.dumps(claims).encode()) for claims in (named, claims_of(server.issuer))
        )
        signature = EDDSA.private.sign(signed.encode())

        with pytest.raises(InvalidAccessToken):
            await tokens.read(f"{signed}.{encode(signature)}")

    async def test_are_refused_for_their_signature(
        self, tokens: ForeignTokens, server: KeyServer
    ) -> None:
        genuine = EDDSA.sign(claims_of(server.issuer))
        header, _, signature = genuine.split(".")
        other = encode(json.dumps(claims_of(server.issuer, sub="victim")).encode())
        pss = jwt.encode(
            claims_of(server.issuer), RSA.private, "PS256", headers={"kid": "for PS256"}
        )
        with pytest.warns(jwt.InsecureKeyLengthWarning):
            weak = WEAK_KEY.sign(claims_of(server.issuer))
        forged = [
            UNKNOWN_KEY.sign(claims_of(server.issuer)),
            UNKNOWN_KEY.sign(claims_of(server.issuer), jwk=UNKNOWN_KEY.public),
            f"{header}.{other}.{signature}",
            f"{genuine[:-4]}AAAA",
            genuine.rpartition(".")[0] + ".",
            unsigned(server.issuer),
            ELLIPTIC.sign(claims_of(server.issuer)),  # not among the algorithms
            pss,
            weak,
            RSA.sign(claims_of(server.issuer), kid="for encryption"),
            RSA.sign(claims_of(server.issuer), kid="for PS256"),
            by_public_key(pem(RSA), server.issuer, "rsa"),
            by_public_key(pem(EDDSA), server.issuer, "ed"),
            by_public_key(json.dumps(EDDSA.public).encode(), server.issuer, "ed"),
            by_public_key(EDDSA.private.public_key().public_bytes_raw(), server.issuer, "ed"),
            jwt.encode(claims_of(server.issuer), SECRET, "HS256", headers={"kid": "ed"}),
        ]

        for token in forged:
            with pytest.raises(InvalidAccessToken):
                await tokens.read(token)

    async def test_expire_without_leeway(self, tokens: ForeignTokens, server: KeyServer) -> None:
        for age in (1, 600):
            token = EDDSA.sign(claims_of(server.issuer, exp=int(time.time()) - age))
            with pytest.raises(AccessTokenExpired):
                await tokens.read(token)


class TestOfAnIssuerThatSharesASecret:
    async def test_identify_a_user(self, tokens: ForeignTokens) -> None:
        assert (await tokens.read(by_secret())).issuer == SHARED
        assert (await tokens.read(by_secret(header={"kid": "any"}))).issuer == SHARED

    @pytest.mark.parametrize("claim", ["iss", "aud", "sub", "exp"])
    async def test_are_refused_without_a_claim(self, tokens: ForeignTokens, claim: str) -> None:
        with pytest.raises(InvalidAccessToken):
            await tokens.read(jwt.encode(claims_of(SHARED, **{claim: None}), SECRET))

    async def test_made_for_a_mail_are_refused(self, tokens: ForeignTokens) -> None:
        now = int(time.time())
        mailed = {"email": "ada@example.com", "iat": now, "exp": now + 3600}

        with pytest.raises(InvalidAccessToken):
            await tokens.read(jwt.encode(mailed, SECRET, "HS256", headers={"typ": None}))

    async def test_are_refused_for_another_algorithm_or_secret(self, tokens: ForeignTokens) -> None:
        forged = [
            by_secret("another-secret-of-more-than-32-bytes!"),
            jwt.encode(claims_of(SHARED), SECRET, "HS512"),
            unsigned(SHARED),
            EDDSA.sign(claims_of(SHARED)),
            RSA.sign(claims_of(SHARED)),
        ]

        for token in forged:
            with pytest.raises(InvalidAccessToken):
                await tokens.read(token)


@pytest.mark.parametrize("text", ["", ".", "..", "a.b.c", "é.é.é", "e30.e30.", "x" * 9000])
async def test_a_malformed_token_is_refused(tokens: ForeignTokens, text: str) -> None:
    with pytest.raises(InvalidAccessToken):
        await tokens.read(text)


@pytest.mark.parametrize(
    ("claims", "email", "verified"),
    [
        ({"email": None}, None, False),
        ({"email": 7}, None, False),
        ({"email": "no address"}, None, False),
        ({"email": "a\x00b@example.com"}, None, False),
        ({"email": f"{'x' * 250}@example.com"}, None, False),
        ({"email": "x@no-email.invalid"}, None, False),
        ({"email_verified": True}, "ada@example.com", True),
        ({"emailVerified": True}, "ada@example.com", True),
        ({"email_verified": "true"}, "ada@example.com", False),
        ({"email_verified": 1}, "ada@example.com", False),
        ({"email_verified": True, "emailVerified": False}, "ada@example.com", False),
    ],
)
async def test_an_email_is_verified_only_by_an_unambiguous_claim(
    tokens: ForeignTokens, claims: dict[str, Any], email: str | None, *, verified: bool
) -> None:
    assertion = await tokens.read(by_secret(**claims))

    assert (assertion.email, assertion.email_verified) == (email, verified)


async def test_a_token_without_a_time_counts_as_the_oldest_possible(tokens: ForeignTokens) -> None:
    assertion = await tokens.read(by_secret(iat=None))

    assert assertion.issued_at.timestamp() == assertion.expires_at - 7 * 86_400
