"""Work on one docked camera. Each function opens the camera, does one thing, tells what it saw; safe to repeat.

A camera that was pulled out, went quiet or lies fails its work and nothing else; what it still has is asked again.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

from hardware.wires import Camera, Cameras, ListedFile, WireError
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

_CLOCK_STEP_MS = 1_000
"""Cameras tell whole seconds: what they say began somewhere in the second before."""
_LISTING_CHARACTERS = 32


@dataclass(frozen=True, slots=True)
class DockingWork:
    """What every piece of docking work needs."""

    tell: Tell
    state: Callable[[], State]
    clock: Clock
    cameras: Cameras
    places: Mapping[str, str]
    """Bay → its place on the USB tree."""
    recordings: RecordingStore

    def workers(self) -> dict[Work, Worker]:
        return {
            Work.IDENTIFY: self.identify,
            Work.WAKE: self.identify,
            Work.CALL_SILENT: self.call_silent,
            Work.READ: self.read,
            Work.ORDER_CLEARING: self.order_clearing,
            Work.CLEAR: self.clear,
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
        self.tell(seen.CameraStayedSilent(bay=self._docking(number).bay, label=None))

    def read(self, number: int) -> None:
        """Hold what is not held yet, and say what is listed then; due again while that is more than is held."""
        docking = self._docking(number)
        with self._known(docking) as camera:
            files = _by_listing(camera)
            unheld = self._unheld(docking, files)
            for listing, file in unheld.items():
                self._hold(docking, camera, listing, file)
            listed_last = _by_listing(camera) if unheld else files
            self.tell(seen.CameraListed(docking=number, listings=frozenset(listed_last)))

    def order_clearing(self, number: int) -> None:
        self.tell(seen.ClearingAsked(docking=number))

    def clear(self, number: int) -> None:
        """Delete what was ordered deleted, and nothing else; then see what is left."""
        docking = self._docking(number)
        recordings = self.state().recordings
        ordered = {recordings[n].listing for n in docking.ordered if n in recordings}
        with self._known(docking) as camera:
            for listing, file in _by_listing(camera).items():
                if listing in ordered:
                    camera.delete(file.path)
            self.tell(seen.DeletionsListed(docking=number, listings=frozenset(_by_listing(camera))))

    def judge_battery(self, number: int) -> None:
        with self._known(self._docking(number)) as camera:
            percent = camera.battery_percent()
            self.tell(seen.BatteryMeasured(docking=number, percent=percent, health_percent=None))

    def set_clock(self, number: int) -> None:
        """Only a station that knows the time sets another's clock."""
        if not self.clock.stamp().synchronised:
            raise WireFailedError("the station does not know the time; connect it to its time server")
        with self._known(self._docking(number)) as camera:
            camera.set_clock(self.clock.stamp().utc_ms)
            offset = self._clock_offset(camera)
            if offset is None:
                raise WireFailedError("the camera's clock cannot be read back; set it by hand")
            self.tell(seen.ClockWasSet(docking=number, clock_ahead_ms=offset[0], clock_error_ms=offset[1]))

    def lapse_offer(self, number: int) -> None:
        self.tell(seen.OfferTimedOut(docking=number))

    def _hold(self, docking: Docking, camera: Camera, listing: str, file: ListedFile) -> None:
        digest = self.recordings.receive(docking.number, listing, file.size_bytes, camera.pull(file.path))
        read = seen.RecordingRead(
            docking=docking.number,
            listing=listing,
            size_bytes=file.size_bytes,
            sha256=digest,
            original_name=file.path,
            begun_device_ms=file.begun_ms,
            ended_device_ms=file.ended_ms,
        )
        try:
            self.tell(read)
        except TooLateError:
            self.recordings.discard(docking.number, listing)
            raise

    def _unheld(self, docking: Docking, files: Mapping[str, ListedFile]) -> dict[str, ListedFile]:
        held: Mapping[str, int] = self.state().on_camera.get(docking.source, {})
        return {listing: file for listing, file in files.items() if listing not in held}

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
                yield camera
        except WireError as error:
            raise WireFailedError(f"bay {docking.bay}: {error}") from error

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
                bay=docking.bay,
                camera=camera.identity.serial,
                model=camera.identity.model,
                clock_ahead_ms=ahead_ms,
                clock_error_ms=error_ms,
            )
        )

    def _clock_offset(self, camera: Camera) -> tuple[int, int] | None:
        """How far ahead of ours the camera's clock is, and by how much that may be wrong."""
        asked = self.clock.stamp()
        shown_ms = camera.clock_ms()
        answered = self.clock.stamp()
        if shown_ms is None:
            return None
        asking_ms = answered.boot_ms - asked.boot_ms
        middle_ms = asked.utc_ms + asking_ms // 2
        return shown_ms + _CLOCK_STEP_MS // 2 - middle_ms, _CLOCK_STEP_MS // 2 + (asking_ms + 1) // 2


def listing_of(file: ListedFile) -> str:
    """Tells one file from every other a camera ever had, and holds no name."""
    told = f"{file.path}\0{file.size_bytes}\0{file.begun_ms}\0{file.ended_ms}"
    return sha256(told.encode(errors="surrogatepass")).hexdigest()[:_LISTING_CHARACTERS]


def _by_listing(camera: Camera) -> dict[str, ListedFile]:
    return {listing_of(file): file for file in camera.files()}
