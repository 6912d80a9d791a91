"""What the registry is told once, in `registry.toml`. Unknown keys are refused; nothing is guessed.

Holds no secret: keys are the signer's, but for the TLS key, whose file is named here.
"""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from station.errors import WrongUseError

TcpNumber = Annotated[int, Meta(ge=0, le=65_535)]
Word = Annotated[str, Meta(min_length=1, max_length=256)]


class BrokerConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the stations' journals come from; over TLS, with our own certificate."""

    host: Word
    port: TcpNumber = 8883
    protocol: Literal["5", "3.1.1"] = "5"


class ApiConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where stations send recordings; only with a certificate."""

    host: Word
    port: TcpNumber = 8443


class PagesConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the registry shows itself. Loopback until people can sign in."""

    host: Literal["127.0.0.1", "::1", "localhost"] = "127.0.0.1"
    port: TcpNumber = 8090


class RegistryConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One registry. Relative paths are relative to the file's folder."""

    name: Word
    """For people; receipts carry it."""
    witness: Word
    """Our own verifier key as a witness, as provisioning wrote it: stations know us by it."""
    broker: BrokerConfig
    api: ApiConfig
    data: Word = "/var/lib/dockward-registry"
    stations: Word = "stations"
    """Folder of enrolments, one file a station."""
    ca: Word = "ca.pem"
    certificate: Word = "tls.pem"
    key: Word = "tls.key"
    signer: Word = "/run/dockward-registry/signer.sock"
    pages: PagesConfig = PagesConfig()


def read_config(path: Path) -> RegistryConfig:
    """The configuration in a file, its paths made whole; WrongUseError names the line or key that is wrong."""
    try:
        config = msgspec.toml.decode(path.read_bytes(), type=RegistryConfig)
    except OSError as error:
        raise WrongUseError(f"{path} cannot be read: {error.strerror}; name the configuration file") from error
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as error:
        raise WrongUseError(f"{path}: {error}; set it right and start again") from error
    folder = path.resolve().parent
    paths = ("data", "stations", "ca", "certificate", "key", "signer")
    return msgspec.structs.replace(config, **{name: str(folder / getattr(config, name)) for name in paths})
