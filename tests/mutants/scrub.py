"""Seeded faults in what compares the digests of everything kept, again and again."""

from tests.mutants.mutant import Mutant

_TESTS = "tests/test_scrub.py"
_DAMAGE = "tests/test_scrub_damage.py"
_TURNS = "tests/test_scrub_turns.py"
_SCRUBBING = "station/bays/scrubbing.py"

MUTANTS = (
    Mutant(
        "Bits that rot in an original are found within the days of the rule",
        "what differs is passed over",
        _SCRUBBING,
        "                if found is not None:\n                    self._tell_original(number, found)\n",
        "",
        f"{_TESTS}::test_a_flipped_bit_is_found_in_the_next_round[True]",
    ),
    Mutant(
        "Round follows round over everything kept",
        "one round is enough",
        "station/store/scrub_rounds.py",
        "    if before.after is not None or young or not here:\n",
        "    if before.sure:\n",
        f"{_TESTS}::test_a_round_goes_over_every_original_and_copy_in_the_order_of_numbers",
    ),
    Mutant(
        "An original that memory let go of long ago is told too when it is damaged",
        "only what a camera still has is told",
        "station/custody/recall.py",
        "SecondCopySpoiled, DigestFound)):",
        "SecondCopySpoiled)):",
        f"{_TESTS}::test_a_flipped_bit_is_found_in_the_next_round[True]",
    ),
    Mutant(
        "One misreading accuses nobody",
        "the first reading is told",
        _SCRUBBING,
        "        for _ in range(2):\n",
        "        for _ in range(1):\n",
        f"{_TESTS}::test_what_was_misread_once_accuses_nobody",
    ),
    Mutant(
        "After a restart the comparing goes on where it was",
        "the position is forgotten",
        "station/store/scrub_rounds.py",
        "            self._rounds = _READER.decode(path.read_bytes())\n",
        "            self._rounds = {}\n",
        f"{_TURNS}::test_after_a_restart_it_goes_on_where_it_was",
    ),
    Mutant(
        "Nothing is compared while a camera is pulled",
        "it is begun all the same",
        "station/work_dispatcher.py",
        "            ready.pop(_SCRUB_LANE, None)\n",
        "            pass\n",
        f"{_TURNS}::test_nothing_is_compared_while_others_want_the_disk[read]",
    ),
    Mutant(
        "A file that is being compared waits while a camera is pulled",
        "it is read to its end",
        _SCRUBBING,
        "            self._wait()\n            yield chunk\n",
        "            yield chunk\n",
        f"{_TURNS}::test_a_file_that_is_being_compared_waits_while_a_camera_is_pulled",
    ),
    Mutant(
        "A disk that stays away too long is told once",
        "it is told at every start",
        _SCRUBBING,
        "            one = replace(one, told=True)\n",
        "            self._told = True\n",
        f"{_TESTS}::test_closed_by_a_person_it_is_not_told_again",
    ),
    Mutant(
        "A disk whose digests were not compared in time is told",
        "only a disk that is here counts",
        _SCRUBBING,
        "        return {disk: disk == second for disk in sorted(state.disks) if not state.gone(disk)}\n",
        "        return {disk: True for disk in state.disks if disk == second and not state.gone(disk)}\n",
        f"{_TESTS}::test_a_disk_that_stays_away_is_told_once",
    ),
    Mutant(
        "A clock that is not true calls nothing uncompared",
        "any clock does",
        "station/store/scrub_rounds.py",
        "    if not (one.sure and at.synchronised):\n        return ()\n",
        "",
        f"{_TESTS}::test_a_clock_that_is_not_true_accuses_nobody",
    ),
    Mutant(
        "A damaged second copy counts no more until it is made anew",
        "it goes on counting",
        "station/custody/recording.py",
        "            return replace(recording, copies=left, spoiled=(*recording.spoiled, disk))\n",
        "            return replace(recording, spoiled=(*recording.spoiled, disk))\n",
        f"{_DAMAGE}::test_a_damaged_copy_is_named_counts_no_more_and_is_made_anew",
    ),
    Mutant(
        "What is left of a damaged copy is waited for by a purge",
        "only copies that count are waited for",
        "station/custody/recording.py",
        "        return frozenset({*(disk for disk, _ in self.copies), *self.spoiled})\n",
        "        return frozenset({*(disk for disk, _ in self.copies)})\n",
        f"{_DAMAGE}::test_a_purge_waits_for_a_disk_with_what_is_left_of_a_copy",
    ),
    Mutant(
        "An original that the disk does not give is told as that, and its camera keeps the file",
        "its camera is cleared",
        "station/custody/clearing.py",
        'for code in ("HASH_MISMATCH", "STORE_FAULT"))',
        'for code in ("HASH_MISMATCH",))',
        f"{_DAMAGE}::test_an_unreadable_original_is_told_as_that_and_keeps_its_camera",
    ),
    Mutant(
        "What is being signed for is not set aside meanwhile",
        "both go on at once",
        "station/store/recordings.py",
        "            if number in self._at_hand:\n",
        "            if number < 0:\n",
        f"{_TESTS}::test_what_is_being_signed_is_not_set_aside",
    ),
    Mutant(
        "Not everything compared in time stands on the status page",
        "nobody reads it",
        "station/assemble.py",
        '            troubles["资料核验 digests"] = unverified\n',
        "            pass\n",
        f"{_DAMAGE}::test_the_status_page_says_what_was_not_compared_and_what_is_damaged",
    ),
)
