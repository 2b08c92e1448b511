"""Settings come from the environment, and every fault is told at once."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from foundation.runtime.settings import (
    Secret,
    ServiceSettings,
    SettingsFault,
    load_settings,
    setting_names,
)


@dataclass(frozen=True, kw_only=True)
class Example:
    name: str
    count: int
    password: Secret
    folder: Path
    loud: bool = False
    scopes: tuple[str, ...] = ()
    extra: str | None


@pytest.fixture
def environment(tmp_path):
    (tmp_path / "password").write_text("s3cret\n")
    return {
        "ONEBILL_GATEWAY_REST_NAME": "n",
        "ONEBILL_GATEWAY_REST_COUNT": "7",
        "ONEBILL_GATEWAY_REST_PASSWORD_FILE": str(tmp_path / "password"),
        "ONEBILL_GATEWAY_REST_FOLDER": str(tmp_path),
    }


def test_settings_are_read_by_part_and_name(environment, tmp_path):
    more = {"ONEBILL_GATEWAY_REST_LOUD": "true", "ONEBILL_GATEWAY_REST_SCOPES": "a, b"}

    settings = load_settings(Example, "gateway-rest", environment | more)

    assert settings == Example(
        name="n",
        count=7,
        password=Secret("s3cret"),
        folder=tmp_path,
        loud=True,
        scopes=("a", "b"),
        extra=None,
    )


def test_every_fault_is_told_at_once(environment):
    del environment["ONEBILL_GATEWAY_REST_NAME"]
    wrong = {
        "ONEBILL_GATEWAY_REST_COUNT": "1.5",
        "ONEBILL_GATEWAY_REST_PASSWORD_FILE": "/no",
        "ONEBILL_GATEWAY_REST_FOLDER": "/nowhere",
        "ONEBILL_GATEWAY_REST_LOUD": "perhaps",
    }

    with pytest.raises(SettingsFault) as fault:
        load_settings(Example, "gateway-rest", environment | wrong)

    assert fault.value.faults == [
        "ONEBILL_GATEWAY_REST_NAME is not set.",
        "ONEBILL_GATEWAY_REST_COUNT must be a whole number, not '1.5'.",
        (
            "ONEBILL_GATEWAY_REST_PASSWORD_FILE names /no, which cannot be read: "
            "No such file or directory."
        ),
        "ONEBILL_GATEWAY_REST_FOLDER names /nowhere, which does not exist.",
        "ONEBILL_GATEWAY_REST_LOUD must be true or false, not 'perhaps'.",
    ]


def test_a_secret_does_not_show_itself():
    assert "s3cret" not in f"{Secret('s3cret')} {Secret('s3cret')!r}"


def test_the_names_of_a_services_settings():
    assert setting_names(ServiceSettings, "booking") == [
        "ONEBILL_BOOKING_DATABASE_URL",
        "ONEBILL_BOOKING_DATABASE_PASSWORD_FILE",
        "ONEBILL_BOOKING_DATABASE_POOL_SIZE",
        "ONEBILL_BOOKING_TLS_CERTIFICATE_FILE",
        "ONEBILL_BOOKING_TLS_KEY_FILE",
        "ONEBILL_BOOKING_TLS_ROOTS_FILE",
        "ONEBILL_BOOKING_LISTEN_ADDRESS",
        "ONEBILL_BOOKING_REFLECTION",
        "ONEBILL_BOOKING_DRAIN_SECONDS",
    ]
