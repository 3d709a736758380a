"""Forged access tokens, each named after what is wrong with it."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from BE.core.security.keys import Key

_DIGESTS = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}
_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_EC = ec.generate_private_key(ec.SECP256R1())
_ED = ed25519.Ed25519PrivateKey.generate()
_PEM = _RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
_FORGERS_SECRET = b"a secret of the forger's own, long enough"
_JWK = {"kty": "oct", "k": base64.urlsafe_b64encode(_FORGERS_SECRET).decode(), "alg": "HS256"}
_ABSENT: Any = object()


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _json(value: Any) -> str:
    return _encode(json.dumps(value).encode())


@dataclass(frozen=True)
class Forger:
    """An attacker with a genuine token of ``key``, and in some cases the keys themselves."""

    genuine: str
    key: Key
    another: Key
    """Another key of the same ring."""
    retired: Key
    """A key that is no longer in the ring."""
    refresh_token: str

    @cached_property
    def claims(self) -> dict[str, Any]:
        payload = self.genuine.split(".")[1]
        claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=="))
        return claims

    @property
    def parts(self) -> list[str]:
        return self.genuine.split(".")

    def token(
        self,
        header: dict[str, Any] | None = None,
        *,
        secret: bytes | None = None,
        claims: Any = None,
        sign: Callable[[bytes], bytes] | None = None,
        **changes: Any,
    ) -> str:
        """A genuine token with these changes; ``_ABSENT`` leaves a claim or field out."""
        header = {"alg": "HS256", "typ": "at+jwt", "kid": self.key.kid} | (header or {})
        body = claims if claims is not None else self.claims | changes
        text = ".".join(_json(_present(part)) for part in (header, body))
        digest = _DIGESTS.get(str(header["alg"]), "sha256")
        key = self.key.secret if secret is None else secret
        signed = sign(text.encode()) if sign else hmac.digest(key, text.encode(), digest)
        return f"{text}.{_encode(signed)}"

    def unsigned(self, algorithm: str) -> str:
        return self.token({"alg": algorithm}, sign=lambda _: b"")


def _present(fields: Any) -> Any:
    if not isinstance(fields, dict):
        return fields
    return {name: value for name, value in fields.items() if value is not _ABSENT}


def _without(claim: str) -> Callable[[Forger], str]:
    return lambda by: by.token(**{claim: _ABSENT})


def _with(claim: str, value: Any) -> Callable[[Forger], str]:
    return lambda by: by.token(**{claim: value})


def _headed(**header: Any) -> Callable[[Forger], str]:
    return lambda by: by.token(header)


def _headed_by_forger(**header: Any) -> Callable[[Forger], str]:
    return lambda by: by.token(header, secret=_FORGERS_SECRET)


def _flipped(text: str, at: int) -> str:
    """The text with another character at ``at``."""
    return text[:at] + ("A" if text[at] != "A" else "B") + text[at:][1:]


def _respelled(text: str) -> str:
    """Another text that lenient Base64 decodes to the same bytes: the last bits are ignored."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text[:-1] + alphabet[alphabet.index(text[-1]) ^ 1]


def _other_payload(by: Forger) -> str:
    head, _, signature = by.parts
    return ".".join((head, _json(by.claims | {"role": "admin"}), signature))


def _other_header(by: Forger) -> str:
    header = {"alg": "HS256", "kid": by.key.kid, "typ": "at+jwt"}
    return ".".join((_json(header), *by.parts[1:]))


def _in_parts(change: Callable[[list[str]], list[str]]) -> Callable[[Forger], str]:
    return lambda by: ".".join(change(by.parts))


def _flattened(by: Forger) -> str:
    head, payload, signature = by.parts
    return json.dumps({"protected": head, "payload": payload, "signature": signature})


def _mailed(header: dict[str, Any] | None = None) -> Callable[[Forger], str]:
    """Better Auth signs the links that it mails with its secret, which may be ours."""

    def forge(by: Forger) -> str:
        now = int(time.time())
        claims = {"email": "ada@example.com", "iat": now, "exp": now + 3600}
        return by.token(
            {"typ": _ABSENT, "kid": _ABSENT} if header is None else header, claims=claims
        )

    return forge


def _session_cookie(by: Forger) -> str:
    """A cookie as Better Auth's cookie cache signs it with its secret."""
    now = int(time.time())
    claims = {
        "session": {"userId": by.claims["sub"]},
        "user": {"id": by.claims["sub"], "email": "ada@example.com"},
        "updatedAt": now * 1000,
        "version": "1",
        "iat": now,
        "exp": now + 300,
    }
    return by.token({"typ": "JWT"}, claims=claims)


def _soon() -> int:
    return int(time.time()) + 3600


FORGERIES: dict[str, Callable[[Forger], str]] = {
    # the algorithm, which the server chooses
    "alg none": lambda by: by.unsigned("none"),
    "alg None": lambda by: by.unsigned("None"),
    "alg NONE": lambda by: by.unsigned("NONE"),
    "alg nOnE": lambda by: by.unsigned("nOnE"),
    "alg none, signed": _headed(alg="none"),
    "alg empty": _headed(alg=""),
    "alg absent": _headed(alg=_ABSENT),
    "alg hs256": _headed(alg="hs256"),
    "alg a list": _headed(alg=["HS256"]),
    "alg HS384": _headed(alg="HS384"),
    "alg HS512": _headed(alg="HS512"),
    "alg RS256, the forger's key": lambda by: by.token(
        {"alg": "RS256"}, sign=lambda text: _RSA.sign(text, padding.PKCS1v15(), SHA256())
    ),
    "alg ES256, the forger's key": lambda by: by.token(
        {"alg": "ES256"}, sign=lambda text: _EC.sign(text, ec.ECDSA(SHA256()))
    ),
    "alg EdDSA, the forger's key": lambda by: by.token({"alg": "EdDSA"}, sign=_ED.sign),
    "alg HS256, a public key as the secret": lambda by: by.token(secret=_PEM),
    # the key
    "the forger's secret": lambda by: by.token(secret=_FORGERS_SECRET),
    "an empty secret": lambda by: by.token(secret=b""),
    "the kid as the secret": lambda by: by.token(secret=by.key.kid.encode()),
    "the digest of the secret": lambda by: by.token(secret=hashlib.sha256(by.key.secret).digest()),
    "kid of another key": lambda by: by.token({"kid": by.another.kid}),
    "kid unknown": _headed(kid="unknown"),
    "kid empty": _headed(kid=""),
    "kid absent": _headed(kid=_ABSENT),
    "kid null": _headed(kid=None),
    "kid a number": _headed(kid=1),
    "kid a list": lambda by: by.token({"kid": [by.key.kid]}),
    "kid an object": lambda by: by.token({"kid": {"kid": by.key.kid}}),
    "kid a path": lambda by: by.token({"kid": "../../../../dev/null"}, secret=b""),
    "kid SQL": lambda by: by.token({"kid": "x' UNION SELECT 'a"}, secret=b"a"),
    "kid with a NUL": lambda by: by.token({"kid": f"{by.key.kid}\x00"}),
    "a retired key": lambda by: by.token({"kid": by.retired.kid}, secret=by.retired.secret),
    "a retired key under the kid in force": lambda by: by.token(secret=by.retired.secret),
    # keys that the token supplies
    "jwk of the forger": _headed_by_forger(jwk=_JWK),
    "jwk of the forger, no kid": _headed_by_forger(jwk=_JWK, kid=_ABSENT),
    "jku of the forger": _headed_by_forger(jku="https://forger.example/jwks.json"),
    "x5u of the forger": _headed_by_forger(x5u="https://forger.example/key.pem"),
    "x5c of the forger": _headed_by_forger(x5c=[_encode(_PEM)]),
    # the kind of token
    "typ absent": _headed(typ=_ABSENT),
    "typ null": _headed(typ=None),
    "typ JWT": _headed(typ="JWT"),
    "typ in another case": _headed(typ="AT+JWT"),
    "typ as a media type": _headed(typ="application/at+jwt"),
    "typ of another kind": _headed(typ="logout+jwt"),
    "typ a list": _headed(typ=["at+jwt"]),
    "crit unknown": _headed(crit=["unknown"]),
    "crit empty": _headed(crit=[]),
    "crit no list": _headed(crit="exp"),
    "b64 false": _headed(b64=False),
    "b64 false and critical": _headed(b64=False, crit=["b64"]),
    # the claims
    **{
        f"{claim} absent": _without(claim)
        for claim in ("iss", "aud", "sub", "sid", "role", "jti", "iat", "nbf", "exp")
    },
    **{
        f"{claim} null": _with(claim, None)
        for claim in ("iss", "aud", "sub", "sid", "role", "jti", "iat", "nbf", "exp")
    },
    "iss of another": _with("iss", "https://forger.example"),
    "iss empty": _with("iss", ""),
    "iss a list": lambda by: by.token(iss=[by.claims["iss"]]),
    "aud of another": _with("aud", "another"),
    "aud empty": _with("aud", ""),
    "aud a list": lambda by: by.token(aud=[by.claims["aud"]]),
    "aud one of several": lambda by: by.token(aud=[by.claims["aud"], "another"]),
    "aud an object": lambda by: by.token(aud={by.claims["aud"]: True}),
    "sub a number": _with("sub", 1),
    "sub no uuid": _with("sub", "ada@example.com"),
    "sub empty": _with("sub", ""),
    "sub a list": lambda by: by.token(sub=[by.claims["sub"]]),
    "sid a number": _with("sid", 1),
    "sid no uuid": _with("sid", "' OR 1=1 --"),
    "sid a list": lambda by: by.token(sid=[by.claims["sid"]]),
    "role unknown": _with("role", "root"),
    "role a list": _with("role", ["user", "admin"]),
    "role a number": _with("role", 1),
    "jti a number": _with("jti", 1),
    "exp text": lambda by: by.token(exp=str(_soon())),
    "iat true": lambda by: by.token(iat=True),
    "exp a list": lambda by: by.token(exp=[_soon()]),
    "exp later than we give": lambda by: by.token(exp=_soon()),
    "exp never": _with("exp", 1e300),
    "exp infinite": _with("exp", float("inf")),
    "exp not a number": _with("exp", float("nan")),
    "nbf in the future": lambda by: by.token(nbf=int(time.time()) + 600),
    "nbf text": lambda by: by.token(nbf=str(by.claims["nbf"])),
    "nbf infinite": _with("nbf", float("inf")),
    "iat in the future": lambda by: by.token(iat=int(time.time()) + 600),
    "iat text": lambda by: by.token(iat=str(by.claims["iat"])),
    "iat long before exp": _with("iat", 0),
    "claims a list": lambda by: by.token(claims=[by.claims]),
    "claims text": lambda by: by.token(claims="sub"),
    "claims empty": lambda by: by.token(claims={}),
    # the signature
    "signature stripped": _in_parts(lambda parts: [*parts[:2], ""]),
    "signature and its dot stripped": _in_parts(lambda parts: parts[:2]),
    "signature truncated": _in_parts(lambda parts: [*parts[:2], parts[2][:-4]]),
    "signature longer": _in_parts(lambda parts: [*parts[:2], parts[2] + "AAAA"]),
    "signature twice": _in_parts(lambda parts: [*parts[:2], parts[2] * 2]),
    "signature with a flipped bit, first": _in_parts(
        lambda parts: [*parts[:2], _flipped(parts[2], 0)]
    ),
    "signature with a flipped bit, middle": _in_parts(
        lambda parts: [*parts[:2], _flipped(parts[2], 20)]
    ),
    "signature of another token": lambda by: ".".join(
        (*by.parts[:2], by.token(jti="another").split(".")[2])
    ),
    "payload swapped": _other_payload,
    "header rewritten": _other_header,
    # one token, one spelling
    "signature padded": lambda by: f"{by.genuine}=",
    "signature respelled": _in_parts(lambda parts: [*parts[:2], _respelled(parts[2])]),
    "header padded": _in_parts(lambda parts: [f"{parts[0]}=", *parts[1:]]),
    "space inside": _in_parts(lambda parts: [parts[0], f"{parts[1]} ", parts[2]]),
    "tab inside": _in_parts(lambda parts: [parts[0], f"\t{parts[1]}", parts[2]]),
    "another token behind": lambda by: f"{by.genuine} {by.genuine}",
    "a comma behind": lambda by: f"{by.genuine},",
    "quoted": lambda by: f'"{by.genuine}"',
    "upper case": lambda by: by.genuine.upper(),
    "percent-encoded": lambda by: by.genuine.replace(".", "%2E"),
    "non-ASCII inside": _in_parts(lambda parts: [parts[0], f"{parts[1]}\u00e9", parts[2]]),
    "full-width dots": lambda by: by.genuine.replace(".", "\uff0e"),
    # the shape
    "empty segments": lambda _: "..",
    "no token": lambda _: "a.b.c",
    "one word": lambda _: "token",
    "non-ASCII": lambda _: "\u00e9.\u00e9.\u00e9",
    "an empty segment in front": lambda by: f".{by.genuine}",
    "an extra segment": lambda by: f"{by.genuine}.{by.parts[2]}",
    "five segments, as a JWE": lambda by: ".".join(
        (_json({"alg": "dir", "enc": "A256GCM", "kid": by.key.kid}), "", "AAAA", "AAAA", "AAAA")
    ),
    "JSON serialisation": _flattened,
    "header no JSON": _in_parts(lambda parts: [_encode(b"{"), *parts[1:]]),
    "header a list": _in_parts(lambda parts: [_json([]), *parts[1:]]),
    "header nested deep": _in_parts(lambda parts: [_encode(b"[" * 5000), *parts[1:]]),
    "header not UTF-8": _in_parts(lambda parts: [_encode(b"\xff\xfe"), *parts[1:]]),
    "overlong": lambda by: by.token(padding="x" * 10_000),
    # another token of the same secret
    "a refresh token": lambda by: by.refresh_token,
    "a mailed link of Better Auth": _mailed(),
    "a mailed link of Better Auth, dressed as ours": _mailed({}),
    "a session cookie of Better Auth": _session_cookie,
}
