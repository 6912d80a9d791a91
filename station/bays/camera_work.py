"""Work on one docked camera that moves no footage: who it is, its battery, its clock. Safe to repeat.

A camera that was pulled out, went quiet or lies fails its work and nothing else.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from hardware.wires import Camera, Cameras, ForbiddenError, WireError
from station.bays.battery_word import battery_word
from station.bays.camera_models import CameraModels, free_minutes
from station.bays.clock_offset import Unmeasured, clock_offset
from station.bays.usb_watch import Pluggings
from station.clock import Clock
from station.custody import observations as seen
from station.custody.docking import Docking
from station.custody.due_work import Work
from station.custody.facts import Fact
from station.custody.state import State
from station.errors import TooLateError, WireFailedError, WrongUseError
from station.store.recordings import RecordingStore
from station.work_dispatcher import Worker

Tell = Callable[[seen.Observation], tuple[Fact, ...]]
"""Say what was seen; the facts it became, once they are on the disk."""

_MODEL_CHARACTERS_MAX = 128
_NO_MODEL = "?"


@dataclass(frozen=True, slots=True)
class CameraWork:
    """What every piece of docking work needs."""

    tell: Tell
    state: Callable[[], State]
    clock: Clock
    cameras: Cameras
    places: Mapping[str, str]
    """Bay → its place on the USB tree."""
    recordings: RecordingStore
    pluggings: Pluggings
    models: CameraModels = field(default_factory=dict)
    compared: dict[tuple[int, str], str] = field(default_factory=dict)
    """(docking, listing) → SHA-256 of what this process itself read of it in this docking."""

    def workers(self) -> dict[Work, Worker]:
        return {
            Work.IDENTIFY: self.identify,
            Work.WAKE: self.identify,
            Work.CALL_SILENT: self.call_silent,
            Work.OPEN_REPAIR: self.open_repair,
            Work.JUDGE_BATTERY: self.judge_battery,
            Work.SET_CLOCK: self.set_clock,
            Work.LAPSE_OFFER: self.lapse_offer,
        }

    def identify(self, number: int) -> None:
        """Who it is, and how far its clock is off, before anything sets it."""
        docking = self._docking(number)
        with self._opened(docking) as camera:
            self._tell_who(docking, camera)

    def call_silent(self, number: int) -> None:
        self.tell(seen.CameraStayedSilent(docking=number, label=None))

    def open_repair(self, number: int) -> None:
        self.tell(seen.CameraStaysSilent(docking=number))

    def judge_battery(self, number: int) -> None:
        with self._known(self._docking(number)) as camera:
            percent = camera.battery_percent()
            worth = battery_word(self.state().cameras.get(camera.identity.serial), self.models, percent)
            self.tell(
                seen.BatteryMeasured(
                    docking=number,
                    percent=percent,
                    health_percent=worth.health_percent,
                    recording_minutes=worth.recording_minutes,
                    free_minutes=free_minutes(self.models, camera),
                )
            )

    def set_clock(self, number: int) -> None:
        self.require_time()
        with self.known(number) as camera:
            self.set_clock_of(camera, number)

    def require_time(self) -> None:
        """Only a station that knows the time sets another's clock."""
        if not self.clock.stamp().synchronised:
            raise WireFailedError("the station does not know the time; connect it to its time server")

    def set_clock_of(self, camera: Camera, number: int, by: str = seen.STATION) -> bool:
        """Set it and read it back; False where it cannot be set."""
        try:
            if camera.clock_ms() is None:
                raise ForbiddenError("it has none")
            camera.set_clock(self.clock.stamp().utc_ms)
        except ForbiddenError:
            self.tell(seen.ClockCouldNotBeSet(docking=number, by=by))
            return False
        offset = self._clock_offset(camera)
        if offset is None:
            raise WireFailedError("the time changed while the camera's clock was set; it is set again")
        self.tell(seen.ClockWasSet(docking=number, clock_ahead_ms=offset[0], clock_error_ms=offset[1], by=by))
        return True

    def known(self, number: int) -> contextlib.AbstractContextManager[Camera]:
        """The camera of this docking, opened; TooLateError where another is in its bay."""
        return self._known(self._docking(number))

    def lapse_offer(self, number: int) -> None:
        self.tell(seen.OfferTimedOut(docking=number))

    def _docking(self, number: int) -> Docking:
        docking = self.state().dockings.get(number)
        if docking is None:
            raise TooLateError(f"docking {number} is over")
        return docking

    @contextlib.contextmanager
    def _opened(self, docking: Docking) -> Iterator[Camera]:
        place = self.places.get(docking.bay)
        if place is None:
            raise WrongUseError(f"bay {docking.bay} has a camera and no place in the configuration; set it up again")
        try:
            with contextlib.closing(self.cameras.open(place)) as camera:
                if not self.pluggings.open(docking.number, place):
                    self._forget_compared(docking)
                yield camera
        except WireError as error:
            raise WireFailedError(f"bay {docking.bay}: {error}") from error

    def _forget_compared(self, docking: Docking) -> None:
        """It was away: whatever it has now is looked at again."""
        for key in [key for key in list(self.compared) if key[0] == docking.number]:
            self.compared.pop(key, None)

    @contextlib.contextmanager
    def _known(self, docking: Docking) -> Iterator[Camera]:
        """The camera that was identified in this docking; another one there is a docking of its own."""
        with self._opened(docking) as camera:
            if docking.camera not in {None, camera.identity.serial}:
                self._tell_who(docking, camera)
                raise TooLateError(f"another camera is in bay {docking.bay} by now")
            yield camera

    def _tell_who(self, docking: Docking, camera: Camera) -> None:
        ahead_ms, error_ms = self._clock_offset(camera) or (None, None)
        self.tell(
            seen.CameraIdentified(
                docking=docking.number,
                camera=camera.identity.serial,
                model=camera.identity.model[:_MODEL_CHARACTERS_MAX] or _NO_MODEL,
                clock_ahead_ms=ahead_ms,
                clock_error_ms=error_ms,
            )
        )

    def _clock_offset(self, camera: Camera) -> tuple[int, int] | None:
        """How far ahead of ours the camera's clock is, and by how much that may be wrong; None where nobody knows."""
        asked = self.clock.stamp()
        shown_ms = camera.clock_ms()
        offset = clock_offset(asked, shown_ms, self.clock.stamp())
        if isinstance(offset, Unmeasured) or not offset.synchronised:
            return None
        return offset.ahead_ms, offset.error_ms
