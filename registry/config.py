"""What the registry is told once, in `registry.toml`. Unknown keys are refused; nothing is guessed.

Holds no secret: keys are the signer's, but for the TLS key, whose file is named here.
"""

from pathlib import Path
from typing import Literal

import msgspec

from station.config_file import BrokerConfig, TcpNumber, Word, decode_config


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
    config = decode_config(path, RegistryConfig)
    folder = path.resolve().parent
    paths = ("data", "stations", "ca", "certificate", "key", "signer")
    return msgspec.structs.replace(config, **{name: str(folder / getattr(config, name)) for name in paths})
