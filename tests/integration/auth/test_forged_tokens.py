"""A forged token is answered with 401, never 5xx, on every route."""

from BE.core.security.keys import KeyRing
from tests.support.application import AppFactory
from tests.support.client import client_of, sign_up
from tests.support.forged_tokens import FORGERIES, Forger

RING = ",".join(f"{kid}:{kid[0] * 32}" for kid in ("new", "old"))
RETIRED = "retired:" + "r" * 32


async def test_forged_tokens_are_refused_over_http(build_app: AppFactory) -> None:
    key, another, retired = KeyRing.parse(f"{RING},{RETIRED}")
    async with build_app(jwt_secret=RING) as app, client_of(app) as client:
        ada = await sign_up(client)
        forger = Forger(ada.token, key, another, retired, client.cookies["__Host-refresh_token"])

        async def status(token: str) -> int:
            header = f"Bearer {token}".encode()
            answer = await client.get("/api/v1/users/me", headers=[(b"authorization", header)])
            if answer.status_code == 401:
                assert answer.headers["www-authenticate"] == "Bearer"
            return answer.status_code

        answers = {name: await status(forge(forger)) for name, forge in FORGERIES.items()}
        genuine = [await status(token) for token in (forger.genuine, forger.token())]

    assert answers == dict.fromkeys(FORGERIES, 401)
    assert genuine == [200, 200]
