import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from BE.core.telemetry.fault_reports import FaultReports
from BE.core.telemetry.tracing import Tracing
from commands.cautions import cautions
from config import InvalidConfiguration, Settings, load_settings

SECRET = "0123456789abcdef0123456789abcdef"
DSN = "postgresql://app:pw@db.example.com/app"
PRODUCTION = {
    "environment": "production",
    "jwt_secret": SECRET,
    "database_url": DSN,
    "public_url": "https://app.example.com",
    "smtp_url": "smtps://mail.example.com",
    "mail_from": "hello@example.com",
}


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def production(**changes: Any) -> Settings:
    return load_settings(**PRODUCTION | changes)


def test_development_needs_no_configuration() -> None:
    settings = load_settings()

    assert settings.environment == "development"
    assert settings.database_url is None
    assert settings.web_concurrency == 1
    assert settings.cookie_secure is False
    assert settings.log_format == "console"


def test_the_development_secret_is_readable_only_by_its_owner() -> None:
    first, second = load_settings(), load_settings()

    kept = Path(".data/jwt_secret")
    assert first.jwt_secret == second.jwt_secret == kept.read_text()
    assert kept.stat().st_mode & 0o077 == 0
    assert [file.name for file in kept.parent.iterdir()] == ["jwt_secret"]


def test_a_damaged_development_secret_is_explained() -> None:
    Path(".data").mkdir()
    Path(".data/jwt_secret").write_text("\n")

    with pytest.raises(InvalidConfiguration, match="remove the file"):
        load_settings()


def test_production_has_its_own_defaults() -> None:
    settings = production()

    assert settings.web_concurrency == 4
    assert settings.cookie_secure is True
    assert settings.log_format == "json"


@pytest.mark.parametrize(("algorithm", "length"), [("HS256", 32), ("HS384", 48), ("HS512", 64)])
def test_a_secret_must_be_as_long_as_the_algorithm_requires(algorithm: str, length: int) -> None:
    fits, short = "k" * length, "k" * (length - 1)

    assert production(jwt_secret=fits, jwt_algorithm=algorithm).jwt_secret == fits
    for secret in (short, f"new:{fits},old:{short}"):
        with pytest.raises(InvalidConfiguration) as refused:
            load_settings(jwt_secret=secret, jwt_algorithm=algorithm)
        assert f"{length} bytes or more" in str(refused.value)
        assert short not in str(refused.value)


def test_the_development_secret_fits_every_algorithm() -> None:
    assert load_settings(jwt_algorithm="HS512").jwt_secret


def test_production_names_every_fault_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.setenv("JWT_SECRET", "too short a canary")
    monkeypatch.setenv("CORS_ORIGINS", '["*"]')
    monkeypatch.setenv("COOKIE_SECURE", "false")
    monkeypatch.setenv("PORT", "70000")
    monkeypatch.setenv("REQUEST_TIMEOUT_SECONDS", "soon")

    with pytest.raises(InvalidConfiguration) as refused:
        load_settings()

    message = str(refused.value)
    for name in (
        "JWT_SECRET",
        "CORS_ORIGINS",
        "COOKIE_SECURE",
        "DATABASE_URL",
        "PUBLIC_URL",
        "SMTP_URL",
        "MAIL_FROM",
        "PORT",
        "REQUEST_TIMEOUT_SECONDS",
    ):
        assert f"  {name}: " in message
    assert "canary" not in message
    assert "soon" not in message


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"jwt_secret": None}, "JWT_SECRET"),
        ({"jwt_secret": "x" * 31}, "JWT_SECRET"),
        ({"jwt_secret": "change-me-in-production-please-do-it"}, "JWT_SECRET"),
        ({"jwt_secret": f"a:{SECRET},b:short"}, "JWT_SECRET"),
        ({"database_url": None}, "DATABASE_URL"),
        ({"public_url": None}, "PUBLIC_URL"),
        ({"public_url": "https://"}, "PUBLIC_URL: must name a host"),
        ({"smtp_url": "smtps://:465"}, "SMTP_URL: must name a host"),
        ({"smtp_url": None}, "SMTP_URL"),
        ({"mail_from": None}, "MAIL_FROM"),
        ({"database_url": "mysql://db/app"}, "DATABASE_URL"),
        ({"cors_origins": ["https://a.example.com", "*"]}, "CORS_ORIGINS"),
        ({"jwt_secret": f"a:{SECRET},a:{SECRET}"}, "JWT_SECRET"),
        ({"jwt_secret": f"a:{SECRET}, b:{SECRET}"}, "JWT_SECRET"),
        ({"jwt_secret": f"a:{SECRET},"}, "JWT_SECRET"),
        ({"database_url": "postgresql://u:SECRETPW/x@h/db"}, "DATABASE_URL"),
        ({"cors_origins": "https://a.example.com"}, "CORS_ORIGINS"),
        ({"database_url": None, "db_host": "h", "db_port": "abc"}, "DB_PORT"),
        ({"refresh_idle_days": 1e300}, "REFRESH_IDLE_DAYS"),
        ({"cookie_secure": False}, "COOKIE_SECURE"),
        ({"rate_limit_enabled": False}, "RATE_LIMIT_ENABLED"),
        ({"call_private_addresses": True}, "CALL_PRIVATE_ADDRESSES"),
        ({"webhook_allow_private_addresses": True}, "WEBHOOK_ALLOW_PRIVATE_ADDRESSES"),
        ({"environment": "prod"}, "ENVIRONMENT"),
        ({"db_pool_size": 0}, "DB_POOL_SIZE"),
        ({"refresh_grace_seconds": 61}, "REFRESH_GRACE_SECONDS"),
        ({"jwt_algorithm": "none"}, "JWT_ALGORITHM"),
        ({"log_level": "chatty"}, "LOG_LEVEL"),
    ],
)
def test_production_refuses(changes: dict[str, Any], name: str) -> None:
    with pytest.raises(InvalidConfiguration, match=name):
        production(**changes)


@pytest.mark.parametrize(
    "schedule",
    [
        {"backup_cron": "61 * * * *"},
        {"backup_cron": "0 3 * *"},
        {"backup_cron": "@daily"},
        {"backup_cron": "0 3 * * *", "backup_zone": "Europe/Nowhere"},
    ],
)
def test_an_invalid_backup_schedule_is_refused(schedule: dict[str, Any]) -> None:
    with pytest.raises(InvalidConfiguration, match=r"BACKUP_CRON: .*says no times"):
        load_settings(**schedule)


def test_a_database_url_may_be_given_in_parts() -> None:
    settings = production(
        database_url=None, db_host="db", db_user="a@b/c", db_password="p:/?#@ w", db_name="app"
    )

    assert settings.database_url == "postgresql://a%40b%2Fc:p%3A%2F%3F%23%40%20w@db:5432/app"


@pytest.mark.parametrize(
    ("host", "address"),
    [("::1", "http://[::1]:8000"), ("0.0.0.0", "http://127.0.0.1:8000")],
)
def test_the_default_public_address_is_where_it_listens(host: str, address: str) -> None:
    assert load_settings(host=host).public_address == address


def test_durations_accept_fractions() -> None:
    assert load_settings(refresh_idle_days=0.001).session_idle.total_seconds() == 86.4


def test_settings_are_frozen_and_their_repr_hides_secrets() -> None:
    settings = production()

    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1  # type: ignore[misc]
    assert SECRET not in repr(settings)
    assert "pw" not in repr(settings)


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("PORT", "")

    assert load_settings().port == 8000


def test_the_environment_overrides_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text(
        'PORT=9000\nHOST=0.0.0.0\nCORS_ORIGINS=["https://a.example.com/"]\nX=1\n'
    )
    monkeypatch.setenv("PORT", "9001")

    settings = load_settings()

    assert (settings.port, settings.host) == (9001, "0.0.0.0")
    assert settings.cors_origins == ("https://a.example.com",)


PUBLISHED = {
    "issuer": "https://app.example.com",
    "audience": "https://app.example.com",
    "algorithms": ["EdDSA"],
    "jwks_url": "https://app.example.com/api/auth/jwks",
}
SHARED = {
    "issuer": "https://shared.example.com",
    "audience": "api",
    "algorithms": ["HS256"],
    "secret": "a-canary-of-a-secret-of-more-than-32-bytes",
}


class TestTrustedIssuers:
    def test_are_read_from_json(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TRUSTED_ISSUERS", json.dumps([PUBLISHED, SHARED]))

        published, shared = production().trusted_issuers

        assert published.algorithms == ("EdDSA",)
        assert published.jwks_url == "https://app.example.com/api/auth/jwks"
        assert shared.secret == SHARED["secret"]

    def test_are_frozen_and_their_repr_hides_secrets(self) -> None:
        settings = production(trusted_issuers=[SHARED])

        assert "canary" not in repr(settings)
        assert "canary" not in str(settings.trusted_issuers[0])
        with pytest.raises(ValueError, match="frozen"):
            settings.trusted_issuers[0].issuer = "another"  # type: ignore[misc]

    @pytest.mark.parametrize(
        ("change", "fault"),
        [
            ({"secret": SHARED["secret"]}, "either jwks_url or secret"),
            ({"jwks_url": None}, "either jwks_url or secret"),
            ({"issuer": None}, "TRUSTED_ISSUERS.0.ISSUER"),
            ({"audience": ""}, "TRUSTED_ISSUERS.0.AUDIENCE"),
            ({"algorithms": []}, "TRUSTED_ISSUERS.0.ALGORITHMS"),
            ({"algorithms": "EdDSA"}, "TRUSTED_ISSUERS.0.ALGORITHMS"),
            ({"algorithms": ["none"]}, "algorithms with jwks_url must be of ES256, ES384"),
            ({"algorithms": ["EdDSA", "HS256"]}, "algorithms with jwks_url"),
            ({"jwks": "https://app.example.com"}, "TRUSTED_ISSUERS.0.JWKS: Extra"),
            ({"jwks_url": "app.example.com/jwks"}, "must start with https://"),
            ({"jwks_url": "file:///etc/passwd"}, "must start with https://"),
            ({"jwks_url": "https://"}, "JWKS_URL: must name a host"),
            ({"jwks_url": "https://[::1/jwks"}, "JWKS_URL: is no URL"),
            ({"jwks_url": "https://ada:canary@app.example.com"}, "a user or a password"),
            ({"jwks_url": "http://app.example.com/jwks"}, "https:// in production"),
            ({"issuer": "bounded"}, "issuer of our own tokens"),
        ],
        ids=str,
    )
    def test_that_are_inconsistent_are_refused(self, change: dict[str, Any], fault: str) -> None:
        entry = {name: value for name, value in (PUBLISHED | change).items() if value is not None}

        with pytest.raises(InvalidConfiguration, match=re.escape(fault)) as refused:
            production(trusted_issuers=[entry])
        assert "canary" not in str(refused.value)

    @pytest.mark.parametrize(
        ("change", "fault"),
        [
            ({"algorithms": ["EdDSA"]}, "algorithms with secret must be of HS256"),
            ({"secret": "x" * 31}, "32 bytes or more"),
            ({"algorithms": ["HS256", "HS512"]}, "64 bytes or more"),
            ({"secret": "change-me-please-it-is-not-a-secret"}, "placeholder"),
            ({"secret": SECRET}, "must not be JWT_SECRET"),
        ],
        ids=str,
    )
    def test_with_a_weak_secret_are_refused(self, change: dict[str, Any], fault: str) -> None:
        with pytest.raises(InvalidConfiguration, match=fault) as refused:
            production(trusted_issuers=[SHARED | change])
        assert "canary" not in str(refused.value)

    def test_must_be_unique(self) -> None:
        with pytest.raises(InvalidConfiguration, match="names an issuer twice"):
            production(trusted_issuers=[SHARED, SHARED | {"audience": "another"}])

    @pytest.mark.parametrize("text", ["https://app.example.com", "{", "7", '"x"', "{}"])
    def test_must_be_a_list(self, text: str) -> None:
        with pytest.raises(InvalidConfiguration, match="TRUSTED_ISSUERS"):
            production(trusted_issuers=text)

    def test_may_publish_without_https_inside_a_private_network(self) -> None:
        nearby = PUBLISHED | {"jwks_url": "http://127.0.0.1:3000/api/auth/jwks"}
        inside = PUBLISHED | {"jwks_url": "http://front-end:3000/api/auth/jwks"}

        assert production(trusted_issuers=[nearby]).trusted_issuers
        assert load_settings(trusted_issuers=[inside]).trusted_issuers


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"first_admin_email": "root@example.com"}, "FIRST_ADMIN_PASSWORD: must be set together"),
        ({"first_admin_password": "a horse of my own"}, "must be set together"),
        ({"first_admin_email": "root", "first_admin_password": "x"}, "FIRST_ADMIN_EMAIL: "),
        (
            {"first_admin_email": "root@example.com", "first_admin_password": "short"},
            "FIRST_ADMIN_PASSWORD: must have 12 to 256 characters",
        ),
        (
            {"first_admin_email": "root@example.com", "first_admin_password": "password1234"},
            "FIRST_ADMIN_PASSWORD: ",
        ),
    ],
)
def test_a_first_admin_needs_an_email_and_a_strong_password(
    changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidConfiguration, match=message) as refused:
        load_settings(**changes)

    assert "horse" not in str(refused.value)


def test_repr_hides_the_password_of_the_first_admin() -> None:
    password = "a horse of my own"
    settings = load_settings(first_admin_email="r@example.com", first_admin_password=password)

    assert password not in repr(settings)


def test_a_collector_without_its_exporter_causes_a_caution(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = production(otel_exporter_otlp_endpoint="http://collector:4318")
    sentence = (
        "OTEL_EXPORTER_OTLP_ENDPOINT is set, but nothing is traced: run"
        " pip install -r requirements-otel.txt."
    )
    assert sentence not in cautions(settings)

    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)

    assert sentence in cautions(settings)
    assert Tracing.to(settings.otel_exporter_otlp_endpoint).tracer is None


def test_sentry_without_its_sdk_causes_a_caution(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = production(sentry_dsn="https://public@sentry.example.com/1")
    sentence = "SENTRY_DSN is set, but no error is reported: run pip install -r"
    assert sentence not in str(cautions(settings))

    monkeypatch.setitem(sys.modules, "sentry_sdk", None)

    assert sentence in str(cautions(settings))
    FaultReports.to(settings.sentry_dsn, environment="test", release="1").report(ValueError(), {})


def test_a_configured_but_missing_front_end_causes_a_caution(tmp_path: Path) -> None:
    named = load_settings(front_end_dir=tmp_path)
    sentence = f"FRONT_END_DIR has no index.html ({tmp_path}): the API is served alone."
    assert sentence in cautions(named)

    (tmp_path / "index.html").touch()

    assert sentence not in cautions(named)
