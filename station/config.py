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

_MINUTES_PER_DAY = 24 * 60
_UPLOADED_AT_LEAST_KIB = 4 * 8 * 1024
"""A part of each recording that is under way at once: what was not sent whole is sent again."""

StationId = Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,32}\Z")]


class UploadsConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much of the line footage may take; the journal is small, and always goes at once."""

    kib_per_second: Annotated[int, Meta(ge=16, le=10_000_000)] | None = None
    hours: Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d\Z")] | None = None
    """By the station's wall clock, as "20:00-06:30"; None: at all times."""

    @property
    def window(self) -> tuple[int, int] | None:
        """The minutes of the day at which they begin and end."""
        if self.hours is None:
            return None
        opens, _, closes = self.hours.partition("-")
        return _minute(opens), _minute(closes)


class StampsConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The time-stamp authority (RFC 3161) that stamps statements."""

    url: Annotated[str, Meta(pattern=r"^https?://[^\s?#]+\Z", max_length=256)]
    ca: Word
    """The certificate that its answers lead up to, PEM."""


class StoreConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The disks that footage lies on, and how much of it for how long."""

    second: Word | None = None
    """Where the unit's other disk is mounted: each sealed recording is copied onto it."""
    quarantine_mib: Annotated[int, Meta(ge=64, le=100_000_000)] = 16_384
    """So much is kept of cameras that are not ours."""
    keep_days: Annotated[int, Meta(ge=1, le=36_500)] | None = None
    """Originals that the registry holds leave this disk after so long; None: they stay until they are purged."""
    encrypted: bool = True
    """Footage is to lie on an encrypted partition; what does not is called unsafe."""


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
    uploads: UploadsConfig = UploadsConfig()
    courier: Annotated[str, Meta(pattern=r"^age1[02-9ac-hj-np-z]{58}\Z")] | None = None
    """Whom courier disks are encrypted for: the registry's age recipient."""


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
    """Where the station shows itself on its own screen: loopback alone, nobody signs in there."""

    host: Literal["127.0.0.1", "::1", "localhost"] = "127.0.0.1"
    port: TcpNumber = 8080


class DeskConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The office's door: HTTPS with the station's own certificate, for people with accounts."""

    host: Word
    """An address of this machine in the agency's own network."""
    port: TcpNumber = 8443
    certificate: Word = "desk/tls.pem"
    key: Word = "desk/tls.key"


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
    mib_per_minute: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    """What a minute of its footage takes at most; without it nobody says for how many minutes its card has room."""
    marked: tuple[Word, ...] = ()
    """Patterns of the names that it gives clips which were marked as important; they are read first."""
    numbered: Annotated[str, Meta(pattern=r"^[^#/]*#{2,9}[^#/]*\Z", max_length=64)] | None = None
    """The names of its clips, where it counts them: `*` is anything, and `####` the number.

    For a camera that docks nowhere else: elsewhere it would show numbers that nobody here ever saw.
    """


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
    desk: DeskConfig | None = None
    """None: nobody reaches the station's pages but at its own screen."""
    store: StoreConfig = StoreConfig()
    stamps: StampsConfig | None = None
    """None where no authority is asked."""
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
    yield from _behind_the_desk(config)
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
    yield from _hours_without_use(config.registry.uploads)


def _hours_without_use(uploads: UploadsConfig) -> Iterator[str]:
    """Hours in which nothing arrives whole would send the same bytes every night."""
    if uploads.window is None:
        return
    opens, closes = uploads.window
    minutes = (closes - opens) % _MINUTES_PER_DAY
    if not minutes:
        yield f"registry.uploads.hours {uploads.hours} begin and end at once; leave them out to upload at all times"
    elif uploads.kib_per_second is not None and minutes * 60 * uploads.kib_per_second < _UPLOADED_AT_LEAST_KIB:
        yield f"at {uploads.kib_per_second} KiB/s no recording arrives within {uploads.hours}; allow more of either"


def _minute(clock: str) -> int:
    hour, _, minute = clock.partition(":")
    return 60 * int(hour) + int(minute)


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


def _behind_the_desk(config: StationConfig) -> Iterator[str]:
    if config.desk is not None and config.policy.officers is None:
        yield "a desk and nobody who could sign in; name officers and cameras under [policy], or leave [desk] out"
    if config.desk is not None and config.desk.port and config.desk.port == config.pages.port:
        yield f"desk.port and pages.port are both {config.desk.port}; the desk needs one of its own"


def _with_whole_paths(config: StationConfig, folder: Path) -> StationConfig:
    def whole(path: str) -> str:
        return str(folder / path)

    def pack(named: str) -> str:
        return whole(named) if named.endswith(".toml") else named

    registry, hardware, policy, store, stamps, desk = (
        config.registry,
        config.hardware,
        config.policy,
        config.store,
        config.stamps,
        config.desk,
    )
    rolls = {
        part: whole(path) for part in ("officers", "cameras", "bodies", "badge_key") if (path := getattr(policy, part))
    }
    return msgspec.structs.replace(
        config,
        data=whole(config.data),
        signer=whole(config.signer),
        technician=whole(config.technician),
        store=msgspec.structs.replace(store, second=whole(store.second)) if store.second else store,
        stamps=msgspec.structs.replace(stamps, ca=whole(stamps.ca)) if stamps else None,
        desk=msgspec.structs.replace(desk, certificate=whole(desk.certificate), key=whole(desk.key)) if desk else None,
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
