"""Settings: a bad value is one sentence with variable, value and what is allowed."""

from __future__ import annotations

import pytest

from app.config import SettingsError, read_settings


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in list(os.environ):
        if name.startswith("SYNOD_"):
            monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("SYNOD_PORT", "70000", "at most 65535"),
        ("SYNOD_PORT", "-1", "at least 0"),
        ("SYNOD_PORT", "http", "a whole number"),
        ("SYNOD_HOST", "", "not empty"),
        ("SYNOD_RUNS_MAX", "0", "at least 1"),
        ("SYNOD_RUNS_MAX", "2.5", "a whole number"),
        ("SYNOD_DATABASE_URL", "mysql://localhost/x", "sqlite:///PATH"),
        ("SYNOD_RETAIN_BYTES", "1", "at least 10000000"),
        ("SYNOD_API_TIMEOUT_S", "0", "above 0"),
        ("SYNOD_API_TIMEOUT_S", "soon", "a number"),
        ("SYNOD_SEED", "-4", "at least 0"),
        ("SYNOD_SCALABILITY", "maybe", "1 or 0"),
    ],
)
def test_a_bad_value_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, allowed: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as raised:
        read_settings()
    sentence = str(raised.value)
    assert sentence.startswith(f"{name}={value!r}")
    assert allowed in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize("name", ["SYNOD_TOKEN_DRIVE", "SYNOD_TOKEN_WATCH"])
def test_a_bad_token_is_not_printed(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "sécret")
    with pytest.raises(SettingsError, match="at least 8") as raised:
        read_settings()
    assert name in str(raised.value)
    assert "sécret" not in str(raised.value)


def test_equal_tokens_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNOD_TOKEN_DRIVE", "same-token")
    monkeypatch.setenv("SYNOD_TOKEN_WATCH", "same-token")
    with pytest.raises(SettingsError, match="must differ"):
        read_settings()


@pytest.mark.parametrize(
    ("url", "engine"),
    [
        ("sqlite:////tmp/x.sqlite", "sqlite:////tmp/x.sqlite"),
        ("postgresql://a@b/c", "postgresql+psycopg://a@b/c"),
        ("postgres://a@b/c", "postgresql+psycopg://a@b/c"),
    ],
)
def test_database(monkeypatch: pytest.MonkeyPatch, url: str, engine: str) -> None:
    monkeypatch.setenv("SYNOD_DATABASE_URL", url)
    assert read_settings().database == engine


def test_the_default_database_is_in_the_users_folder() -> None:
    assert read_settings().database.startswith("sqlite:///")
    assert read_settings().database.endswith("/synod/synod.sqlite")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_this_machine_alone_needs_no_token(host: str) -> None:
    settings = read_settings(host=host).with_tokens()
    assert settings.token_drive == settings.token_watch == ""


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "synod.example"])
def test_any_other_host_demands_two(host: str) -> None:
    settings = read_settings(host=host).with_tokens()
    assert len(settings.token_drive) >= 20
    assert len(settings.token_watch) >= 20
    assert settings.token_drive != settings.token_watch
    kept = read_settings(host=host, token_drive="my-own-token").with_tokens()
    assert kept.token_drive == "my-own-token"


def test_names_of_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNOD_ALLOWED_HOSTS", "a.example, b.example")
    assert read_settings().allowed_hosts == ("a.example", "b.example")
