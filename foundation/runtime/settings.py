"""Settings from the environment into one frozen dataclass, every fault reported at once.

A field `listen_address` of the part `booking` is read from ONEBILL_BOOKING_LISTEN_ADDRESS. A
field of type Secret is read from the file that ONEBILL_BOOKING_…_FILE names, never from the
environment itself, which other processes and crash reports can show.
"""

import dataclasses
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

_TRUE_AND_FALSE = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret value that does not show itself in logs and error messages."""

    value: str = dataclasses.field(repr=False)

    def __str__(self) -> str:
        """Stars, so that formatting a secret by mistake tells nothing."""
        return "***"


class SettingsFault(Exception):
    """The settings cannot be used. `faults` has one sentence per fault."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, kw_only=True)
class TlsSettings:
    """Where this process's certificate, its key and the trusted roots lie, as PEM files."""

    tls_certificate_file: Path
    tls_key_file: Path
    tls_roots_file: Path


@dataclass(frozen=True, kw_only=True)
class ServerSettings(TlsSettings):
    """What every gRPC server needs."""

    # Written as host, colon, port.
    listen_address: str
    # Server reflection tells a caller every method there is: development only.
    reflection: bool = False
    # How long calls under way may take to end after SIGTERM.
    drain_seconds: int = 10


@dataclass(frozen=True, kw_only=True)
class DatabaseSettings:
    """How to reach PostgreSQL. The URL names role and database and carries no password."""

    # postgresql://role@host:port/database, or …/database?host=/socket/directory
    database_url: str
    database_password: Secret | None = None
    database_pool_size: int = 8


@dataclass(frozen=True, kw_only=True)
class ServiceSettings(ServerSettings, DatabaseSettings):
    """A service with a schema of its own: a server and a database."""


def load_settings(kind: type[T], part: str, environment: Mapping[str, str]) -> T:
    """Read `kind`, a dataclass, for `part` (lower case, hyphens allowed).

    Supported types: str, int, bool, Path (the file must exist), Secret, tuple[str, ...]
    (comma separated), and any of them `| None`.

    Raises:
        SettingsFault: with one sentence for every setting that is missing or wrong.
    """
    prefix = f"ONEBILL_{part.upper().replace('-', '_')}_"
    hints = typing.get_type_hints(kind)
    values: dict[str, Any] = {}
    faults: list[str] = []
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]  # T is a dataclass
        wanted, optional = _without_none(hints[field.name])
        name = prefix + field.name.upper() + ("_FILE" if wanted is Secret else "")
        text = environment.get(name)
        if text is None or text == "":
            if field.default is not dataclasses.MISSING:
                continue
            if optional:
                values[field.name] = None
                continue
            faults.append(f"{name} is not set.")
            continue
        try:
            values[field.name] = _read(wanted, text)
        except ValueError as wrong:
            faults.append(f"{name} {wrong}.")
        except OSError as unreadable:
            faults.append(f"{name} names {text}, which cannot be read: {unreadable.strerror}.")
    if faults:
        raise SettingsFault(faults)
    return kind(**values)


def setting_names(kind: type[Any], part: str) -> list[str]:
    """Name every environment variable that `kind` reads for `part`, in order."""
    prefix = f"ONEBILL_{part.upper().replace('-', '_')}_"
    hints = typing.get_type_hints(kind)
    return [
        prefix
        + field.name.upper()
        + ("_FILE" if _without_none(hints[field.name])[0] is Secret else "")
        for field in dataclasses.fields(kind)
    ]


def _without_none(hint: Any) -> tuple[Any, bool]:  # noqa: ANN401 - a type hint of any form
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        rest = [member for member in typing.get_args(hint) if member is not type(None)]
        return rest[0], len(rest) < len(typing.get_args(hint))
    return hint, False


def _read(wanted: Any, text: str) -> Any:  # noqa: ANN401 - the value is of the type asked for
    if wanted is bool:
        if text.lower() not in _TRUE_AND_FALSE:
            raise ValueError(f"must be true or false, not {text!r}")
        return _TRUE_AND_FALSE[text.lower()]
    if wanted is int:
        if not (text.isascii() and text.isdigit()):
            raise ValueError(f"must be a whole number, not {text!r}")
        return int(text)
    if wanted is Path:
        path = Path(text)
        if not path.exists():
            raise ValueError(f"names {text}, which does not exist")
        return path
    if wanted is Secret:
        return Secret(Path(text).read_text(encoding="utf-8").strip())
    if typing.get_origin(wanted) is tuple:
        return tuple(member.strip() for member in text.split(",") if member.strip())
    return text
