import os
import secrets
from pathlib import Path


def kept_secret(directory: Path) -> str:
    """The secret of ``directory``, created by the first process. Raises ``OSError``."""
    directory.mkdir(parents=True, exist_ok=True)
    kept = directory / "jwt_secret"
    draft = directory / f".jwt_secret.{os.getpid()}"
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_urlsafe(48))
    try:
        os.link(draft, kept)  # atomic, also when two processes start at once
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return kept.read_text()
