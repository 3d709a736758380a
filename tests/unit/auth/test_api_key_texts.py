"""API keys, their checksums, and the refusals that cost no query."""

import re
import string
from datetime import timedelta

import pytest

from BE.core.exceptions import RateLimitedError
from BE.core.security.sessions import InvalidApiKey
from BE.core.types import new_id
from BE.modules.auth.exceptions import ApiKeyExpired
from BE.modules.auth.models import ApiKeyText, UsedApiKey
from BE.modules.auth.service import ApiKeyExchange
from BE.modules.auth.service.throttle import Throttle
from tests.support.auth.fakes import FakeAuthRepository
from tests.support.auth.world import World

ALPHABET = string.ascii_letters + string.digits


class CountingRepository(FakeAuthRepository):
    """Counts how often a key is looked up."""

    def __init__(self, world: World) -> None:
        super().__init__(world.clock)
        self.lookups = 0

    async def use_api_key(self, digest: bytes) -> UsedApiKey | None:
        self.lookups += 1
        return await super().use_api_key(digest)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def repository(world: World) -> CountingRepository:
    return CountingRepository(world)


@pytest.fixture
def exchange(world: World, repository: CountingRepository) -> ApiKeyExchange:
    throttle = Throttle(repository, enabled=True, clock=world.clock.seconds)
    return ApiKeyExchange(repository, throttle, world.clock.seconds)


def test_a_key_has_the_form_that_secret_scanners_look_for() -> None:
    keys = {ApiKeyText.new().text for _ in range(100)}

    assert len(keys) == 100
    assert all(re.fullmatch("bnd_[0-9A-Za-z]{38}", key) for key in keys)
    assert all(ApiKeyText.read(key) == ApiKeyText(key) for key in keys)


def test_the_checksum_of_a_given_key_is_fixed() -> None:
    beginning = "bnd_" + "0" * 32

    assert ApiKeyText.read(beginning + "44rUjv") is not None


def test_any_single_typo_is_detected() -> None:
    text = ApiKeyText.new().text

    for place in range(len(text)):
        for character in ALPHABET:
            typo = text[:place] + character + text[place + 1 :]
            assert typo == text or ApiKeyText.read(typo) is None, typo


def test_swapped_characters_are_detected() -> None:
    text = ApiKeyText.new().text

    for place in range(len(text) - 1):
        swapped = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
        assert swapped == text or ApiKeyText.read(swapped) is None


@pytest.mark.parametrize("spoilt", ["", "bnd_", "{}x", "{}\n", " {}", "BND_{}", "{}{}"])
def test_an_inexact_key_is_refused(spoilt: str) -> None:
    text = ApiKeyText.new().text

    assert ApiKeyText.read(spoilt.replace("{}", text)) is None


def test_repr_hides_the_key() -> None:
    key = ApiKeyText.new()

    assert key.text not in repr(key)
    assert key.starts_with == key.text[:8]


async def test_a_typo_costs_no_query(
    exchange: ApiKeyExchange, repository: CountingRepository
) -> None:
    text = ApiKeyText.new().text
    typo = text[:10] + ("a" if text[10] != "a" else "b") + text[11:]

    with pytest.raises(InvalidApiKey):
        await exchange.exchange(typo)

    assert repository.lookups == 0


async def test_an_unknown_key_is_looked_up_once_a_minute(
    world: World, exchange: ApiKeyExchange, repository: CountingRepository
) -> None:
    text = ApiKeyText.new().text
    for _ in range(3):
        with pytest.raises(InvalidApiKey):
            await exchange.exchange(text)
    looked_up = repository.lookups

    world.clock.now += timedelta(seconds=61)
    with pytest.raises(InvalidApiKey):
        await exchange.exchange(text)

    assert (looked_up, repository.lookups) == (1, 2)


async def test_an_address_that_guesses_keys_is_refused_without_queries(
    exchange: ApiKeyExchange, repository: CountingRepository
) -> None:
    for _ in range(100):
        with pytest.raises(InvalidApiKey):
            await exchange.exchange(ApiKeyText.new().text)
    refused = 0
    for _ in range(10):
        with pytest.raises((InvalidApiKey, RateLimitedError)) as caught:
            await exchange.exchange(ApiKeyText.new().text)
        refused += isinstance(caught.value, RateLimitedError)

    assert refused == 10
    assert repository.lookups <= 101


async def test_the_memory_of_refusals_is_bounded(
    exchange: ApiKeyExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("BE.modules.auth.service.api_key_exchange._REFUSED_AT_MOST", 3)
    for _ in range(10):
        with pytest.raises(InvalidApiKey):
            await exchange.exchange(ApiKeyText.new().text)

    assert len(exchange._refused) == 3


async def test_a_principal_has_the_key_s_scopes_and_its_owner_s_role(
    world: World, exchange: ApiKeyExchange, repository: CountingRepository
) -> None:
    text, key_id = ApiKeyText.new(), new_id()
    account = (await world.sign_up()).account
    repository.accounts[account.id] = account
    expires_at = world.clock.now + timedelta(days=1)
    await repository.add_api_key(
        key_id,
        account.id,
        text,
        name="a",
        scopes=["tasks:read"],
        expires_at=expires_at,
        most=1,
    )
    world.clock.now += timedelta(minutes=20)

    exchanged = await exchange.exchange(text.text)
    world.clock.now += timedelta(days=1)
    with pytest.raises(ApiKeyExpired):
        await exchange.exchange(text.text)

    principal = exchanged.principal
    assert (principal.user_id, principal.session_id) == (account.id, key_id)
    assert principal.role == "user"
    assert principal.scopes == frozenset({"tasks:read"})
    assert exchanged.expires_at == expires_at.timestamp()
    assert exchanged.again_at == expires_at.timestamp() - 23 * 3600
