"""Faults at the gate and in the words of a refusal."""

from tests.mutants.mutant import Mutant

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        promise="A clock is called wrong only when it surely is",
        fault="the reading's own error is forgotten",
        file="station/policy/gate.py",
        old="return abs(ahead_ms) - error_ms > pack.number",
        new="return abs(ahead_ms) > pack.number",
        test="tests/test_gate.py::test_a_clock_is_off_only_when_it_surely_is",
    ),
    Mutant(
        promise="Only who the pack names stands up against a failed check",
        fault="whoever is named is believed",
        file="station/policy/gate.py",
        old="    if not stood_up.permitted:\n        return LendingAnswer(stood_up)\n",
        new="",
        test="tests/test_gate.py::test_neither_the_officer_nor_a_colleague_may",
    ),
    Mutant(
        promise="The checks of the gate stand in their order",
        fault="battery before clock",
        file="station/policy/gate.py",
        old="    yield from _clock_failed(pack, asked)\n    yield from _battery_failed(pack, asked)\n",
        new="    yield from _battery_failed(pack, asked)\n    yield from _clock_failed(pack, asked)\n",
        test="tests/test_gate.py::test_the_first_refusal_in_the_order_of_the_gate_wins",
    ),
    Mutant(
        promise="A limit that is only a default never looks like law",
        fault="the words leave it out",
        file="station/policy/words.py",
        old='return f"{cited}；限值为{own}" if verdict.limit_is_default else cited',
        new="return cited",
        test="tests/test_gate.py::test_a_refusal_names_the_duty_and_the_number_apart",
    ),
    Mutant(
        promise="An emergency waives no qualification",
        fault="an emergency goes past everything",
        file="station/policy/gate.py",
        old="    for refusal in _standing(pack, rolls, asked):\n",
        new="    for refusal in _standing(pack, rolls, asked) if not asked.emergency else ():\n",
        test="tests/test_gate.py::test_nobody_stands_up_for_a_missing_qualification",
    ),
    Mutant(
        promise="What a default decides cites no other rule's article",
        fault="every article that calls for the finding is cited",
        file="station/policy/effective.py",
        old="article in tied or article in free)",
        new="article)",
        test="tests/test_packs.py::test_what_a_default_decides_cites_no_other_rule_s_articles",
    ),
    Mutant(
        promise="The pack of the camera's owner judges its docking",
        fault="the station's own pack judges everybody's",
        file="station/policy/in_force.py",
        old="pack=self.packs.get(unit, base)",
        new="pack=base",
        test="tests/test_in_force.py::test_the_pack_of_the_camera_s_owner_judges_and_is_named",
    ),
    Mutant(
        promise="Footage is kept for the longest term it was ever under",
        fault="rules nobody has any more are passed over",
        file="station/policy/in_force.py",
        old="if None in under.values():",
        new="if not under and asked.began_under:",
        test="tests/test_in_force.py::test_footage_is_kept_for_the_longest_term_it_was_ever_under",
    ),
)
