"""Faults in the trace from the articles to the code."""

from tests.mutants.mutant import Mutant

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        promise="No article is said to be done without a test that proves it",
        fault="code alone is enough",
        file="docs/trace.py",
        old="not (self.by and self.tests)",
        new="not self.by",
        test="tests/test_trace.py::test_a_row_that_proves_nothing_is_not_read",
    ),
    Mutant(
        promise="Every name in the trace leads to code that is there",
        fault="a name is followed as far as it goes",
        file="docs/trace.py",
        old='raise LookupError(f"{name}: there is no {word}")',
        new="return found",
        test="tests/test_trace.py::test_a_name_that_leads_nowhere_is_noticed",
    ),
)
