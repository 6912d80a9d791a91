"""What a technician wrote down of each model of camera, as charging and the judging of batteries and space take it.

Nothing is guessed of a model nobody described: it is charged with what every bay may draw, and not judged.
"""

from collections.abc import Mapping

from hardware.wires import Camera, ForbiddenError, LyingError
from station.bays.battery_given import BatteryModel
from station.bays.docked_bay import ChargeLimits
from station.config import CameraModelConfig

_MIB = 1 << 20
_CELL_MV = 3_700
"""One cell, on the average of its charge; body-worn recorders have one, or several side by side."""

CameraModels = Mapping[str, CameraModelConfig]


def charge_limits(models: CameraModels, model: str | None, bay_mw: int) -> ChargeLimits:
    known = models.get(model or "")
    if known is None:
        return ChargeLimits(draw_mw=bay_mw)
    return ChargeLimits(
        draw_mw=known.draw_mw or bay_mw,
        capacity_mwh=known.design_mah * _CELL_MV // 1_000,
        coldest_c=known.coldest_c,
        hottest_c=known.hottest_c,
    )


def free_minutes(models: CameraModels, camera: Camera) -> int | None:
    """For how long it can film: onto one card, the emptiest. None where its rate or its room is unknown."""
    known = models.get(camera.identity.model)
    if known is None or known.mib_per_minute is None:
        return None
    try:
        room = [card.free_bytes for card in camera.cards() if card.free_bytes is not None]
    except (ForbiddenError, LyingError):
        return None
    return max(room) // (known.mib_per_minute * _MIB) if room else None


def battery_model(models: CameraModels, model: str | None) -> BatteryModel | None:
    known = models.get(model or "")
    if known is None:
        return None
    return BatteryModel(
        design_mah=known.design_mah,
        recording_ma=known.recording_ma,
        standby_ma=known.standby_ma,
        percent_step=known.percent_step,
        mah_per_counted=known.mah_per_counted,
        mah_per_counted_error=known.mah_per_counted_error,
    )
