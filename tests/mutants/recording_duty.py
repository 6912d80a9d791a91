"""Seeded faults in the duty to record, non-use, naming, marks of footage and long-term keeping."""

from tests.mutants.mutant import Mutant

MUTANTS = (
    Mutant(
        "A clock's own error never accuses anybody",
        "the error is not added to what a file covers",
        "station/policy/recording_duty.py",
        "(one.begun_ms - one.error_ms, one.ended_ms + one.error_ms)",
        "(one.begun_ms, one.ended_ms)",
        "tests/test_recording_duty.py::test_footage_that_spans_the_activity_is_never_accused",
    ),
    Mutant(
        "A mission that must be recorded never closes bare",
        "missing footage needs no explanation",
        "station/policy/recording_duty.py",
        "    if not asked.has_footage:\n",
        "    if False:\n",
        "tests/test_recording_duty.py::test_a_mission_closes_with_footage_or_an_accepted_explanation",
    ),
    Mutant(
        "What a pack does not permit is no reason",
        "a reason nobody lists as permitted excuses",
        "station/policy/non_use.py",
        "            return refused\n",
        "            return PERMITTED\n",
        "tests/test_non_use.py::test_every_reason_in_every_pack",
    ),
    Mutant(
        "No two files are called the same",
        "letters are compared as they are written",
        "station/policy/naming.py",
        'unicodedata.normalize("NFC", name).upper().casefold()',
        "name",
        "tests/test_naming.py::test_names_are_unique_as_fat_sees_them",
    ),
    Mutant(
        "A damage that was there before is nobody's",
        "whatever fails at return is held against who returned it",
        "station/policy/footage_marks.py",
        "sorted(passed_at_lending & failed_at_return)",
        "sorted(failed_at_return)",
        "tests/test_footage_marks.py::test_a_camera_that_came_back_worse_than_it_left",
    ),
    Mutant(
        "A proposal is declined only with a reason",
        "an empty reason is enough",
        "station/policy/preservation.py",
        'not declined.get(code, "").strip()',
        "code not in declined",
        "tests/test_preservation.py::test_a_proposal_nobody_answered_is_reported",
    ),
)
