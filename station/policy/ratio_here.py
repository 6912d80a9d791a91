"""The ratio as a station has it: the rolls, with what its journal knows of each camera laid over them. Pure.

A station sees what no roll says yet: what was docked today, what is in repair, how worn a battery is, what has left.
"""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from station.policy.civil_time import local_day
from station.policy.effective import EffectivePack
from station.policy.pack import CodeWords
from station.policy.permits import DisposalAnswer, DisposalAsked, KnownCamera
from station.policy.ratio import (
    Basis,
    DepartmentRatio,
    RatioAct,
    RatioActAsked,
    RatioTable,
    basis_of,
    guards,
    ratio_table,
)
from station.policy.rolls import CameraStanding, RolledCamera, Rolls


class RatioHere(Struct, frozen=True):
    """A department's ratio, and what each of its numbers rests on."""

    table: RatioTable
    seen_days: int | None
    """Within so many days a camera was docked that counts as working; None: whenever it was."""
    health_min_percent: int | None
    officers: Basis
    rounding: Basis
    counted: Basis
    seen: Basis
    health: Basis
    acts: Mapping[str, CodeWords]
    """Every act by which a camera leaves, as the pack calls it."""

    @property
    def line(self) -> DepartmentRatio | None:
        """None where no roll has this department."""
        return next(iter(self.table.departments), None)


def as_known(pack: EffectivePack, rolls: Rolls, known: Mapping[str, KnownCamera]) -> Rolls:
    """What left counts for nobody: whoever has it now says so in a roll. The newer of two days counts."""
    cameras = {
        name: _as_known(pack, camera, known.get(name, KnownCamera()))
        for name, camera in rolls.cameras.items()
        if name not in known or not known[name].disposed
    }
    return replace(rolls, cameras=cameras)


def ratio_of(pack: EffectivePack, rolls: Rolls, unit: str, known: Mapping[str, KnownCamera], at_ms: int) -> RatioHere:
    """One department's. Whose it is goes by the owner, whichever station its cameras hang in."""
    now = as_known(pack, rolls, known)
    own = replace(
        now,
        bodies={name: one for name, one in now.bodies.items() if name == unit},
        officers={name: one for name, one in now.officers.items() if one.unit == unit},
        cameras={name: one for name, one in now.cameras.items() if one.unit == unit},
    )
    return RatioHere(
        ratio_table(pack, own, local_day(pack, at_ms)),
        pack.limit("ratio.working_seen_days"),
        pack.limit("check.health_min_percent"),
        officers=basis_of(pack.rule("ratio.counted_officers")),
        rounding=basis_of(pack.rule("ratio.rounding")),
        counted=basis_of(pack.rule("ratio.counted_devices")),
        seen=basis_of(pack.rule("ratio.working_seen_days")),
        health=basis_of(pack.rule("check.health_min_percent")),
        acts={act: pack.codes.get(act, CodeWords(act, act)) for act in RatioAct},
    )


def disposes(pack: EffectivePack, rolls: Rolls, asked: DisposalAsked) -> DisposalAnswer:
    """A camera that is on no roll is nobody's to give away."""
    camera = rolls.cameras.get(asked.camera)
    if camera is None or camera.standing is CameraStanding.RETIRED:
        return DisposalAnswer(pack.finds("DEVICE_UNREGISTERED", "device.kinds"))
    on = local_day(pack, asked.at_ms)
    leaving = RatioActAsked(RatioAct(asked.act), (asked.camera,), on, asked.approved_by, asked.reason)
    return guards(pack, as_known(pack, rolls, asked.known), leaving)


def _as_known(pack: EffectivePack, camera: RolledCamera, known: KnownCamera) -> RolledCamera:
    days = [camera.seen_day, None if known.seen_ms is None else local_day(pack, known.seen_ms)]
    mended = camera.standing if not known.in_repair else CameraStanding.REPAIR
    return replace(
        camera,
        standing=camera.standing if camera.standing is CameraStanding.RETIRED else mended,
        seen_day=max((day for day in days if day is not None), default=None),
        health_percent=camera.health_percent if known.health_percent is None else known.health_percent,
    )
