"""What the journal knows of a camera's battery, put into the judgement's terms and back. Pure.

The journal holds whole numbers only: shares are millionths there, resistance milliohms.
"""

from typing import NamedTuple

import msgspec

from station.bays.battery_evidence import Evidence, Meter, NoEvidence, Observation
from station.bays.battery_health import Spread, Unknown, judged, recording_minutes, resistance
from station.bays.camera_models import CameraModels, battery_model
from station.custody.camera import Camera
from station.custody.facts_of_batteries import BatteryWeighed, FullCharge
from station.custody.observations import BatteryWasWeighed

_MILLION = 1_000_000
_PERCENT_MAX = 100


class BatteryWord(NamedTuple):
    """What a battery is worth; None is unknown."""

    health_percent: int | None = None
    recording_minutes: int | None = None


def battery_word(camera: Camera | None, models: CameraModels, percent: int | None) -> BatteryWord:
    """By the camera's last dockings; minutes from the charge it says it has."""
    battery = battery_model(models, camera.model) if camera else None
    if camera is None or battery is None:
        return BatteryWord()
    health = judged(_dockings(camera), battery)
    if isinstance(health, Unknown):
        return BatteryWord()
    minutes = None if percent is None else int(recording_minutes(health, percent, battery).value)
    return BatteryWord(min(_PERCENT_MAX, round(health.percent.value)), minutes)


class BatteryReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a technician wants to know of a battery: each number with its limits, or why there is none."""

    health_percent: Spread | None = None
    full_mah: Spread | None = None
    ohms: Spread | None = None
    dockings: int = 0
    unknown: str = ""


def battery_report(camera: Camera | None, models: CameraModels) -> BatteryReport | None:
    """None where no camera is known, or nobody described its model."""
    battery = battery_model(models, camera.model) if camera else None
    if camera is None or battery is None:
        return None
    found = _dockings(camera)
    health, ohms = judged(found, battery), resistance(found)
    if isinstance(health, Unknown):
        return BatteryReport(ohms=ohms, dockings=len(found), unknown=health.name.lower())
    return BatteryReport(health_percent=health.percent, full_mah=health.full_mah, ohms=ohms, dockings=health.dockings)


def weighing(docking: int, found: Evidence, meter: Meter) -> BatteryWasWeighed | None:
    """What is to be told of a docking's evidence; None where it says nothing at all."""
    told, weighed = _full_charge(found.told), _full_charge(found.weighed)
    if told is None and weighed is None and found.ohms is None:
        return None
    return BatteryWasWeighed(
        docking=docking,
        board=meter.board,
        gain_error=round(meter.gain_error * _MILLION),
        told=told,
        weighed=weighed,
        milliohms=None if found.ohms is None else round(found.ohms * 1_000),
    )


def _full_charge(found: Observation | NoEvidence) -> FullCharge | None:
    if isinstance(found, NoEvidence):
        return None
    own, shared = round(found.own_error * _MILLION), round(found.shared_error * _MILLION)
    return FullCharge(max(1, round(found.full_mah)), own, shared)


def _dockings(camera: Camera) -> list[Evidence]:
    return [_evidence(weighing) for weighing in camera.weighings]


def _evidence(said: BatteryWeighed) -> Evidence:
    meter = Meter(said.board, said.gain_error / _MILLION)
    ohms = None if said.milliohms is None else said.milliohms / 1_000
    return Evidence(_observation(said.told, meter), _observation(said.weighed, meter), ohms)


def _observation(said: FullCharge | None, meter: Meter) -> Observation | NoEvidence:
    if said is None:
        return NoEvidence.TOO_LITTLE_CHARGED
    return Observation(float(said.mah), said.own_error / _MILLION, said.shared_error / _MILLION, meter)
