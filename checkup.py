"""What ``manage.py doctor`` looks at."""

from functools import partial
from pathlib import Path

from BE.core import doctor
from config import Settings
from container import Container


def examinations(settings: Settings) -> dict[str, doctor.Examination]:
    """What ``manage.py doctor`` looks at."""
    container, dsn = Container(settings=settings), settings.database_url or ""

    async def configuration() -> str:
        if settings.cautions:
            raise doctor.Caution(" ".join(settings.cautions))
        return f"It is one for {settings.environment}."

    async def migrations() -> str:
        await container.schema().require_current()
        return "The database has the schema of this version."

    async def mail() -> str:
        if settings.mail_leaves_by == "files":
            return f"It becomes files in {settings.mail_dir}."
        await container.mailer().check()
        return "The SMTP server lets us in."

    async def redis() -> str:
        async with container.cache().open():
            found = await container.cache().check()
        if found["status"] != "healthy":
            raise ConnectionError("REDIS_URL does not answer: each process counts for itself.")
        return f"Limits and cache are kept in {found['backend']}."

    return {
        "configuration": configuration,
        "secrets": partial(doctor.secret_files, Path(".env"), settings.data_dir / "jwt_secret"),
        "database": partial(doctor.server, dsn),
        "rights": partial(doctor.rights, dsn),
        "connections": partial(
            doctor.room,
            dsn,
            processes=settings.web_concurrency or 1,
            pool=settings.db_pool_size + settings.db_max_overflow,
        ),
        "clock": partial(doctor.clock, dsn),
        "migrations": migrations,
        "mail": mail,
        "redis": redis,
        "proxy": partial(
            doctor.proxy,
            settings.public_url,
            port=settings.port,
            hops=settings.trusted_proxy_hops,
        ),
    }
