"""Which passkey may answer which challenge."""

import pytest

from BE.modules.auth.exceptions import PasskeyRefused
from BE.modules.auth.models import SignIn
from tests.support.auth.authenticator import Authenticator
from tests.support.auth.world import DEVICE, PASSWORD, World


@pytest.fixture
def world() -> World:
    return World()


async def sign_up(world: World, name: str) -> tuple[SignIn, Authenticator]:
    """Sign up a user, and add a passkey."""
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


async def test_a_challenge_is_answered_by_the_passkey_of_its_account(world: World) -> None:
    ada, phone = await sign_up(world, "ada")

    options = await world.passkey_proofs.request_options(ada.account.id)
    account = await world.passkey_proofs.prove(phone.get(options), expected=ada.account.id)

    assert len(options["allowCredentials"]) == 1
    assert account == ada.account


async def test_an_answer_to_listed_passkeys_needs_no_user_handle(
    world: World,
) -> None:
    ada, phone = await sign_up(world, "ada")
    answer = phone.get(await world.passkey_proofs.request_options(ada.account.id))
    answer["response"]["userHandle"] = None

    assert await world.passkey_proofs.prove(answer) == ada.account


async def test_a_passkey_of_another_account_is_refused(world: World) -> None:
    ada, _ = await sign_up(world, "ada")
    _, other_phone = await sign_up(world, "bob")
    options = await world.passkey_proofs.request_options(ada.account.id)

    with pytest.raises(PasskeyRefused):
        await world.passkey_proofs.prove(other_phone.get(options))


async def test_a_passkey_of_an_unexpected_account_is_refused(world: World) -> None:
    ada, _ = await sign_up(world, "ada")
    _, other_phone = await sign_up(world, "bob")
    options = await world.passkey_proofs.request_options()

    with pytest.raises(PasskeyRefused):
        await world.passkey_proofs.prove(other_phone.get(options), expected=ada.account.id)
