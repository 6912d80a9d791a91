"""Seeded faults in what bays say beside presence, and in what their lamps show, each with its promise and its test."""

from tests.mutants.mutant import Mutant

_SIGNS = "tests/test_bay_signs.py"
_CUTS = "tests/test_cut_release.py"
_LAMPS = "tests/test_lamps.py"

MUTANTS = (
    Mutant(
        "A key is a fact when it turns and when it returns, and not between",
        "every word of a key is written",
        "station/custody/judge_bays.py",
        "if said.turned is not (said.bay in finding.state.keys):",
        "if True:",
        f"{_SIGNS}::test_only_a_change_of_a_key_is_a_fact",
    ),
    Mutant(
        "An outage is one fact however often it is said",
        "an outage that stands is written again",
        "station/custody/judge_bays.py",
        "if not said.well and failed is None:",
        "if not said.well:",
        f"{_SIGNS}::test_an_outage_is_a_fact_when_it_comes_and_when_it_goes_and_the_second_names_the_first",
    ),
    Mutant(
        "A cut with a number that its board gives out again is not lost",
        "a cut is known by its number alone",
        "station/custody/bay_signs.py",
        "return (self.number, self.why, self.value) == (number, why, value)",
        "return self.number == number",
        f"{_SIGNS}::test_a_cut_with_a_number_given_out_again_is_a_new_one",
    ),
    Mutant(
        "Of two cuts only the last can be released",
        "any acknowledgement releases",
        "station/custody/judge_bays.py",
        "if standing is not None and standing.number == said.number:",
        "if standing is not None:",
        f"{_SIGNS}::test_only_the_last_cut_can_be_released",
    ),
    Mutant(
        "A camera that is too warm again and again is a person's matter",
        "releases are not counted",
        "station/custody/bay_signs.py",
        "releases=charger.releases + 1)",
        "releases=charger.releases)",
        f"{_SIGNS}::test_releases_are_counted_within_one_docking",
    ),
    Mutant(
        "What shorted a charger is not charged again while it is in the bay",
        "a short is taken for what passes",
        "station/bays/cut_release.py",
        "if cut.why in _PASSES:",
        "if cut.why:",
        f"{_CUTS}::test_what_does_not_pass_is_released_by_emptying_the_bay_alone",
    ),
    Mutant(
        "What was too warm is charged again once it was cool for ten minutes, not for a moment",
        "warmth in between is forgotten",
        "station/bays/cut_release.py",
        "CutMemory(since_ms if is_calm(measured) else None)",
        "CutMemory(since_ms)",
        f"{_CUTS}::test_warmth_and_a_sensor_that_is_silent_begin_the_ten_minutes_anew",
    ),
    Mutant(
        "A cut that was released is not taken for a new one",
        "what was measured before the acknowledgement counts",
        "station/bays/cut_release.py",
        "if measured is None or measured.counting_seconds == memory.acknowledged_at:",
        "if measured is None:",
        f"{_CUTS}::test_what_was_measured_before_an_acknowledgement_counts_no_more",
    ),
    Mutant(
        "A released charger goes on when the charging plan says so",
        "it goes on with the acknowledgement",
        "station/bays/sign_watch.py",
        "                self._bays.charge(bay, False)  # noqa: FBT003 - a switch has two states\n",
        "",
        f"{_CUTS}::test_a_board_that_cut_for_blindness_is_heard_and_released_and_its_charger_waits_for_the_plan",
    ),
    Mutant(
        "A lamp says take it no longer than the bay is unlocked",
        "an offer that ran out is green",
        "station/bays/lamps.py",
        "docking.step is DockingStep.OFFERED and docking.offer_left_ms(policy.offer_lasts_ms, at) > 0",
        "docking.step is DockingStep.OFFERED",
        f"{_LAMPS}::test_an_offer_that_nobody_took_in_time_is_green_no_longer",
    ),
    Mutant(
        "A camera that is not ready does not look ready",
        "its charge is not asked",
        "station/bays/lamps.py",
        'return "cyan" if charged and docking.clock_set else "yellow"',
        'return "cyan" if docking.clock_set else "yellow"',
        f"{_LAMPS}::test_a_camera_that_is_not_ready_does_not_look_ready",
    ),
    Mutant(
        "Two troubles of a bay are both said",
        "the last hides the first",
        "station/views/bay_troubles.py",
        "joined(troubles[what], words) if what in troubles else words",
        "words",
        f"{_SIGNS}::test_what_stands_is_said_at_its_bay_and_goes_with_it",
    ),
)
