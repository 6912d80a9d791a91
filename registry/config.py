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


class RollsConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the ratio page counts, until signed orders bring it."""

    pack: Word
    """A packaged pack by its id, or the path of a delivered one (`….toml`)."""
    officers: Word
    cameras: Word
    bodies: Word | None = None


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
    rolls: RollsConfig | None = None


def read_config(path: Path) -> RegistryConfig:
    """The configuration in a file, its paths made whole; WrongUseError names the line or key that is wrong."""
    config = decode_config(path, RegistryConfig)
    folder = path.resolve().parent
    paths = ("data", "stations", "ca", "certificate", "key", "signer")
    rolls = _with_whole_paths(config.rolls, folder) if config.rolls else None
    return msgspec.structs.replace(config, rolls=rolls, **{name: str(folder / getattr(config, name)) for name in paths})


def _with_whole_paths(rolls: RollsConfig, folder: Path) -> RollsConfig:
    files = {name: str(folder / path) for name in ("officers", "cameras", "bodies") if (path := getattr(rolls, name))}
    pack = str(folder / rolls.pack) if rolls.pack.endswith(".toml") else rolls.pack
    return msgspec.structs.replace(rolls, pack=pack, **files)
