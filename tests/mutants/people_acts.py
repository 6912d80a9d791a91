"""Seeded faults in what people do about missions and footage, each with its promise and its test."""

from tests.mutants.mutant import Mutant

MUTANTS = (
    Mutant(
        "Nothing is purged while anything holds it",
        "holds on the mission of a recording are overlooked",
        "station/custody/state.py",
        'yield from self.standing(Hold, "mission", recording.mission)',
        "yield from ()",
        "tests/test_purging.py::test_seeded_histories_purge_nothing_that_is_held",
    ),
    Mutant(
        "A hold placed after the approval still stops a purge",
        "what was approved is not looked at again before deleting begins",
        "station/custody/judge_purges.py",
        "    _require_purgeable(finding, purge.recordings, purge.archived_ms)\n"
        '    finding.find(f"purge:{said.purge}", PurgeBegun(purge=said.purge))',
        '    finding.find(f"purge:{said.purge}", PurgeBegun(purge=said.purge))',
        "tests/test_purging.py::test_a_hold_stops_a_purge_at_every_step_until_it_is_lifted",
    ),
    Mutant(
        "A recording belongs to one mission at most, and leaves it with a reason",
        "a recording is moved without saying why",
        "station/custody/judge_missions.py",
        'reason = worded(said.reason, "the reason for moving it")',
        "reason = said.reason",
        "tests/test_missions.py::test_a_recording_is_in_one_mission_at_most_and_leaves_it_with_a_reason",
    ),
    Mutant(
        "A mission that had to be filmed closes only with footage or an accepted explanation",
        "footage that was taken out of a mission still counts as its own",
        "station/custody/mission.py",
        "return replace(mission, recordings=mission.recordings - 1)",
        "return mission",
        "tests/test_missions.py::test_a_settled_recording_is_placed_moved_with_a_reason_and_taken_out",
    ),
    Mutant(
        "Nothing opens after its approval has run out",
        "the end of an approval is not looked at",
        "station/custody/judge_access.py",
        "return request.valid_until_ms is not None and finding.at.utc_ms > request.valid_until_ms",
        "return False",
        "tests/test_access_requests.py::test_nothing_opens_without_an_approval_that_stands",
    ),
    Mutant(
        "An act about what left memory finds it in the tables, and lets it go again",
        "what was recalled stays in memory for ever",
        "station/custody/judging.py",
        "return self.state.letting_go(self._recalled)",
        "return self.state",
        "tests/test_people_acts.py::test_memory_holds_only_what_can_change_and_its_shelves_are_true",
    ),
    Mutant(
        "Whom a finding names is heard, and nobody answers for that person",
        "anybody may answer",
        "station/custody/judge_keeping.py",
        "elif found.officer != said.by:",
        "elif not found.officer:",
        "tests/test_reported_findings.py::test_whom_it_names_answers_and_nobody_else_does",
    ),
    Mutant(
        "What is marked secret is seen by whoever is named, and by nobody by right",
        "a body of supervision sees it all the same",
        "station/custody/judge_access.py",
        "named = said.recording in request.recordings and request.answered_by != request.by",
        "named = said.recording in request.recordings",
        "tests/test_access_requests.py::test_a_body_that_sees_by_right_does_not_see_what_is_marked_secret",
    ),
    Mutant(
        "No approval outlives what the pack gives one",
        "an approval lasts as long as its approver says",
        "station/custody/judge_access.py",
        "return min(wanted_ms, finding.at.utc_ms + finding.policy.approval_lasts_ms)",
        "return wanted_ms",
        "tests/test_access_requests.py::test_no_approval_outlives_what_the_pack_gives_one",
    ),
    Mutant(
        "No other unit acts on a unit's footage",
        "whoever acts is judged in the own unit",
        "station/policy/in_force.py",
        "unit = asked.about or self.unit or (",
        "unit = asked.about or (",
        "tests/test_units_apart.py",
    ),
)
