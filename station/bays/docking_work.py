"""Work on one docked camera. Each function opens the camera, does one thing, tells what it saw; safe to repeat.

A camera that was pulled out, went quiet or lies fails its work and nothing else; what it still has is asked again.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256

from hardware.wires import AbsentError, Camera, Cameras, ForbiddenError, ListedFile, WireError
from station.bays.battery_word import battery_word
from station.bays.camera_models import CameraModels
from station.bays.clock_offset import Unmeasured, clock_offset
from station.bays.usb_watch import Pluggings
from station.clock import Clock
from station.custody import observations as seen
from station.custody.docking import Docking
from station.custody.due_work import Work
from station.custody.facts import Fact
from station.custody.recording import Recording
from station.custody.state import State
from station.durable import NoRoomError
from station.errors import TooLateError, WireFailedError, WrongUseError
from station.store.checkpointed_part import NotAsListedError
from station.store.recordings import NotTheSameError, RecordingStore
from station.work_dispatcher import Worker

Tell = Callable[[seen.Observation], tuple[Fact, ...]]
"""Say what was seen; the facts it became, once they are on the disk."""

FAILURES_AT_ONCE_MAX = 3
_LISTING_CHARACTERS = 32
_TWIN, _TWIN_CHARACTERS = "~", 16
_NOT_COMPARED = "?"
_MODEL_CHARACTERS_MAX = 128
_NO_MODEL = "?"

Families = Mapping[str, Sequence[Recording]]
"""What is held of a camera, by the listing its files show; more than one where files were filmed over."""


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
    pluggings: Pluggings
    models: CameraModels = field(default_factory=dict)
    compared: dict[tuple[int, str], str] = field(default_factory=dict)
    """(docking, listing) → SHA-256 of what this process itself read of it in this docking."""
    failed: set[tuple[int, str]] = field(default_factory=set)
    """(docking, listing) of what could not be read or compared when it was tried last."""

    def workers(self) -> dict[Work, Worker]:
        return {
            Work.IDENTIFY: self.identify,
            Work.WAKE: self.identify,
            Work.CALL_SILENT: self.call_silent,
            Work.OPEN_REPAIR: self.open_repair,
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
        self.tell(seen.CameraStayedSilent(docking=number, label=None))

    def open_repair(self, number: int) -> None:
        self.tell(seen.CameraStaysSilent(docking=number))

    def read(self, number: int) -> None:
        """Hold what is not held yet, and say what is listed then; due again while that is more than is held."""
        docking = self._docking(number)

        def hold(camera: Camera, file: ListedFile, families: Families) -> None:
            if self._held_as(docking, camera, file, families) is None:
                self._hold(docking, camera, file)

        def tell(camera: Camera) -> None:
            self.tell(seen.CameraListed(docking=number, listings=self._listings(docking, camera)))

        self._for_each_file(docking, hold, tell)
        self.pluggings.read(number)

    def order_clearing(self, number: int) -> None:
        self.tell(seen.ClearingAsked(docking=number))

    def clear(self, number: int) -> None:
        """Delete what was ordered deleted, and nothing else; then see what is left. What cannot be deleted is left."""
        docking = self._docking(number)
        recordings = self.state().recordings
        ordered = {recordings[n].listing for n in docking.ordered if n in recordings}

        def delete(camera: Camera, file: ListedFile, families: Families) -> None:
            if self._held_as(docking, camera, file, families) in ordered:
                with contextlib.suppress(ForbiddenError):
                    camera.delete(file.path)

        def tell(camera: Camera) -> None:
            self.tell(seen.DeletionsListed(docking=number, listings=self._listings(docking, camera)))

        self._for_each_file(docking, delete, tell)

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

    def _for_each_file(
        self,
        docking: Docking,
        act: Callable[[Camera, ListedFile, Families], None],
        conclude: Callable[[Camera], None],
    ) -> None:
        """Act on every file, then conclude. A file that fails keeps no other waiting: it is named in the end.

        What failed before is tried last, and after some failures the rest waits for the next time.
        """
        done: set[str] = set()
        failures: list[WireFailedError] = []
        while True:
            with self._known(docking) as camera:
                patient = len(failures) < FAILURES_AT_ONCE_MAX
                failure = self._act_on_each(docking, camera, done, act) if patient else None
                if failure is None:
                    conclude(camera)
                    break
                failures.append(failure)
        if failures:
            raise failures[0]

    def _act_on_each(
        self, docking: Docking, camera: Camera, done: set[str], act: Callable[[Camera, ListedFile, Families], None]
    ) -> WireFailedError | None:
        """The first failure, after which the camera is opened anew; None at the end."""
        families = self._families(docking)
        files = {listing_of(file): file for file in camera.files()}
        for listing in sorted(files, key=lambda listing: (docking.number, listing) in self.failed):
            if listing in done:
                continue
            done.add(listing)
            try:
                act(camera, files[listing], families)
                self.failed.discard((docking.number, listing))
            except AbsentError:
                raise
            except (WireError, NoRoomError, NotAsListedError, NotTheSameError) as error:
                self.failed.add((docking.number, listing))
                return WireFailedError(f"bay {docking.bay}: {error}")
        return None

    def _hold(self, docking: Docking, camera: Camera, file: ListedFile) -> None:
        """Keep a file's bytes; under a listing of its own where another file was held under the same one before."""
        listing = listing_of(file)
        twin = self.compared.get((docking.number, listing))
        if twin is not None:
            listing = f"{listing}{_TWIN}{twin[:_TWIN_CHARACTERS]}"
        digest = self._received(docking, camera, file, listing)
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
        self.compared[docking.number, listing_of(file)] = digest

    def _received(self, docking: Docking, camera: Camera, file: ListedFile, listing: str) -> str:
        """Gone on with where it was cut, if it can be known again: by a camera with a name and a file with a time."""
        dated = (file.begun_ms, file.ended_ms) != (None, None)
        if docking.camera is None or not dated:
            return self.recordings.receive(docking.number, listing, file.size_bytes, camera.pull(file.path))
        pull = partial(camera.pull, file.path)
        return self.recordings.receive_rest(docking.number, listing, file.size_bytes, docking.source, pull)

    def _listings(self, docking: Docking, camera: Camera) -> frozenset[str]:
        """What is on the camera: each file under the listing its bytes are held by, or under one that is not held."""
        families = self._families(docking)
        on_camera = {listing_of(file) for file in camera.files()}
        self.recordings.drop_unlisted(docking.source, lambda listing: listing.partition(_TWIN)[0] in on_camera)
        self.recordings.drop_left(self.clock.stamp())
        listed = (self._listed_as(docking, listing, families) for listing in on_camera)
        return frozenset(listing for listings in listed for listing in listings)

    def _listed_as(self, docking: Docking, listing: str, families: Families) -> Sequence[str]:
        """What could not be compared may be what is held, and so is not gone; or new, and so is not held."""
        family = families.get(listing, ())
        digest = self.compared.get((docking.number, listing))
        if not family:
            return (listing,)
        if digest is None:
            return (*(held.listing for held in family), f"{listing}{_TWIN}{_NOT_COMPARED}")
        same = next((held.listing for held in family if held.sha256 == digest), None)
        return (same or f"{listing}{_TWIN}{digest[:_TWIN_CHARACTERS]}",)

    def _held_as(self, docking: Docking, camera: Camera, file: ListedFile, families: Families) -> str | None:
        """The listing under which these very bytes are held; None where they are not.

        What was held before may have been filmed over since, under the same name, size and time: by a camera that
        left in between, or while the station was down. What this process did not read itself in this docking, it
        reads again and compares, once.
        """
        listing = listing_of(file)
        family = families.get(listing, ())
        if not family:
            return None
        key = docking.number, listing
        if key not in self.compared:
            self.compared[key] = self._digest(camera, file)
        return next((held.listing for held in family if held.sha256 == self.compared[key]), None)

    def _families(self, docking: Docking) -> Families:
        state = self.state()
        for key in [key for key in [*self.compared, *self.failed] if key[0] not in state.dockings]:
            self.compared.pop(key, None)
            self.failed.discard(key)
        families: dict[str, list[Recording]] = {}
        for held in state.on_source(docking.source):
            families.setdefault(held.listing.partition(_TWIN)[0], []).append(held)
        return families

    def _digest(self, camera: Camera, file: ListedFile) -> str:
        """SHA-256 of a file as the camera sends it now; nothing is kept."""
        digest = sha256()
        for chunk in self.recordings.going_on(camera.pull(file.path)):
            digest.update(chunk)
        return digest.hexdigest()

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


def listing_of(file: ListedFile) -> str:
    """Tells one file from every other a camera ever had, and holds no name."""
    told = f"{file.path}\0{file.size_bytes}\0{file.begun_ms}\0{file.ended_ms}"
    return sha256(told.encode(errors="surrogatepass")).hexdigest()[:_LISTING_CHARACTERS]
