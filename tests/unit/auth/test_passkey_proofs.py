"""Whose passkey may answer which challenge."""

import pytest

from BE.modules.auth.exceptions import PasskeyRefused
from BE.modules.auth.models import SignIn
from tests.support.auth.authenticator import Authenticator
from tests.support.auth.world import DEVICE, PASSWORD, World


@pytest.fixture
def world() -> World:
    return World()


async def sign_up(world: World, name: str) -> tuple[SignIn, Authenticator]:
    """Somebody with a passkey."""
    person = await world.auth.register(
        email=f"{name}@example.com",
        password=PASSWORD,
        full_name="Somebody Else",
        username=None,
        device=DEVICE,
    )
    phone = Authenticator()
    options = await world.passkeys.creation_options(person.account.id)
    await world.passkeys.add(person.account.id, phone.create(options), None)
    return person, phone


async def test_what_one_account_is_asked_its_own_passkey_answers(world: World) -> None:
    ada, phone = await sign_up(world, "ada")

    options = await world.passkey_proofs.request_options(ada.account.id)
    account = await world.passkey_proofs.prove(phone.get(options), expected=ada.account.id)

    assert len(options["allowCredentials"]) == 1
    assert account == ada.account


async def test_an_authenticator_that_was_told_the_passkey_need_not_say_whose_it_is(
    world: World,
) -> None:
    ada, phone = await sign_up(world, "ada")
    answer = phone.get(await world.passkey_proofs.request_options(ada.account.id))
    answer["response"]["userHandle"] = None

    assert await world.passkey_proofs.prove(answer) == ada.account


async def test_what_one_account_is_asked_no_other_answers(world: World) -> None:
    ada, _ = await sign_up(world, "ada")
    _, strange = await sign_up(world, "bob")
    options = await world.passkey_proofs.request_options(ada.account.id)

    with pytest.raises(PasskeyRefused):
        await world.passkey_proofs.prove(strange.get(options))


async def test_a_passkey_of_another_account_than_the_expected_proves_nothing(world: World) -> None:
    ada, _ = await sign_up(world, "ada")
    _, strange = await sign_up(world, "bob")
    options = await world.passkey_proofs.request_options()

    with pytest.raises(PasskeyRefused):
        await world.passkey_proofs.prove(strange.get(options), expected=ada.account.id)
