"""Promise: each hard case of the camera wire has, for each camera we have, a test, or the reason why there is none."""

import re
from pathlib import Path

import pytest

from tests.hard_cases import CASES, COLUMNS
from tests.mutants import MUTANTS
from tests.mutants.mutant import Mutant
from tests.mutants.real_kernel import GUEST_MUTANTS

_ROOT = Path(__file__).parents[1]
_FILES = ("transfers", "cards", "bays")


def test_every_hard_case_has_a_test_or_a_reason_in_every_column() -> None:
    assert [case.number for case in CASES] == list(range(1, 16))
    for case in CASES:
        assert tuple(case.cells) == COLUMNS
        for cell in case.cells.values():
            assert cell.tests or cell.reason
            assert not (cell.tests and cell.reason)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.number))
def test_every_test_that_the_table_names_is_there(case: object) -> None:
    named = [node for cell in CASES[CASES.index(case)].cells.values() for node in cell.tests]
    assert named
    for node in named:
        file, _, name = node.partition("::")
        assert f"def {name}(" in (_ROOT / file).read_text(encoding="utf-8"), node


def test_every_test_in_our_simulation_notices_a_seeded_fault() -> None:
    named = {test for case in CASES for test in case.cells["simulation"].tests}
    assert named - {mutant.test for mutant in MUTANTS} == set()


def test_every_test_of_a_hard_case_is_in_the_table() -> None:
    named = {test for case in CASES for cell in case.cells.values() for test in cell.tests}
    for file in (Path(__file__).with_name(f"test_hard_{kind}.py") for kind in _FILES):
        tests = {
            f"tests/{file.name}::{test}" for test in re.findall(r"^def (test_\d+_\w+)", file.read_text(), re.MULTILINE)
        }
        assert tests
        assert tests <= named


@pytest.mark.parametrize("mutant", GUEST_MUTANTS, ids=lambda mutant: mutant.promise)
def test_a_fault_of_the_emulated_machine_has_its_place_and_its_test(mutant: Mutant) -> None:
    assert (_ROOT / mutant.file).read_text(encoding="utf-8").count(mutant.old) == 1
    named = {test for case in CASES for cell in case.cells.values() for test in cell.tests}
    assert mutant.test.partition("[")[0] in named
