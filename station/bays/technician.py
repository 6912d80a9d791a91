"""A technician's acts on docked cameras, as the station itself does them. Each that asks a camera becomes a fact.

Deletes nothing and copies nothing: what may be cleared, the one clearing function says, and docking work clears it.
"""

from dataclasses import dataclass
from typing import NamedTuple

from hardware.wires import Camera
from station.bays.clock_offset import ClockOffset, Unmeasured, clock_offset
from station.bays.docking_work import DockingWork
from station.bays.technician_line import Act, ClockTold, Erasing, Identified, Kept, Listed, Said
from station.custody import observations as seen
from station.custody.clearing import lacking, provable
from station.custody.docking import Docking, DockingStep
from station.errors import NotYetError, RefusedError, TooLateError, WireFailedError, WrongUseError
from station.policy.permits import Policy

NOTHING_PROVED = "WIPE_UNVERIFIED"
ORDERED_LATER, NOT_READ, QUARANTINED = "later", "not_read", "quarantined"


class Asker(NamedTuple):
    """Who asks: a system account."""

    uid: int
    account: str

    @property
    def by(self) -> str:
        """An account's name may be a person's: a fact holds its number, and seals the name."""
        return f"uid:{self.uid}"


@dataclass(frozen=True, slots=True)
class Technician:
    """Every act runs on a worker's thread, while no other work has the camera."""

    work: DockingWork
    policy: Policy

    def docking_at(self, at: str) -> Docking:
        """What is docked in a bay, named by itself or by its place on the USB tree."""
        places = self.work.places
        bay = at if at in places else next((bay for bay, place in places.items() if place == at), None)
        if bay is None:
            raise WrongUseError(
                f"{at}: 不是本站仓位 / is no bay of this station, nor its place on USB; 请归仓，或换电脑操作 / dock "
                "the camera, or use another computer for one in no roll"
            )
        docking = self.work.state().docking_in(bay)
        if docking is None:
            raise WrongUseError(f"{bay} 号仓为空 / bay {bay} is empty; 请归仓后再试 / dock the camera, then try again")
        return docking

    def act(self, act: Act, docking: Docking, asker: Asker) -> Said:
        """What was found, once the fact of it is on the disk; so also where it failed."""
        if act is Act.MAY_ERASE:
            return self._erasing(docking)
        if act is Act.SET_CLOCK:
            self._require_ready(docking)
        outcome = "FAILED"
        try:
            said, outcome = self._done(act, docking, asker)
        except RefusedError:
            outcome = "REFUSED"
            raise
        finally:
            handled = seen.CameraHandled(
                docking=docking.number,
                camera=docking.camera,
                act=act.name,
                outcome=outcome,
                by=asker.by,
                account=asker.account,
            )
            self.work.tell(handled)
        return said

    def _done(self, act: Act, docking: Docking, asker: Asker) -> tuple[Said, str]:
        match act:
            case Act.ERASE:
                return self._erase(docking, asker)
            case Act.SET_CLOCK:
                return self._set_clock(docking, asker)
        with self.work.known(docking.number) as camera:
            return self._looked(act, camera), "DONE"

    def _looked(self, act: Act, camera: Camera) -> Said:
        """What changes nothing on the camera."""
        serial, model = map(_text, camera.identity)
        match act:
            case Act.IDENTIFY:
                return Identified(serial, model, camera.battery_percent(), camera.cards())
            case Act.LS:
                return Listed(serial, tuple(file._replace(path=_text(file.path)) for file in sorted(camera.files())))
            case _:
                return ClockTold(serial, self._read(camera))

    def _require_ready(self, docking: Docking) -> None:
        """What is still to be read was stamped by the camera's clock as it is."""
        if docking.step not in {DockingStep.READ, DockingStep.CLEARING}:
            raise NotYetError(
                f"{docking.bay} 号仓尚未采集完毕，请稍后再试 / bay {docking.bay} is not ready: a clock is set once all "
                "is read and while nobody is offered the camera; try again then"
            )
        self.work.require_time()

    def _set_clock(self, docking: Docking, asker: Asker) -> tuple[Said, str]:
        """The station's own work, by somebody's name."""
        with self.work.known(docking.number) as camera:
            before = self._read(camera)
            if not self.work.set_clock_of(camera, docking.number, asker.by):
                return ClockTold(_text(camera.identity.serial), before), "REFUSED"
            return ClockTold(_text(camera.identity.serial), before, self._read(camera)), "DONE"

    def _read(self, camera: Camera) -> ClockOffset | None:
        """None where the camera tells no time."""
        asked, shown_ms = self.work.clock.stamp(), camera.clock_ms()
        offset = clock_offset(asked, shown_ms, self.work.clock.stamp())
        if offset is Unmeasured.OUR_TIME_CHANGED:
            raise WireFailedError("本机时间刚被调整 / this machine's time was changed just now; 请重试 / do it again")
        return offset if isinstance(offset, ClockOffset) else None

    def _erase(self, docking: Docking, asker: Asker) -> tuple[Said, str]:
        """Ask the one clearing function. That nothing can be proved is an answer, and every recording says why."""
        outcome = "DONE"
        try:
            self.work.tell(seen.ClearingAsked(docking=docking.number, by=asker.by))
        except RefusedError as refused:
            if refused.code != NOTHING_PROVED:
                raise
            outcome = "REFUSED"
        now = self.work.state().dockings.get(docking.number)
        if now is None:
            raise TooLateError(
                f"{docking.bay} 号仓设备已取出 / the camera in bay {docking.bay} has left; dock it again"
            )
        return self._erasing(now), outcome

    def _erasing(self, docking: Docking) -> Erasing:
        state = self.work.state()
        demand = self.policy.of_camera(docking.camera).under(docking.under).clearing
        ordered = docking.ordered if docking.step is DockingStep.CLEARING else ()
        clearable = tuple(proof.recording for proof in provable(state, docking, demand))
        kept = []
        for recording in state.on_source(docking.source):
            if recording.number in {*ordered, *clearable}:
                continue
            lack = lacking(state, recording, docking, demand)
            kept.append(Kept(recording.number, _unready(docking) or (ORDERED_LATER if lack is None else lack.value)))
        return Erasing(docking.camera, ordered, clearable, tuple(sorted(kept, key=lambda one: one.recording)))


def _unready(docking: Docking) -> str | None:
    """Why nothing at all is cleared from a camera now."""
    if docking.step is DockingStep.QUARANTINED:
        return QUARANTINED
    return None if docking.step in {DockingStep.READ, DockingStep.CLEARING} else NOT_READ


def _text(said: str) -> str:
    """What a camera says may be no Unicode text; then it is written so that it can be read."""
    return said.encode(errors="backslashreplace").decode()
