"""Seeded faults that only the joined house can notice."""

from tests.mutants.mutant import Mutant

_LIVES = "tests/test_docking_lives.py::test_at_every_point_of_a_docking"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "A shift's facts are the house plan's table, fact for fact",
        "a fact says another number than the camera listed",
        "station/custody/judge.py",
        "read = CameraRead(docking=docking.number, listed=len(said.listings))",
        "read = CameraRead(docking=docking.number, listed=0)",
        "tests/test_shift.py",
    ),
    Mutant(
        "A shift's recordings are credited to whoever had the camera",
        "the camera's clock is set before it is asked who it is",
        "station/bays/docking_work.py",
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
)
