"""Seeded faults in the rooms that watch, read, seal, lend and start work, each with its promise and its test."""

from tests.mutants.mutant import Mutant

_LIVES = "tests/test_docking_lives.py::test_at_every_point_of_a_docking[1-power-0]"
_STORE = "tests/test_recording_store.py"
_DOCKING = "tests/test_docking_work.py"
_WATCH = "tests/test_bay_watch.py"
_DISPATCHER = "tests/test_work_dispatcher.py"

MUTANTS = (
    Mutant(
        "A file's bytes survive a power cut once they are said to be kept",
        "they are not fsynced",
        "station/durable.py",
        "            os.fsync(file.fileno())\n",
        "",
        f"{_STORE}::test_a_file_and_its_name_are_on_the_disk_in_that_order",
    ),
    Mutant(
        "A file's name survives a power cut once it is said to be kept",
        "its folder is not synced",
        "station/durable.py",
        "    part.replace(path)\n    sync_folder(path.parent)\n",
        "    part.replace(path)\n",
        _LIVES,
    ),
    Mutant(
        "A recording is held only when it was read back equal",
        "what is remembered is compared with itself",
        "station/store/recordings.py",
        "            read_back = self._read_back(path)\n",
        "            read_back = digest.hexdigest()\n",
        f"{_STORE}::test_bytes_that_read_back_differently_are_not_kept",
    ),
    Mutant(
        "A recording is held only when as many bytes came as were listed",
        "fewer are enough",
        "station/store/checkpointed_part.py",
        "    if count != size_bytes:\n",
        "    if count > size_bytes:\n",
        f"{_DOCKING}::test_a_file_of_another_size_than_listed_is_not_held",
    ),
    Mutant(
        "A lock opens only after its reason is on the disk",
        "custody moves on before it is written",
        "station/journal_clerk.py",
        "        self._tree = self._in_transaction(write)\n        self._state = judged.state\n",
        "        self._state = judged.state\n        self._tree = self._in_transaction(write)\n",
        f"{_WATCH}::test_a_lock_waits_for_the_disk",
    ),
    Mutant(
        "A bay whose switch nobody has heard stays locked",
        "it is taken for an empty one",
        "station/bays/bay_watch.py",
        "refused = self._drive_locks(self._told)",
        "refused = self._drive_locks(self.names)",
        f"{_WATCH}::test_a_bay_nobody_has_heard_of_stays_locked",
    ),
    Mutant(
        "Another camera in a bay is a docking of its own",
        "whoever answers is worked on",
        "station/bays/camera_work.py",
        "            if docking.camera not in {None, camera.identity.serial}:\n",
        "            if not camera.identity.serial:\n",
        f"{_DOCKING}::test_another_camera_than_was_identified_is_a_docking_of_its_own",
    ),
    Mutant(
        "Only what was ordered deleted is deleted",
        "the whole card is",
        "station/bays/docking_work.py",
        "            if held is not None and held.number in ordered:\n",
        "            if file:\n",
        f"{_DOCKING}::test_only_what_was_ordered_is_deleted",
    ),
    Mutant(
        "A camera is never asked two things at once",
        "a second work starts beside the first",
        "station/work_dispatcher.py",
        "if lane in self._running or lane in ready or lane in stopped:",
        "if lane in ready or lane in stopped:",
        f"{_DISPATCHER}::test_one_docking_has_one_work_at_a_time_and_others_do_not_wait_for_it",
    ),
    Mutant(
        "Broken custody stops all work on its docking",
        "the next work goes on",
        "station/work_dispatcher.py",
        "if lane in self._running or lane in ready or lane in stopped:",
        "if lane in self._running or lane in ready:",
        f"{_DISPATCHER}::test_broken_custody_stops_all_work_on_its_docking_for_good_and_no_other",
    ),
)
