"""Where the doors are and whose keys are at hand, read from the environment file of a stack.

`make up` writes the file; an outsider writes one of the same form. Nothing else of the
platform is read here.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from onebill_verify.keys import PrivateKey

from onebill_cli.errors import CommandFailed, Exit
from onebill_cli.keyring import load_key

STATE_DEFAULT = ".local"
ENVIRONMENT_FILE = "onebill.env"
PATIENCE_SECONDS_DEFAULT = 20.0


@dataclass(frozen=True, slots=True)
class Environment:
    """Addresses and key places of one stack, as an outsider has them."""

    state: Path
    values: Mapping[str, str]

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read `$ONEBILL_STATE/onebill.env`; variables already set win over the file."""
        environ = os.environ if environ is None else environ
        state = Path(environ.get("ONEBILL_STATE", STATE_DEFAULT)).resolve()
        values: dict[str, str] = {}
        file = state / ENVIRONMENT_FILE
        if file.is_file():
            for line in file.read_text().splitlines():
                name, separator, value = line.partition("=")
                if separator and not name.startswith("#"):
                    values[name.strip()] = value.strip()
        values |= {name: value for name, value in environ.items() if name.startswith("ONEBILL_")}
        return cls(state, values)

    def value(self, name: str) -> str:
        """Return a setting that must be there."""
        try:
            return self.values[name]
        except KeyError:
            raise CommandFailed(
                Exit.USAGE,
                "STACK_NOT_FOUND",
                f"{name} is not set and no running stack is known in {self.state.name}/",
                "Start one with: make up",
            ) from None

    @property
    def patience_seconds(self) -> float:
        """How long a call whose outcome is unknown is asked for again."""
        return float(self.values.get("ONEBILL_PATIENCE_SECONDS", PATIENCE_SECONDS_DEFAULT))

    @property
    def rest_url(self) -> str:
        """Base address of the shippers' door."""
        return self.value("ONEBILL_REST_URL")

    @property
    def carrier_address(self) -> str:
        """host:port of the carriers' door."""
        return self.value("ONEBILL_CARRIER_ADDRESS")

    def ledger_address(self, organisation: str) -> str:
        """host:port of the ledger service that one of the four organisations runs."""
        return self.value(f"ONEBILL_LEDGER_{organisation.upper()}_ADDRESS")

    @property
    def roots_file(self) -> Path:
        """Root certificates of the platform's own TLS."""
        return self._key_file("tls/ca.pem")

    def certificate_files(self, organisation: str) -> tuple[Path, Path]:
        """Certificate and key with which an organisation shows who it is."""
        return (
            self._key_file(f"tls/{organisation}.pem"),
            self._key_file(f"tls/{organisation}.key"),
        )

    def act_key(self, organisation: str) -> PrivateKey:
        """Return the key with which an organisation signs acts; its file may be encrypted."""
        return load_key(self._key_file(f"keys/parties/{organisation}.pem"), self.values)

    @property
    def token_key_file(self) -> Path:
        """The key of the stack's own token issuer, where it has one."""
        return self._key_file("keys/tokens/key.pem")

    @property
    def fabric_roots(self) -> Path:
        """Directory with the root certificate of each member of the channel."""
        return self.state / "network" / "roots"

    def _key_file(self, name: str) -> Path:
        file = self.state / name
        if not file.is_file():
            raise CommandFailed(
                Exit.USAGE, "KEY_NOT_FOUND", f"there is no {name} in {self.state.name}/"
            )
        return file
