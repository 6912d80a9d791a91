"""Reads and clears docked cameras: holds what is not held yet, deletes what was ordered deleted. Safe to repeat.

A camera that was pulled out, went quiet or lies fails its work and nothing else; what it still has is asked again.

Memory: for each docked camera, about a kilobyte for each file it lists now, whatever it listed before, and while it
is read some buffers of a few megabytes together; nothing grows with the bytes read or with how often it is tried.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256

import msgspec

from hardware.wires import AbsentError, Camera, ForbiddenError, ListedFile, WireError
from station.bays import known_files
from station.bays.camera_names import numbers_of, reading_order
from station.bays.camera_work import CameraWork, Tell
from station.bays.known_files import Families, families_of, listing_of, shown_listing
from station.bays.media import examine
from station.bays.pull_turns import PullTurns
from station.custody import observations as seen
from station.custody.clearing import undamaged
from station.custody.docking import Docking
from station.custody.due_work import Work
from station.custody.recording import Recording, RecordingStep
from station.durable import NoRoomError
from station.errors import NotYetError, TooLateError, WireFailedError
from station.store.checkpointed_part import NotAsListedError
from station.store.listings import Listings, ends, new_numbers, with_numbers
from station.store.recordings import NotTheSameError
from station.work_dispatcher import Worker

__all__ = ["FAILURES_AT_ONCE_MAX", "DockingWork", "Tell", "listing_of"]

FAILURES_AT_ONCE_MAX = 3
MISSED_AT_ONCE_MAX = 64
"""So many facts in one transaction; fewer than a camera remembers, so that none is told twice."""
MISSED_MAX = 4_096
"""In one docking: a camera that lists other names each time fills no journal."""

Files = dict[str, ListedFile]
"""What a camera lists now, by what tells one file from every other."""


@dataclass(frozen=True, slots=True)
class DockingWork(CameraWork):
    """Everything that is done to a docked camera by itself."""

    listings: Listings = field(kw_only=True)
    turns: PullTurns = field(kw_only=True)
    failed: set[tuple[int, str]] = field(default_factory=set)
    """(docking, listing) of what could not be read or compared when it was tried last."""
    lacked: dict[int, frozenset[str]] = field(default_factory=dict)
    """Docking → the listings that were lacking when its camera was opened for a first look."""
    zone_minutes: int = 0
    """How far the cameras' wall clocks are ahead of UTC."""

    def workers(self) -> dict[Work, Worker]:
        reading = {Work.READ: self.read, Work.ORDER_CLEARING: self.order_clearing, Work.CLEAR: self.clear}
        return {**CameraWork.workers(self), **reading}  # a class with slots has no plain `super()` here

    def read(self, number: int) -> None:
        """Hold what is not held yet, and say what is listed then; due again while that is more than is held."""
        docking = self._docking(number)

        def hold(camera: Camera, file: ListedFile, families: Families) -> None:
            held = self._held_as(docking, camera, file, families)
            if held is None:
                self._hold(docking, camera, file)
            elif self._damaged(held):
                self._hold_again(docking, camera, file, held)

        def tell(camera: Camera) -> None:
            files = self._listed(docking, camera)
            self._reckon(docking, camera, files)
            self.tell(seen.CameraListed(docking=number, listings=self._listings(docking, files)))

        self._for_each_file(docking, hold, tell)
        self.pluggings.read(number)

    def order_clearing(self, number: int) -> None:
        self.tell(seen.ClearingAsked(docking=number))

    def clear(self, number: int) -> None:
        """Delete what was ordered deleted, and nothing else; then see what is left. What cannot be deleted is left."""
        docking = self._docking(number)
        recordings = self.state().recordings
        ordered = {n for n in docking.ordered if n in recordings}

        def delete(camera: Camera, file: ListedFile, families: Families) -> None:
            held = self._held_as(docking, camera, file, families)
            if held is not None and held.number in ordered:
                state = self.state()
                if state.disputes:
                    raise NotYetError("the journal's history is disputed; nothing is deleted from a camera")
                if undamaged(state, held):
                    with contextlib.suppress(ForbiddenError):
                        camera.delete(file.path)

        def tell(camera: Camera) -> None:
            files = self._listed(docking, camera)
            self.tell(seen.DeletionsListed(docking=number, listings=self._listings(docking, files)))

        self._for_each_file(docking, delete, tell)

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
        self._look(docking)
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

    def _look(self, docking: Docking) -> None:
        """See what is lacking of what was shown before; only what the camera lacks too when opened anew is gone."""
        lacked: frozenset[str] = frozenset()
        before = self.listings.of(docking.source).owed
        if before:
            with self._known(docking) as camera:
                files = self._listed(docking, camera)
            if known_files.described(files):
                missed = known_files.missed(files, self._families(docking), before)
                lacked = frozenset(one.listing for one in missed)
        dockings = self.state().dockings
        for number in [number for number in [*self.lacked] if number not in dockings]:
            self.lacked.pop(number, None)
        self.lacked[docking.number] = lacked

    def _act_on_each(
        self, docking: Docking, camera: Camera, done: set[str], act: Callable[[Camera, ListedFile, Families], None]
    ) -> WireFailedError | None:
        """The first failure, after which the camera is opened anew; None at the end."""
        files = self._listed(docking, camera)
        self._reckon(docking, camera, files)
        families = self._families(docking)
        for listing in self._in_order(docking, camera, files):
            if listing in done:
                continue
            done.add(listing)
            try:
                act(camera, files[listing], families)
                self.failed.discard((docking.number, listing))
            except AbsentError as error:
                raise AbsentError(known_files.nameless(error, listing, files[listing])) from error
            except (WireError, NoRoomError, NotAsListedError, NotTheSameError) as error:
                self.failed.add((docking.number, listing))
                return WireFailedError(f"bay {docking.bay}: {known_files.nameless(error, listing, files[listing])}")
        return None

    def _in_order(self, docking: Docking, camera: Camera, files: Files) -> list[str]:
        model = self.models.get(camera.identity.model)
        return sorted(
            files,
            key=lambda listing: ((docking.number, listing) in self.failed, *reading_order(model, files[listing])),
        )

    def _listed(self, docking: Docking, camera: Camera) -> Files:
        """What is on the camera now; of what is not, nothing is remembered."""
        files = {listing_of(file): file for file in camera.files()}
        dockings = self.state().dockings
        for key in [*self.compared, *self.failed]:
            if key[0] not in dockings or (key[0] == docking.number and key[1] not in files):
                self.compared.pop(key, None)
                self.failed.discard(key)
        return files

    def _reckon(self, docking: Docking, camera: Camera, files: Files) -> None:
        """Tell what is missing of what was shown before, and keep what is shown now; on the disk before anything else.

        Told first: were it forgotten first, a crash in between would hide it. What is told twice is no second fact.
        What is lacking and cannot be told yet stays on the list: anything may be behind what a camera does not
        describe, and one listing alone accuses nobody.
        """
        families = self._families(docking)
        before = self.listings.of(docking.source)
        told = before.told if before.told_in == docking.number else 0
        described = known_files.described(files)
        twice = self.lacked.get(docking.number, frozenset()) if described else frozenset()
        missed = known_files.missed(files, families, before.owed)
        gone = tuple(known_files.missed_file(one) for one in missed if one.listing in twice)[: MISSED_MAX - told]
        for start in range(0, len(gone), MISSED_AT_ONCE_MAX):
            self.tell(seen.FilesMissed(docking=docking.number, files=gone[start : start + MISSED_AT_ONCE_MAX]))
        model = self.models.get(camera.identity.model) if described else None
        numbers = new_numbers(before.numbers, numbers_of(model, files.values()))
        if numbers and before.numbers:
            self.tell(seen.NumbersListed(docking=docking.number, known=ends(before.numbers), listed=numbers))
        owed = (
            *(one for one in missed if one.listing not in twice),
            *known_files.owed(files, families, before.owed, docking.number),
        )
        rows = with_numbers(before.numbers, numbers)
        if gone:
            before = msgspec.structs.replace(before, told_in=docking.number, told=told + len(gone))
        self.listings.keep(msgspec.structs.replace(before, owed=owed, numbers=rows))

    def _hold(self, docking: Docking, camera: Camera, file: ListedFile) -> None:
        """Keep a file's bytes; under a listing of its own where another file was held under the same one before."""
        listing = listing_of(file)
        twin = self.compared.get((docking.number, listing))
        if twin is not None:
            listing = known_files.twin_listing(listing, twin)
        digest = self._received(docking, camera, file, listing)
        read = seen.RecordingRead(
            docking=docking.number,
            listing=listing,
            size_bytes=file.size_bytes,
            sha256=digest,
            original_name=file.path,
            begun_device_ms=file.begun_ms,
            ended_device_ms=file.ended_ms,
            media=examine(self.recordings.received(docking.number, listing), file.path, self.zone_minutes),
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
        with self._pulling(docking, camera, file) as pull:
            if docking.camera is None or not dated:
                return self.recordings.receive(docking.number, listing, file.size_bytes, pull(0))
            return self.recordings.receive_rest(docking.number, listing, file.size_bytes, docking.source, pull)

    def _hold_again(self, docking: Docking, camera: Camera, file: ListedFile, held: Recording) -> None:
        """What is held is not on our disk any more as it was, and the camera still has it."""
        with self._pulling(docking, camera, file) as pull:
            self.recordings.receive_again(held, pull(0))

    @contextlib.contextmanager
    def _pulling(
        self, docking: Docking, camera: Camera, file: ListedFile
    ) -> Iterator[Callable[[int], Iterator[memoryview]]]:
        """A turn for one file: how to ask the camera for it."""
        marked = not reading_order(self.models.get(camera.identity.model), file)[0]
        place = self.places[docking.bay]

        def require_there() -> None:
            self._docking(docking.number)
            self.pluggings.require_there(docking.number, place)

        with self.turns.turn(docking.bay, place, marked=marked, require_there=require_there) as turn:
            yield lambda offset: turn.reading(camera.pull(file.path, offset))

    def _listings(self, docking: Docking, files: Files) -> frozenset[str]:
        """What is on the camera: each file under the listing its bytes are held by, or under one that is not held."""
        families = self._families(docking)
        self.recordings.drop_unlisted(docking.source, lambda listing: shown_listing(listing) in files)
        self.recordings.drop_left(self.clock.stamp())
        return frozenset(
            held
            for listing in files
            for held in known_files.listed_as(
                listing, families.get(listing, ()), self.compared.get((docking.number, listing)), self._damaged
            )
        )

    def _held_as(self, docking: Docking, camera: Camera, file: ListedFile, families: Families) -> Recording | None:
        """The recording that these very bytes are held as; None where they are not.

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
            self.compared[key] = self._digest(docking, camera, file)
        return next((held for held in family if held.sha256 == self.compared[key]), None)

    def _families(self, docking: Docking) -> Families:
        return families_of(self.state().on_source(docking.source))

    def _damaged(self, held: Recording) -> bool:
        """It was found to be another file when it was to be signed for."""
        return held.step is RecordingStep.HELD and self.recordings.is_damaged(held)

    def _digest(self, docking: Docking, camera: Camera, file: ListedFile) -> str:
        """SHA-256 of a file as the camera sends it now; nothing is kept."""
        digest = sha256()
        with self._pulling(docking, camera, file) as pull:
            for chunk in self.recordings.going_on(pull(0)):
                digest.update(chunk)
        return digest.hexdigest()
