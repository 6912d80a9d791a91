"""Seeded faults that only the joined house can notice."""

from tests.mutants.mutant import Mutant

_LIVES = "tests/test_docking_lives.py::test_at_every_point_of_a_docking"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "A shift's facts are those of its cameras' visits, fact for fact",
        "a fact says another number than the camera listed",
        "station/custody/judge.py",
        "read = CameraRead(docking=docking.number, listed=len(said.listings))",
        "read = CameraRead(docking=docking.number, listed=0)",
        "tests/test_shift.py",
    ),
    Mutant(
        "A shift's recordings are credited to whoever had the camera",
        "the camera's clock is set before it is asked who it is",
        "station/bays/camera_work.py",
        "        ahead_ms, error_ms = self._clock_offset(camera) or (None, None)\n",
        "        camera.set_clock(self.clock.stamp().utc_ms)\n"
        "        ahead_ms, error_ms = self._clock_offset(camera) or (None, None)\n",
        "tests/test_shift.py",
    ),
    Mutant(
        "However a docking is interrupted, nothing is deleted before its copies are proved",
        "an order to clear needs no receipt",
        "station/custody/clearing.py",
        "if recording.stated is None or len(recording.proofs) < demand.copies:",
        "if recording.stated is None:",
        f"{_LIVES}[1-kill-0]",
    ),
    Mutant(
        "A power cut takes back nothing of what is said to be held",
        "the bytes of footage and evidence are not fsynced",
        "station/durable.py",
        "            os.fsync(file.fileno())\n",
        "",
        f"{_LIVES}[1-power-0]",
    ),
    Mutant(
        "What was filmed over is read before anything of it is deleted",
        "a file that shows what a held one showed is taken for it without looking",
        "station/bays/docking_work.py",
        "        key = docking.number, listing\n        if key not in self.compared:\n",
        "        key = docking.number, listing\n        self.compared.setdefault(key, family[0].sha256)\n"
        "        if key not in self.compared:\n",
        "tests/test_docking_footage.py::test_footage_filmed_over_under_one_name_size_and_time_is_read_before_anything_is_deleted",
    ),
    Mutant(
        "A lock closes when its offer has run out, whatever else hangs",
        "only the fact closes it",
        "station/custody/bay_lock.py",
        " and docking.offer_left_ms(lasts_ms, at) > 0",
        "",
        "tests/test_bay_watch.py::test_what_is_locked_follows_from_custody",
    ),
    Mutant(
        "A registry restored from a copy gets what it lacks",
        "an answer that says less is passed over",
        "station/uplink/journal_uplink.py",
        "        if told.size == self._next:\n",
        "        if told.size <= self.delivered:\n",
        "tests/test_journal_uplink.py::test_a_registry_restored_from_a_copy_gets_what_it_lacks",
    ),
)
