"""A member joins by one update that adds it and touches nothing else."""

import pytest
from fabric_protos.common import common_pb2, configtx_pb2

from local import members
from local.joining import addition, signed_update
from local.places import Trouble
from tests.support.fake_gateway import identity


@pytest.fixture
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("ONEBILL_STATE", str(tmp_path))
    return tmp_path


def channel_now():
    now = configtx_pb2.ConfigGroup(version=3)
    application = now.groups["Application"]
    application.version, application.mod_policy = 7, "Admins"
    application.groups["PortMSP"].version = 2
    application.policies["Bills"].version = 1
    for each in ("Readers", "Writers"):
        application.policies[each].version = 4
        application.policies[each].policy.value = b"founders"
    application.values["Capabilities"].version = 0
    now.groups["Orderer"].version = 5
    return now


def members_with_the_new_one():
    group = configtx_pb2.ConfigGroup()
    group.groups["SecondportMSP"].mod_policy = "Admins"
    group.groups["SecondportMSP"].values["MSP"].value = b"certificates"
    for each in ("Readers", "Writers"):
        group.policies[each].mod_policy = "Admins"
        group.policies[each].policy.value = b"founders and the new one"
    return group


def test_the_update_names_all_members_as_they_are_and_the_new_one():
    wanted = members_with_the_new_one()
    update = configtx_pb2.ConfigUpdate.FromString(
        addition("onebill", channel_now(), "SecondportMSP", wanted)
    )
    read, written = (side.groups["Application"] for side in (update.read_set, update.write_set))

    assert (read.version, written.version) == (7, 8)
    assert written.mod_policy == "Admins"
    assert set(written.groups) - set(read.groups) == {"SecondportMSP"}
    assert written.groups["SecondportMSP"] == wanted.groups["SecondportMSP"]
    for each in ("Readers", "Writers"):
        assert (read.policies[each].version, written.policies[each].version) == (4, 5)
        assert written.policies[each].policy == wanted.policies[each].policy
    for side in (read, written):
        assert side.groups["PortMSP"].version == 2
        assert side.policies["Bills"].version == 1
        assert "Capabilities" in side.values
    # Who orders is not touched, and the channel itself keeps its version.
    assert set(update.write_set.groups) == {"Application"}
    assert (update.read_set.version, update.write_set.version) == (3, 3)


def test_every_signer_signs_the_update_itself():
    envelope = common_pb2.Envelope.FromString(
        signed_update("onebill", b"update", [identity("PortMSP"), identity("CarrierMSP")])
    )
    payload = common_pb2.Payload.FromString(envelope.payload)
    header = common_pb2.ChannelHeader.FromString(payload.header.channel_header)
    signed = configtx_pb2.ConfigUpdateEnvelope.FromString(payload.data)

    assert (header.type, header.channel_id) == (common_pb2.CONFIG_UPDATE, "onebill")
    assert signed.config_update == b"update"
    assert len({each.signature_header for each in signed.signatures}) == 2


def test_a_member_is_remembered_once(state):
    member = members.new_member("secondport")
    members.remember(member)
    members.remember(members.new_member("secondport"))

    assert members.members() == (member,)
    assert member.msp_id == "SecondportMSP"


@pytest.mark.parametrize("name", ["", "x", "Port", "port", "operator", "a-b", "../x", "postgres"])
def test_a_name_that_is_none_or_taken_is_refused(state, name):
    with pytest.raises(Trouble, match="new name"):
        members.new_member(name)


def test_one_machine_has_a_place_for_one_more(state):
    members.remember(members.new_member("secondport"))

    with pytest.raises(Trouble, match="secondport is it"):
        members.new_member("thirdport")
