"""The table of camera models: where one departs from the standard, and how it is unlocked. Data, read strictly.

Another model is another entry in `camera_models.toml`, never a branch in the code. Touches no camera.
"""

from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta

from hardware.mtp.quirks import STANDARD, Quirks
from hardware.wires import HostError

_TABLE = Path(__file__).with_name("camera_models.toml")
_Id = Annotated[str, Meta(pattern=r"^[0-9a-f]{4}\Z")]
_Byte = Annotated[int, Meta(ge=0, le=0xFF)]
_Word = Annotated[int, Meta(ge=0, le=0xFFFF)]
_Hex = Annotated[str, Meta(pattern=r"^([0-9a-f]{2})*\Z", max_length=128)]


class UnlockStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A vendor's control request to the device. `data` may be a password: it is shown nowhere."""

    request: _Byte
    value: _Word = 0
    index: _Word = 0
    data: _Hex = ""

    def __repr__(self) -> str:
        return "UnlockStep(...)"


class CameraModel(NamedTuple):
    """What is known of a camera before it was asked anything."""

    name: str | None
    quirks: Quirks
    unlock: UnlockStep | None
    becomes: int | None
    """The product as which it comes back at the same place when it was unlocked."""


class CameraModels(NamedTuple):
    by_id: dict[tuple[int, int], CameraModel]

    def of(self, vendor: int, product: int) -> CameraModel:
        """A camera that nobody has noted anything of is taken at its word."""
        return self.by_id.get((vendor, product), _UNKNOWN)


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    vendor: _Id
    products: Annotated[dict[_Id, str], Meta(min_length=1)]
    kind: Literal["mtp", "disk", "vendor mode"]
    quirks: dict[str, bool] = {}
    unlock: str | None = None
    becomes: _Id | None = None


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    model: tuple[_Entry, ...]
    unlock: dict[str, UnlockStep] = {}


_UNKNOWN = CameraModel(None, STANDARD, None, None)


def shipped_models() -> CameraModels:
    return read_models(_TABLE.read_bytes())


def read_models(encoded: bytes) -> CameraModels:
    """HostError where the table is not what it has to be: what it says is used on evidence."""
    try:
        table = msgspec.toml.decode(encoded, type=_Table)
    except msgspec.DecodeError as error:
        raise HostError(f"camera_models.toml: {error}") from error
    by_id: dict[tuple[int, int], CameraModel] = {}
    for entry in table.model:
        _check(entry, table.unlock)
        becomes = None if entry.becomes is None else int(entry.becomes, 16)
        step = None if entry.unlock is None else table.unlock[entry.unlock]
        for product, name in entry.products.items():
            key = (int(entry.vendor, 16), int(product, 16))
            if key in by_id:
                raise HostError(f"camera_models.toml: {entry.vendor}:{product} stands there twice")
            by_id[key] = CameraModel(name, Quirks(**entry.quirks), step, becomes)
    return CameraModels(by_id)


def _check(entry: _Entry, steps: dict[str, UnlockStep]) -> None:
    where = f"camera_models.toml: vendor {entry.vendor}"
    unknown = sorted(set(entry.quirks) - set(Quirks._fields))
    if unknown:
        raise HostError(f"{where}: no such quirk: {', '.join(unknown)}")
    locked = entry.kind == "vendor mode"
    if (entry.unlock is not None, entry.becomes is not None) != (locked, locked):
        raise HostError(f"{where}: a camera in vendor mode, and no other, has `unlock` and `becomes`")
    if entry.unlock is not None and entry.unlock not in steps:
        raise HostError(f"{where}: there is no step [unlock.{entry.unlock}]")
