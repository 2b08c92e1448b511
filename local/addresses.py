"""Write down where the doors of this instance are, for the command line and for tests."""

from local.members import members
from local.places import state
from local.settings import settings


def write_addresses() -> None:
    """Write onebill.env: NAME=value lines, no secrets."""
    values = settings()
    names = {
        "ONEBILL_STATE": str(state()),
        "ONEBILL_REST_URL": f"https://127.0.0.1:{values['PORT_GATEWAY_REST']}",
        "ONEBILL_CARRIER_ADDRESS": f"127.0.0.1:{values['PORT_GATEWAY_CARRIER']}",
        **{
            f"ONEBILL_LEDGER_{organisation}_ADDRESS": (
                f"127.0.0.1:{values[f'PORT_LEDGER_{organisation}']}"
            )
            for organisation in (
                *("OPERATOR", "CARRIER", "PORT", "PARTNERPORT"),
                *(member.id.upper() for member in members()),
            )
        },
        "ONEBILL_TOKEN_ISSUER": values["TOKEN_ISSUER"],
        "ONEBILL_TOKEN_AUDIENCE": values["TOKEN_AUDIENCE"],
    }
    path = state() / "onebill.env"
    path.write_text("".join(f"{name}={value}\n" for name, value in names.items()))
