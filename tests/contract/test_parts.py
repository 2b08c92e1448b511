"""local/process-compose.yaml gives every part the settings that its own code asks for."""

import dataclasses
import importlib
import re
from typing import Any

import pytest
import yaml

from foundation.runtime.settings import DatabaseSettings, Secret, setting_names
from ledger.network.description import read_network
from local.pki import PARTS
from local.places import ROOT

ORDERING = {
    kind: yaml.safe_load((ROOT / "local" / "ordering" / f"{kind}.yaml").read_text())["processes"]
    for kind in ("raft", "bft")
}
CHANNEL_WAITS = {kind: each.pop("channel") for kind, each in ORDERING.items()}
COMPOSE = {
    **yaml.safe_load((ROOT / "local" / "process-compose.yaml").read_text())["processes"],
    **ORDERING["raft"],
    **ORDERING["bft"],
}

SETTINGS = {
    "booking": ("services.booking.settings", "BookingSettings", "booking"),
    "documents": ("services.documents.settings", "DocumentsSettings", "documents"),
    "tracking": ("services.tracking.settings", "TrackingSettings", "tracking"),
    "settlement": ("services.settlement.settings", "SettlementSettings", "settlement"),
    "insurance": ("services.insurance.settings", "InsuranceSettings", "insurance"),
    "projection": ("ledger.projection.settings", "ProjectionSettings", "projection"),
    "custody": ("ledger.custody.settings", "CustodySettings", "custody"),
    **{
        f"ledger-{organisation}": ("ledger.service.settings", "LedgerSettings", "ledger")
        for organisation in ("operator", "carrier", "port", "partnerport")
    },
    "worker": ("workflows.settings", "WorkerSettings", "worker"),
    "listener": ("workflows.settings", "ListenerSettings", "listener"),
    "gateway-rest": ("gateway.rest.settings", "RestSettings", "gateway-rest"),
    "gateway-carrier": ("gateway.carrier.settings", "CarrierSettings", "gateway-carrier"),
}


def given(name: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in COMPOSE[name].get("environment", []))


def asked(part: str) -> tuple[type[Any], str]:
    module, kind, prefix = SETTINGS[part]
    return getattr(importlib.import_module(module), kind), prefix


def required(kind: type[Any], prefix: str) -> set[str]:
    names = setting_names(kind, prefix)
    fields = dataclasses.fields(kind)
    return {
        name
        for name, field in zip(names, fields, strict=True)
        if field.default is dataclasses.MISSING
    }


def test_every_part_that_has_a_certificate_is_a_process() -> None:
    assert set(SETTINGS) == set(PARTS)
    assert set(PARTS) <= set(COMPOSE)


def test_a_member_that_joins_later_runs_what_a_founder_runs() -> None:
    member = yaml.safe_load((ROOT / "local" / "member.yaml").read_text())["processes"]
    for what in ("peer", "chaincode", "ledger"):
        process, founders = member[f"{what}-${{MEMBER}}"], COMPOSE[f"{what}-port"]
        names = {line.split("=", 1)[0] for line in process["environment"]}
        assert names == set(given(f"{what}-port")), what
        assert process["command"].replace("${MEMBER}", "port") == founders["command"]
        assert set(process) - {"namespace"} == set(founders) - {"namespace", "depends_on"}


@pytest.mark.parametrize("kind", ORDERING)
def test_the_list_has_the_orderers_of_the_network_and_the_channel_waits_for_each(kind) -> None:
    network = read_network().with_ordering(kind)

    assert list(ORDERING[kind]) == [orderer.name for orderer in network.orderers]
    assert set(CHANNEL_WAITS[kind]["depends_on"]) == set(ORDERING[kind])
    for orderer in network.orderers:
        settings = given(orderer.name)
        assert settings["ORDERER_GENERAL_LOCALMSPID"] == orderer.organisation.msp_id
        assert (
            f"/{orderer.organisation.id}/{orderer.host}/"
            in settings["ORDERER_GENERAL_LOCALMSPDIR"]
        )


@pytest.mark.parametrize("part", SETTINGS)
def test_a_part_is_given_what_it_needs_and_nothing_it_does_not_know(part: str) -> None:
    kind, prefix = asked(part)

    assert set(given(part)) <= set(setting_names(kind, prefix))
    assert required(kind, prefix) <= set(given(part))


@pytest.mark.parametrize("part", SETTINGS)
def test_a_part_with_a_database_logs_in_with_a_password_from_a_file(part: str) -> None:
    kind, prefix = asked(part)
    if issubclass(kind, DatabaseSettings):
        start = f"ONEBILL_{prefix.upper().replace('-', '_')}_DATABASE"
        assert f"{start}_PASSWORD_FILE" in given(part)
        assert re.fullmatch(
            r"postgresql://\w+@\$\{POSTGRES_ADDRESS\}/onebill", given(part)[f"{start}_URL"]
        )


@pytest.mark.parametrize("name", COMPOSE)
def test_no_secret_stands_in_the_environment(name: str) -> None:
    secret = re.compile(r"PASSWORD|SECRET|KEY|TOKEN", re.IGNORECASE)
    harmless = re.compile(r"_(FILE|KEY|CERT|PRIVATEKEY|CLIENTPRIVATEKEY|ISSUER|AUDIENCE)$")

    for setting, value in given(name).items():
        if secret.search(setting):
            assert harmless.search(setting), setting
            assert value.startswith("${"), "a file under the state, or a setting"


@pytest.mark.parametrize("name", COMPOSE)
def test_what_runs_has_a_probe_and_what_ends_has_none(name: str) -> None:
    process = COMPOSE[name]
    restart = process["availability"]["restart"]

    assert restart in ("always", "no")
    assert ("readiness_probe" in process) is (restart == "always")


@pytest.mark.parametrize("name", COMPOSE)
def test_every_process_writes_down_who_it_is_under_its_own_name(name: str) -> None:
    process = COMPOSE[name]

    assert process["command"].startswith(f"exec local/run {name} ")
    assert process["log_location"] == f"${{STATE}}/logs/{name}.log"
    assert "sleep" not in process["command"]


def test_the_secret_type_is_what_makes_a_setting_a_file() -> None:
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Kept:
        door: Secret

    assert setting_names(Kept, "part") == ["ONEBILL_PART_DOOR_FILE"]
