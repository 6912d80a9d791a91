"""What every configuration file of ours shares: how it is read and shown, and the broker. Unknown keys are refused."""

from pathlib import Path
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta

from station.errors import WrongUseError

TcpNumber = Annotated[int, Meta(ge=0, le=65_535)]
Word = Annotated[str, Meta(min_length=1, max_length=256)]

Config = TypeVar("Config", bound=msgspec.Struct)


class BrokerConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where journals travel; over TLS, with the certificate of whoever is configured."""

    host: Word
    port: TcpNumber = 8883
    protocol: Literal["5", "3.1.1"] = "5"


def decode_config(path: Path, kind: type[Config]) -> Config:
    try:
        return msgspec.toml.decode(path.read_bytes(), type=kind)
    except OSError as error:
        raise WrongUseError(f"{path} cannot be read: {error.strerror}; name the configuration file") from error
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as error:
        raise WrongUseError(f"{path}: {error}") from error


def config_text(config: msgspec.Struct) -> str:
    """The whole configuration as it is in force, defaults and all."""
    return msgspec.json.format(msgspec.json.encode(config), indent=2).decode()


def read_file(path: str) -> bytes:
    """What the configuration names, and provisioning made."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise WrongUseError(f"{path} cannot be read: {error.strerror}; provision the station again") from error
