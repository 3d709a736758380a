"""A role that may not create extensions gets the statements for an administrator."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import pytest

from migrations.extensions import EXTENSIONS, AdministratorNeeded
from migrations.revisions import VERSIONS
from migrations.runner import Schema
from tests.support.postgres import execute

PASSWORD = "a-password-of-a-role"
NO_EXTENSIONS = """
    CREATE FUNCTION public.no_extensions() RETURNS event_trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
            RAISE EXCEPTION 'extensions are not for you' USING ERRCODE = 'insufficient_privilege';
        END IF;
    END $$;
    CREATE EVENT TRIGGER no_extensions ON ddl_command_start WHEN TAG IN ('CREATE EXTENSION')
    EXECUTE FUNCTION public.no_extensions()
"""


@pytest.fixture
async def role(empty_dsn: str) -> AsyncIterator[str]:
    name = f"Role {uuid4().hex[:8]}"
    await execute(empty_dsn, f"CREATE ROLE \"{name}\" LOGIN PASSWORD '{PASSWORD}'")
    yield name
    await execute(empty_dsn, f'DROP OWNED BY "{name}" CASCADE; DROP ROLE "{name}"')


@pytest.fixture
def role_dsn(empty_dsn: str, role: str) -> str:
    parts = urlsplit(empty_dsn)
    server = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role.replace(' ', '%20')}:{PASSWORD}@{server}"))


async def test_a_role_without_rights_gets_the_statements_to_run(
    empty_dsn: str, role_dsn: str
) -> None:
    with pytest.raises(AdministratorNeeded) as refused:
        await Schema(role_dsn).migrate()
    sentence = str(refused.value)
    with pytest.raises(AdministratorNeeded):
        await Schema(role_dsn).require_extensions()

    assert "\n" not in sentence
    assert all(f"CREATE EXTENSION IF NOT EXISTS {name};" in sentence for name in EXTENSIONS)
    await execute(empty_dsn, statements(sentence))
    await Schema(role_dsn).require_extensions()
    await Schema(role_dsn).migrate()
    await Schema(role_dsn).require_current()


async def test_a_role_without_extension_rights_gets_only_those_statements(
    empty_dsn: str, role: str, role_dsn: str
) -> None:
    await execute(
        empty_dsn,
        f"""
        DO $$ BEGIN EXECUTE format(
            'GRANT CREATE ON DATABASE %I TO "{role}"', current_database()
        ); END $$;
        GRANT CREATE ON SCHEMA public TO "{role}"; {NO_EXTENSIONS}
        """,
    )

    with pytest.raises(AdministratorNeeded, match="extensions are not for you") as refused:
        await Schema(role_dsn).migrate()

    assert "GRANT" not in str(refused.value)
    await execute(empty_dsn, statements(str(refused.value)))
    await Schema(role_dsn).migrate()
    await Schema(role_dsn).migrate("base")


async def test_a_role_with_rights_needs_no_administrator(empty_dsn: str) -> None:
    await Schema(empty_dsn).require_extensions()


def test_no_revision_creates_an_extension() -> None:
    """EXTENSIONS lists them, so that one error can name all missing ones."""
    files = [file.name for file in VERSIONS.glob("0*.py") if "EXTENSION" in file.read_text()]

    assert files == []


def statements(sentence: str) -> str:
    return sentence.partition("run in that database ")[2]
