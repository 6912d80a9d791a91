"""Seeded faults in how bays are read: whose turn it is, what memory it takes, what is missing."""

from tests.mutants.mutant import Mutant

_TURNS = "station/bays/pull_turns.py"
_WORK = "station/bays/docking_work.py"
_FILES = "station/bays/known_files.py"
_JUDGE = "station/custody/judge_footage.py"
_TURN_TESTS = "tests/test_pull_turns.py"
_MISSING = "tests/test_reconciling.py"
_LISTS = "tests/test_reconciling_lists.py"
_TOLD = "tests/test_reconciling_told.py"
_DOCKING = "tests/test_docking_work.py"
_DAMAGED = "tests/test_damaged_here.py"
_MEMORY = "tests/test_bay_memory.py"

MUTANTS = (
    Mutant(
        "So many cameras of one hub are read at once, and no more",
        "all that wait are",
        _TURNS,
        "while self.waiting and len(self.having) < self.turns_max:",
        "while self.waiting:",
        f"{_TURN_TESTS}::test_no_more_than_so_many_have_a_turn",
    ),
    Mutant(
        "An emergency is read first, then a camera with marked clips",
        "an emergency bay is a bay like others",
        _TURNS,
        "            asking.bay not in self.emergency,\n",
        "",
        f"{_TURN_TESTS}::test_an_emergency_comes_before_marked_clips_and_these_before_all_others",
    ),
    Mutant(
        "An emergency is read first, then a camera with marked clips",
        "marks say nothing",
        _TURNS,
        "            not asking.marked,\n",
        "",
        f"{_TURN_TESTS}::test_an_emergency_comes_before_marked_clips_and_these_before_all_others",
    ),
    Mutant(
        "Among equals the bay that had least of its hub lately is next",
        "whoever came first is",
        _TURNS,
        "            self.lately.get(asking.bay, 0),\n",
        "",
        f"{_TURN_TESTS}::test_who_had_least_lately_is_next",
    ),
    Mutant(
        "No bay waits for ever for its turn",
        "who was passed over often has no right",
        _TURNS,
        "overdue = asking.passed >= PASSED_MAX",
        "overdue = asking.passed < 0",
        f"{_TURN_TESTS}::test_emergencies_without_end_starve_nobody",
    ),
    Mutant(
        "No bay waits for ever for its turn",
        "who leaves a bay late takes along whoever waits there by now",
        _TURNS,
        "        who = object()\n",
        "        who = bay\n",
        f"{_TURN_TESTS}::test_who_was_put_where_another_still_waits_has_a_turn_of_its_own",
    ),
    Mutant(
        "Whose camera leaves waits no longer",
        "it waits for its turn all the same",
        _TURNS,
        "                require_there()\n",
        "                pass\n",
        f"{_TURN_TESTS}::test_whose_camera_leaves_waits_no_longer_and_is_in_nobodys_way",
    ),
    Mutant(
        "In one camera marked clips are read first, then the oldest",
        "marked clips have no place of their own",
        "station/bays/camera_names.py",
        "    return not is_marked(model, file.path), ",
        "    return not is_marked(None, file.path), ",
        f"{_TURN_TESTS}::test_marked_clips_are_read_first_and_then_the_oldest",
    ),
    Mutant(
        "A bay's memory is bounded by what its camera lists now",
        "what was listed once is remembered",
        _WORK,
        " or (key[0] == docking.number and key[1] not in files)",
        "",
        f"{_MEMORY}::test_names_that_were_listed_once_are_forgotten",
    ),
    Mutant(
        "A file that was listed and never held has a name",
        "the list is kept only once everything was tried",
        _WORK,
        "        self._reckon(docking, camera, files)\n        families",
        "        families",
        f"{_MISSING}::test_pulled_out_at_the_first_file_everything_it_showed_is_known",
    ),
    Mutant(
        "A file that was listed and never held has a name",
        "a row of numbers begins anew at each docking",
        _WORK,
        "known=ends(before.numbers)",
        "known=ends(())",
        f"{_LISTS}::test_numbers_left_out_are_found_and_those_that_were_cleared_are_known",
    ),
    Mutant(
        "What was held is never said to be missing",
        "it is, where the camera does not list it any more",
        _FILES,
        "one.listing not in files and one.listing not in families",
        "one.listing not in files",
        f"{_MISSING}::test_what_was_held_before_it_was_pulled_out_and_cleared_elsewhere_is_not_missing",
    ),
    Mutant(
        "What was held is never said to be missing",
        "it is said to be read before it is off the list",
        _WORK,
        "            self._reckon(docking, camera, files)\n            self.tell(seen.CameraListed(",
        "            self.tell(seen.CameraListed(",
        f"{_MISSING}::test_what_is_held_is_on_no_list_before_anything_is_said_to_be_read",
    ),
    Mutant(
        "What is missing is told once",
        "told twice it is two facts",
        _JUDGE,
        "[file for file in said.files if file.listing not in known]",
        "[file for file in said.files if file.listing]",
        f"{_MISSING}::test_told_twice_it_is_one_fact_and_after_the_docking_it_is_too_late",
    ),
    Mutant(
        "A camera that lies about its files fills no journal",
        "every name it ever showed is told",
        _WORK,
        "[: MISSED_MAX - told]",
        "[:]",
        f"{_MISSING}::test_a_camera_that_lists_other_names_each_time_fills_no_journal",
    ),
    Mutant(
        "What waits too long for the registry is reported",
        "what was confirmed is, too",
        _JUDGE,
        "recording is None or recording.received is not None or",
        "recording is None or",
        f"{_TOLD}::test_what_the_registry_confirmed_waits_for_nothing",
    ),
    Mutant(
        "What is spoiled on our disk is told, and read anew where it can be",
        "it only stops",
        "station/bays/sealing.py",
        "        if digests.sha256 != recording.sha256:\n",
        "        if not digests.sha256:\n",
        "tests/test_sealing.py::test_what_was_spoiled_on_our_disk_is_told_once_read_anew_and_then_signed",
    ),
    Mutant(
        "What is spoiled on our disk is told, and read anew where it can be",
        "it is taken for held",
        _WORK,
        "            elif self._damaged(held):\n",
        "            elif not held:\n",
        f"{_DAMAGED}::test_what_was_spoiled_on_our_disk_is_told_and_read_anew",
    ),
    Mutant(
        "What is found damaged here is not deleted from its camera, ordered or not",
        "an order stands whatever was found since",
        _WORK,
        "                if undamaged(state, held):\n",
        "                if held:\n",
        f"{_DAMAGED}::test_what_was_found_damaged_after_the_order_is_not_deleted",
    ),
    Mutant(
        "What is spoiled on our disk is told, and read anew where it can be",
        "not where its camera was offered when it was found",
        "station/custody/judge.py",
        "        read_damaged_anew(finding, finding.state.dockings[docking.number])\n",
        "",
        f"{_DAMAGED}::test_what_is_found_damaged_while_its_camera_is_offered_is_read_when_the_offer_has_lapsed",
    ),
    Mutant(
        "Only the bytes that were held take the place of what is spoiled",
        "whatever the camera sends does",
        "station/store/recordings.py",
        "            if digest != recording.sha256:\n",
        "            if not digest:\n",
        f"{_DAMAGED}::test_another_file_never_takes_the_place_of_what_was_held",
    ),
    Mutant(
        "`dockward reconcile` fails where a file is missing",
        "it says so and ends well",
        "dockward/reconcile.py",
        "return LACKS if missing or unread else 0",
        "return 0",
        f"{_TOLD}::test_reconcile_counts_each_docking_and_names_what_lacks",
    ),
    Mutant(
        "The wall names no file and no person",
        "it names the finding's subject in place of its number",
        "station/views/footage_troubles.py",
        "words.format(number=number)",
        "words.format(number=finding.about)",
        f"{_TOLD}::test_the_wall_says_that_something_is_missing_and_names_nobody",
    ),
    Mutant(
        "Free space is that of the card as it is now",
        "what was measured before the card was cleared stands",
        "station/custody/docking.py",
        "replace(_measured_anew(docking), ordered=())",
        "replace(docking, ordered=())",
        f"{_DOCKING}::test_room_on_the_card_is_told_in_minutes_and_measured_anew_when_it_was_cleared",
    ),
)
