"""What an authenticator's answer must contain, and how this service identifies itself to one."""

import hashlib
import json
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from BE.core.security.base64url import encode
from BE.core.types import new_id
from BE.modules.auth.models import Account, Passkey
from BE.modules.auth.security.relying_party import ForgedCredentialError, RelyingParty
from tests.support.auth.authenticator import (
    ATTESTED,
    BACKED_UP,
    BACKUP_ELIGIBLE,
    ORIGIN,
    USER_PRESENT,
    USER_VERIFIED,
    Authenticator,
)
from tests.support.fakes import Clock

CHALLENGE = b"a challenge of thirty-two bytes!"
RP_ID_HASH = hashlib.sha256(b"localhost").digest()
NOW = Clock().now
ADA = Account(
    id=new_id(),
    email="ada@example.com",
    password_hash="hash",
    role="user",
    is_active=True,
    email_verified_at=None,
    created_at=NOW,
    has_second_factor=False,
)


@pytest.fixture
def party() -> RelyingParty:
    return RelyingParty("http://127.0.0.1:8000", "Bounded")


@pytest.fixture
def authenticator() -> Authenticator:
    return Authenticator()


def passkey_from(party: RelyingParty, answer: dict[str, Any]) -> Passkey:
    """Ada's passkey from a browser's answer."""
    new = party.verify_creation(answer, CHALLENGE)
    return Passkey(
        id=new_id(),
        account_id=ADA.id,
        credential_id=new.credential_id,
        public_key=new.public_key,
        sign_count=new.sign_count,
        transports=new.transports,
        name="Passkey",
        is_synced=new.is_synced,
        created_at=NOW,
        last_used_at=None,
    )


@pytest.mark.parametrize(
    ("address", "name", "origin"),
    [
        ("http://127.0.0.1:8000", "localhost", "http://localhost:8000"),
        ("http://[::1]:8000", "localhost", "http://localhost:8000"),
        ("http://localhost:5173", "localhost", "http://localhost:5173"),
        ("https://Tasks.Example.com", "tasks.example.com", "https://tasks.example.com"),
        ("https://example.com:443/backend", "example.com", "https://example.com"),
        ("https://example.com:8443", "example.com", "https://example.com:8443"),
    ],
)
def test_the_id_and_origin_come_from_the_public_address(
    address: str, name: str, origin: str
) -> None:
    party = RelyingParty(address, "Bounded")

    assert (party.id, party.origin) == (name, origin)


def test_a_new_passkey_must_be_discoverable_and_verify_its_user(
    party: RelyingParty, authenticator: Authenticator
) -> None:
    first = passkey_from(party, authenticator.create(party.creation_options(CHALLENGE, ADA, [])))

    options = party.creation_options(CHALLENGE, ADA, [first])

    assert options["authenticatorSelection"] == {
        "residentKey": "required",
        "requireResidentKey": True,
        "userVerification": "required",
    }
    assert options["user"]["id"] == encode(ADA.id.bytes)
    assert [excluded["id"] for excluded in options["excludeCredentials"]] == [
        encode(first.credential_id)
    ]


def test_a_new_passkey_reports_its_maker_and_transports(
    party: RelyingParty, authenticator: Authenticator
) -> None:
    authenticator.maker = bytes.fromhex("ea9b8d664d011d213ce4b6b48cb575d4")
    authenticator.flags |= BACKUP_ELIGIBLE | BACKED_UP

    answer = authenticator.create(party.creation_options(CHALLENGE, ADA, []))
    new = party.verify_creation(answer, CHALLENGE)

    assert new.maker == "Google Password Manager"
    assert new.transports == ["hybrid", "internal"]
    assert new.is_synced


SLOW_RSA_KEY = {1: 3, 3: -257, -1: b"\xff" * 513, -2: b"\x01\x00\x01"}

FORGED_CREATIONS: dict[str, dict[str, Any]] = {
    "another origin": {"origin": "https://evil.example"},
    "another port": {"origin": "http://localhost:8001"},
    "the address in place of the name": {"origin": "http://127.0.0.1:8000"},
    "another relying party": {"rp_id": "evil.example"},
    "another challenge": {"challenge": encode(bytes(32))},
    "no challenge": {"challenge": ""},
    "an answer to a request": {"type": "webauthn.get"},
    "a frame of another site": {"cross_origin": True},
    "nobody is present": {"flags": USER_VERIFIED | ATTESTED},
    "nobody is verified": {"flags": USER_PRESENT | ATTESTED},
    "no key": {"flags": USER_PRESENT | USER_VERIFIED},
    "a synced key that no copy may leave": {
        "flags": USER_PRESENT | USER_VERIFIED | BACKED_UP | ATTESTED
    },
    "another id": {"id": bytes(32)},
    "another algorithm": {"cose_key": {1: 2, 3: -8, -1: 1, -2: bytes(32), -3: bytes(32)}},
    "a point beside the curve": {"cose_key": {1: 2, 3: -7, -1: 1, -2: b"\1" * 32, -3: b"\1" * 32}},
    "half a key": {"cose_key": {1: 2, 3: -7}},
    "no key but a number": {"cose_key": 7},
    "a key that is slow to use": {"cose_key": SLOW_RSA_KEY},
    "an unknown attestation": {"fmt": "made-up"},
}


@pytest.mark.parametrize("lies", FORGED_CREATIONS.values(), ids=FORGED_CREATIONS)
def test_a_forged_creation_is_refused(
    party: RelyingParty, authenticator: Authenticator, lies: dict[str, Any]
) -> None:
    options = party.creation_options(CHALLENGE, ADA, [])
    assert party.verify_creation(authenticator.create(options), CHALLENGE)

    with pytest.raises(ForgedCredentialError):
        party.verify_creation(authenticator.create(options, **lies), CHALLENGE)


GARBAGE = [
    b"",
    b"{",
    b"[]",
    b"\xff\xfe",
    b"\xa1" * 5000,  # nested deeper than a parser may follow
    b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff",  # a list of a huge declared length
    cbor2.dumps({"fmt": "none"}),
    json.dumps({"type": "webauthn.create", "challenge": 7, "origin": []}).encode(),
]


@pytest.mark.parametrize("part", ["clientDataJSON", "attestationObject"])
@pytest.mark.parametrize("garbage", GARBAGE)
def test_garbage_is_refused_without_a_fault(
    party: RelyingParty, authenticator: Authenticator, part: str, garbage: bytes
) -> None:
    answer = authenticator.create(party.creation_options(CHALLENGE, ADA, []))
    answer["response"][part] = encode(garbage)

    with pytest.raises(ForgedCredentialError):
        party.verify_creation(answer, CHALLENGE)


FORGED_ASSERTIONS: dict[str, dict[str, Any]] = {
    "another origin": {"origin": "https://evil.example"},
    "a longer origin": {"origin": "http://localhost:8000.evil.example"},
    "another relying party": {"rp_id": "evil.example"},
    "an answer to a creation": {"type": "webauthn.create"},
    "a frame of another site": {"cross_origin": True},
    "nobody is present": {"flags": USER_VERIFIED},
    "nobody is verified": {"flags": USER_PRESENT},
    "a synced key that no copy may leave": {"flags": USER_PRESENT | USER_VERIFIED | BACKED_UP},
    "another key": {"key": ec.generate_private_key(ec.SECP256R1())},
    "another user": {"user_handle": new_id().bytes},
    "what was signed says something else": {
        "sent_client_data": json.dumps(
            {"type": "webauthn.get", "challenge": encode(CHALLENGE), "origin": ORIGIN}
        ).encode()
    },
    "a counter that was not signed": {"sent_data": RP_ID_HASH + b"\x05" + b"\0\0\0\x09"},
}


@pytest.mark.parametrize("lies", FORGED_ASSERTIONS.values(), ids=FORGED_ASSERTIONS)
def test_a_forged_assertion_is_refused(
    party: RelyingParty, authenticator: Authenticator, lies: dict[str, Any]
) -> None:
    passkey = passkey_from(party, authenticator.create(party.creation_options(CHALLENGE, ADA, [])))
    options = party.request_options(CHALLENGE)
    honest = party.read_assertion(authenticator.get(options))
    assert party.verify_assertion(honest, passkey)

    forged = party.read_assertion(authenticator.get(options, **lies))
    with pytest.raises(ForgedCredentialError):
        party.verify_assertion(forged, passkey)


@pytest.mark.parametrize(
    ("stored", "signed", "verdict"),
    [
        *[(0, 0, "kept"), (0, 1, "kept"), (5, 6, "kept")],
        *[(5, 5, "copied"), (5, 4, "copied"), (5, 0, "copied")],
    ],
)
def test_a_counter_must_grow_or_stay_zero(
    party: RelyingParty, authenticator: Authenticator, stored: int, signed: int, verdict: str
) -> None:
    passkey = passkey_from(
        party, authenticator.create(party.creation_options(CHALLENGE, ADA, []), sign_count=stored)
    )
    answer = authenticator.get(party.request_options(CHALLENGE), sign_count=signed)

    use = party.verify_assertion(party.read_assertion(answer), passkey)

    assert use.sign_count == signed
    assert passkey.may_follow(use.sign_count) == (verdict == "kept")
