from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from armillary.domain.errors import InvalidRequest
from armillary.server.settings import Settings, read

EVERY = {
    "ARMILLARY_DATA": "/srv/armillary",
    "ARMILLARY_DATABASE_URL": "postgresql://someone:hunter2@db.example:5432/models",
    "ARMILLARY_HOST": "0.0.0.0",  # noqa: S104  a value, nobody listens
    "ARMILLARY_PORT": "80",
    "ARMILLARY_ADMIN_KEY": "an-admin-key-0123456789",
    "ARMILLARY_SECRETS_KEY": "ab" * 32,
    "ARMILLARY_PUBLIC_URL": "https://models.example.org",
    "ARMILLARY_ALLOW_PRIVATE_PROVIDERS": "1",
    "ARMILLARY_WORKERS": "4",
    "ARMILLARY_UPLOADS_KEPT": "48",
    "ARMILLARY_OPEN_DOWNLOADS": "1",
    "ARMILLARY_LOG_LEVEL": "debug",
}


def test_without_an_environment_every_member_has_its_default() -> None:
    assert read({}) == Settings()


def test_an_empty_variable_is_as_good_as_none() -> None:
    assert read(dict.fromkeys(EVERY, "")) == Settings()


def test_every_member_has_a_variable() -> None:
    given, default = read(EVERY), Settings()
    assert not [each.name for each in fields(Settings) if getattr(given, each.name) == getattr(default, each.name)]


def test_another_process_reads_the_same_settings_from_what_this_one_leaves() -> None:
    settings = read(EVERY)
    assert settings.environment() == EVERY
    assert read(settings.environment()) == settings


def test_an_option_wins_over_the_environment_and_none_is_no_option() -> None:
    settings = read(EVERY, port=9000, host=None)
    assert (settings.port, settings.host) == (9000, EVERY["ARMILLARY_HOST"])


def test_no_secret_shows_where_settings_are_printed() -> None:
    settings = read(EVERY)
    assert EVERY["ARMILLARY_ADMIN_KEY"] not in repr(settings)
    assert EVERY["ARMILLARY_SECRETS_KEY"] not in repr(settings)
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ARMILLARY_PORT", "0"),
        ("ARMILLARY_PORT", "65536"),
        ("ARMILLARY_PORT", "-1"),
        ("ARMILLARY_PORT", "80.0"),
        ("ARMILLARY_PORT", "٨٠"),
        ("ARMILLARY_PORT", "9" * 5000),
        ("ARMILLARY_WORKERS", "0"),
        ("ARMILLARY_WORKERS", "65"),
        ("ARMILLARY_WORKERS", "two"),
        ("ARMILLARY_ALLOW_PRIVATE_PROVIDERS", "perhaps"),
        ("ARMILLARY_UPLOADS_KEPT", "0"),
        ("ARMILLARY_UPLOADS_KEPT", "24h"),
        ("ARMILLARY_UPLOADS_KEPT", "8761"),
        ("ARMILLARY_OPEN_DOWNLOADS", "maybe"),
        ("ARMILLARY_LOG_LEVEL", "loud"),
        ("ARMILLARY_PUBLIC_URL", "registry.internal"),
        ("ARMILLARY_PUBLIC_URL", "ftp://models.example.org"),
        ("ARMILLARY_PUBLIC_URL", "https://:80"),
        ("ARMILLARY_PUBLIC_URL", "https://someone:secret@registry.internal"),
        ("ARMILLARY_PUBLIC_URL", "https://models.example.org/?a=1"),
        ("ARMILLARY_PUBLIC_URL", "http://[::1"),
    ],
)
def test_what_cannot_be_is_refused_by_the_variables_name_and_not_repeated(variable: str, value: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        read({variable: value})
    assert refusal.value.field == variable
    assert len(value) < 4 or value not in str(refusal.value)


@pytest.mark.parametrize(("value", "allowed"), [("1", True), ("TRUE", True), ("on", True), ("0", False), ("No", False)])
def test_a_flag_is_spelled_in_several_ways(value: str, allowed: bool) -> None:
    assert read({"ARMILLARY_ALLOW_PRIVATE_PROVIDERS": value}).allow_private_providers is allowed


def test_a_public_url_has_no_slash_at_its_end() -> None:
    assert read({"ARMILLARY_PUBLIC_URL": "https://models.example.org/"}).public_url == "https://models.example.org"


def test_the_database_is_a_file_in_the_data_folder_unless_it_is_said() -> None:
    settings = read({"ARMILLARY_DATA": "/srv/armillary"})
    assert settings.url == "sqlite:////srv/armillary/armillary.db"
    assert settings.sqlite_file == Path("/srv/armillary/armillary.db")
    assert settings.key_file == Path("/srv/armillary/secrets.key")


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("sqlite:///models.db", "the SQLite file models.db"),
        ("postgresql://someone:hunter2@db.example:5432/models", "the PostgreSQL server at db.example:5432"),
        ("postgresql:///models?host=/run/postgresql", "the PostgreSQL server at its local socket"),
    ],
)
def test_the_place_of_a_database_is_told_without_its_password(url: str, place: str) -> None:
    assert read({"ARMILLARY_DATABASE_URL": url}).place == place
