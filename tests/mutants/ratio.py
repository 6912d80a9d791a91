"""Seeded faults in the ratio, the rolls and what supervision counts, each with its promise and its test."""

from tests.mutants.mutant import Mutant

_RATIO = "tests/test_ratio.py"

MUTANTS = (
    Mutant(
        "The ratio is a floor: a fraction of a camera is a camera",
        "officers are divided rounding down",
        "station/policy/ratio.py",
        "else -(-officers // per_camera)",
        "else officers // per_camera",
        f"{_RATIO}::test_the_annex_asks_for_one_camera_in_two_three_or_five",
    ),
    Mutant(
        "A department merged from several takes the stricter class",
        "it takes the laxer one",
        "station/policy/ratio.py",
        "return max(named, key=lambda rule:",
        "return min(named, key=lambda rule:",
        f"{_RATIO}::test_a_department_is_found_by_alias_and_in_its_time_and_merged_ones_take_the_stricter_class",
    ),
    Mutant(
        "No guess accuses a department",
        "a default nobody has confirmed is reported like law",
        "station/policy/ratio.py",
        "return not rule.is_default or bool(rule.stated.set_by)",
        "return True",
        f"{_RATIO}::test_a_class_nobody_has_confirmed_is_advice_and_a_confirmed_one_is_reported",
    ),
    Mutant(
        "Only cameras seen of late work",
        "a camera that was never docked counts",
        "station/policy/ratio.py",
        "(camera.seen_day is None or (on - camera.seen_day).days > seen_within)",
        "camera.seen_day is not None and (on - camera.seen_day).days > seen_within",
        f"{_RATIO}::test_each_camera_is_counted_once_and_for_the_first_reason_it_does_not_work",
    ),
    Mutant(
        "No act takes a department below its ratio without a name and a reason",
        "a name alone is enough",
        "station/policy/ratio.py",
        "not (asked.approved_by.strip() and asked.reason.strip())",
        "not asked.approved_by.strip()",
        f"{_RATIO}::test_an_approval_without_a_name_or_a_reason_is_none",
    ),
    Mutant(
        "Nothing that is in doubt gets into the rolls",
        "a word nobody knows is passed over",
        "station/policy/csv_rows.py",
        '        self.wrong(column, f"不认识的词',
        '        str(f"不认识的词',
        "tests/test_rolls_csv.py::test_a_word_nobody_knows_is_a_fault",
    ),
    Mutant(
        "The registry shows the rolls as they are now",
        "files are read once and never again",
        "registry/rolls_page.py",
        "if self._files is not None and self._files.looks == looks:",
        "if self._files is not None:",
        "tests/test_registry_ratio_page.py::test_files_are_read_again_when_they_change",
    ),
    Mutant(
        "Nobody is called late by an uncertain due time",
        "a mission without one counts as missing",
        "station/policy/statistics.py",
        "if due is None or (done is None and due >= until_ms):",
        "if due is not None and done is None and due >= until_ms:",
        "tests/test_statistics.py::test_late_is_after_the_due_time_and_begun_minutes_are_whole",
    ),
)
