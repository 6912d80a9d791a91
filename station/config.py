"""What is screwed together here, read once from `station.toml`. Unknown keys are refused; nothing is guessed.

A technician changes this file. What the law permits never stands in it.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from hardware.gpio_lines import conflicts
from hardware.wiring import START_SPARE_MILLIWATTS, BayWiring, HardwareWiring
from station.config_file import BrokerConfig, TcpNumber, Word, decode_config
from station.errors import WrongUseError

StationId = Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,32}\Z")]


class RegistryConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The central side, and by what it knows us."""

    url: Annotated[str, Meta(pattern=r"^https://[^\s?#]+\Z", max_length=256)]
    """Only with TLS: footage crosses no network in the clear."""
    witness: Word
    """The verifier key of the registry as a witness."""
    broker: BrokerConfig
    ca: Word = "ca.pem"
    certificate: Word = "tls.pem"
    key: Word = "tls.key"


class PolicyConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which rules are in force here, and the rolls they are applied to, until signed orders bring them."""

    pack: Word
    """A packaged pack by its id, or the path of a delivered one (`….toml`)."""
    officers: Word | None = None
    cameras: Word | None = None
    bodies: Word | None = None
    badge_key: Word | None = None
    """The agency's secret under which the roll of officers keeps badges and PINs."""
    units: dict[Word, Word] = msgspec.field(default_factory=dict)
    """Packs of departments with settings of their own that share this station."""
    former: tuple[Word, ...] = ()
    """Packs that were in force here before: what began under them ends under them."""


class PagesConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the station shows itself. Loopback until people can sign in."""

    host: Literal["127.0.0.1", "::1", "localhost"] = "127.0.0.1"
    port: TcpNumber = 8080


class CameraModelConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of every camera of one model before any is measured, from its data sheet."""

    design_mah: Annotated[int, Meta(ge=50, le=100_000)]
    recording_ma: Annotated[int, Meta(ge=1, le=10_000)]
    """What it draws from its battery while it records."""
    standby_ma: Annotated[int, Meta(ge=0, le=10_000)]
    """Docked, not recording."""
    draw_mw: Annotated[int, Meta(ge=100, le=100_000)] | None = None
    """The most it draws from its bay; what every bay may, where nobody knows."""
    percent_step: Annotated[int, Meta(ge=1, le=25)] = 1
    """By how much its percentage rises at once."""
    mah_per_counted: Annotated[float, Meta(gt=0, le=10)] = 1.0
    """What reaches the battery of each milliampere-hour its bay counts: not 1 behind a switching charger."""
    mah_per_counted_error: Annotated[float, Meta(ge=0, le=1)] = 0.0
    """Its standard error, as a share."""
    coldest_c: Annotated[float, Meta(ge=-40, le=40)] = 0.0
    """Between these it may be charged."""
    hottest_c: Annotated[float, Meta(ge=20, le=90)] = 45.0


class StationConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One docking station. Relative paths are relative to the file's folder."""

    station: StationId
    agency: Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,50}\Z")]
    enrolment: Annotated[int, Meta(ge=1)]
    bays: Annotated[tuple[BayWiring, ...], Meta(min_length=1, max_length=64)]
    registry: RegistryConfig
    policy: PolicyConfig
    data: Word = "/var/lib/dockward"
    signer: Word = "/run/dockward/signer.sock"
    technician: Word = "/run/dockward-station/technician.sock"
    """Where `dockward camera` asks."""
    pages: PagesConfig = PagesConfig()
    hardware: HardwareWiring = HardwareWiring()
    models: dict[Word, CameraModelConfig] = msgspec.field(default_factory=dict)
    """Models of cameras by the name they give themselves; a battery of another model is not judged."""

    @property
    def origin(self) -> str:
        return f"dockward/{self.agency}/{self.station}/{self.enrolment}"


def read_config(path: Path) -> StationConfig:
    """The configuration in a file, its paths made whole; WrongUseError names the line or key that is wrong."""
    config = decode_config(path, StationConfig)
    if problems := "; ".join(_conflicts(config)):
        raise WrongUseError(f"{path}: {problems}; set it right and check again")
    return _with_whole_paths(config, path.resolve().parent)


def _conflicts(config: StationConfig) -> Iterator[str]:
    """What two bays cannot both have, pins with two uses, and rolls of which only one is there."""
    if (config.policy.officers is None) != (config.policy.cameras is None):
        yield "a roll of officers and none of cameras, or the other way round; name both under [policy], or neither"
    if config.hardware.badges is not None:
        yield from _beside_a_reader(config)
    for what, values in {
        "bay name": [bay.name for bay in config.bays],
        "USB place": [bay.usb for bay in config.bays],
        "place on a board": [f"board {bay.board}, slot {bay.slot}" for bay in config.bays if bay.board],
    }.items():
        for value, times in Counter(values).items():
            if times > 1:
                yield f"{times} bays with one {what}: {value}"
    yield from conflicts(config.bays, config.hardware)
    yield from _more_than_the_supply(config)


def _more_than_the_supply(config: StationConfig) -> Iterator[str]:
    """A bay that never fits would never be read either."""
    supply = config.hardware.supply
    draws = {"a bay": supply.bay_milliwatts, **{name: model.draw_mw for name, model in config.models.items()}}
    for what, draw_mw in draws.items():
        needed_mw = (draw_mw or 0) + supply.inrush_milliwatts + START_SPARE_MILLIWATTS
        if supply.watts is not None and needed_mw > supply.watts * 1_000:
            yield f"{what} needs {needed_mw} mW to be switched on, and hardware.supply.watts is {supply.watts}"


def _beside_a_reader(config: StationConfig) -> Iterator[str]:
    if config.policy.badge_key is None or config.policy.officers is None:
        yield "a badge reader and nobody who could sign in; name officers and badge_key under [policy]"
    hardware = config.hardware
    if hardware.badges and hardware.badges.serial == hardware.serial and any(bay.board for bay in config.bays):
        yield f"{hardware.serial} is the bay bus; give the badge reader a line of its own"


def _with_whole_paths(config: StationConfig, folder: Path) -> StationConfig:
    def whole(path: str) -> str:
        return str(folder / path)

    def pack(named: str) -> str:
        return whole(named) if named.endswith(".toml") else named

    registry, hardware, policy = config.registry, config.hardware, config.policy
    rolls = {
        part: whole(path) for part in ("officers", "cameras", "bodies", "badge_key") if (path := getattr(policy, part))
    }
    return msgspec.structs.replace(
        config,
        data=whole(config.data),
        signer=whole(config.signer),
        technician=whole(config.technician),
        registry=msgspec.structs.replace(
            registry, ca=whole(registry.ca), certificate=whole(registry.certificate), key=whole(registry.key)
        ),
        policy=msgspec.structs.replace(
            policy,
            pack=pack(policy.pack),
            units={unit: pack(named) for unit, named in policy.units.items()},
            former=tuple(map(pack, policy.former)),
            **rolls,
        ),
        hardware=msgspec.structs.replace(hardware, dock=whole(hardware.dock) if hardware.dock else None),
    )
