"""Seeded faults in going on with a pull that was cut."""

from tests.mutants.mutant import Mutant

_PART = "station/store/checkpointed_part.py"
_PARTS = "station/store/parts.py"
_TESTS = "tests/test_resumed_pulls.py"
_POWER = f"{_TESTS}::test_whenever_the_power_goes_no_final_name_is_wrong_and_it_is_whole_in_the_end"

MUTANTS = (
    Mutant(
        "A part is gone on with only while it is what it was",
        "its digest is not compared",
        _PART,
        "if told is None or digest is None or digest.hexdigest() != told.sha256:",
        "if told is None or digest is None:",
        f"{_TESTS}::test_a_part_that_is_not_what_it_was_is_read_anew",
    ),
    Mutant(
        "Two files under one listing are never mixed",
        "the overlap is not compared",
        _PART,
        "        if chunk[:known] != overlap[seen : seen + known]:\n",
        "        if chunk[:known] != chunk[:known]:\n",
        f"{_TESTS}::test_another_file_under_the_same_listing_is_read_anew",
    ),
    Mutant(
        "Two files under one listing are never mixed",
        "a file that tells no time is gone on with",
        "station/bays/docking_work.py",
        "        if docking.camera is None or not dated:\n",
        "        if docking.camera is None:\n",
        f"{_TESTS}::test_a_file_without_times_is_read_from_its_beginning",
    ),
    Mutant(
        "Two cameras' files are never mixed",
        "a part is known by its file alone",
        _PARTS,
        "sha256(source.encode(errors='surrogatepass'))",
        "sha256(b'')",
        f"{_TESTS}::test_another_camera_with_the_same_listing_goes_on_with_nothing",
    ),
    Mutant(
        "What a checkpoint says is on the disk, is",
        "it is written before its bytes are synced",
        _PART,
        "        os.fdatasync(file.fileno())\n",
        "",
        _POWER,
    ),
    Mutant(
        "No part of a file ever stands under a final name",
        "it gets its name before it is proved",
        "station/store/recordings.py",
        "                read_back = self._read_back(part.path)\n",
        "                move_file(part.path, self._incoming_path(docking, listing))\n"
        "                read_back = self._read_back(self._incoming_path(docking, listing))\n",
        f"{_TESTS}::test_what_reads_back_differently_is_not_held_and_leaves_no_part",
    ),
    Mutant(
        "A pull that was cut asks for at most a tenth of its file twice",
        "what an error leaves is not accounted for",
        _PART,
        "                if self.offset > self._marked:\n",
        "                if self.offset < self._marked:\n",
        f"{_TESTS}::test_pulled_out_at_any_byte_it_goes_on_at_its_next_docking",
    ),
    Mutant(
        "A pull that was cut asks for at most a tenth of its file twice",
        "a killed process leaves nothing to go on with",
        _PART,
        "                    if self.offset + chunk.nbytes - self._marked > step:\n",
        "                    if self.offset - self._marked >= self._size_bytes:\n",
        f"{_TESTS}::test_killed_anywhere_it_goes_on",
    ),
    Mutant(
        "A pull that was cut asks for at most a tenth of its file twice",
        "a checkpoint waits for one chunk more than it may",
        _PART,
        "if self.offset + chunk.nbytes - self._marked > step:",
        "if self.offset - self._marked > step:",
        f"{_TESTS}::test_killed_at_any_chunk_from_six_mebibytes_on_little_is_asked_for_twice",
    ),
    Mutant(
        "A camera that cannot go on is asked for the whole file",
        "it is asked to go on for ever",
        _PARTS,
        "        return self._fruitless[key] < FRUITLESS_MAX\n",
        "        return True\n",
        f"{_TESTS}::test_a_camera_that_cannot_go_on_is_asked_for_the_whole_after_some_tries",
    ),
    Mutant(
        "No part outlives its use",
        "what a camera does not list any more is kept",
        "station/bays/docking_work.py",
        "lambda listing: shown_listing(listing) in files",
        "lambda _: True",
        f"{_TESTS}::test_what_was_deleted_on_the_camera_leaves_no_part",
    ),
    Mutant(
        "No part outlives its use",
        "it waits for its camera for ever",
        _PARTS,
        "                elif now.utc_ms - told.seen_ms > LEFT_DAYS_MAX * DAY_MS:\n",
        "                elif now.utc_ms < 0:\n",
        f"{_TESTS}::test_a_part_goes_when_its_camera_does_not_come_back_for_long",
    ),
    Mutant(
        "No part outlives its use",
        "nobody looks at how old it is",
        "station/bays/docking_work.py",
        "        self.recordings.drop_left(self.clock.stamp())\n",
        "",
        f"{_TESTS}::test_what_a_camera_left_long_ago_goes_while_others_are_read",
    ),
    Mutant(
        "No part grows old by a clock that is not true",
        "any clock counts",
        _PARTS,
        "        if not now.synchronised:\n",
        "        if not now.boot_id:\n",
        f"{_TESTS}::test_no_part_grows_old_by_a_clock_that_is_not_true",
    ),
    Mutant(
        "No part outlives its use",
        "parts keep the room that footage needs",
        "station/store/recordings.py",
        "                self._parts.drop_all()\n",
        "",
        f"{_TESTS}::test_parts_make_room_for_what_is_being_read",
    ),
    Mutant(
        "What is hashed in passing is what went by",
        "a piece is hashed where it lies, while the next one is written over it",
        "station/hashing.py",
        "args=(bytes(piece),)",
        "args=(piece,)",
        "tests/test_hashing.py::test_it_is_the_digest_of_all_pieces_in_their_order",
    ),
)
