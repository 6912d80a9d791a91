"""Seeded faults in packs and how they stand on one another, each with its promise and its test."""

from tests.mutants.mutant import Mutant

_WEAKENED = "tests/test_packs_weakened.py"
_ORDERED = "tests/test_packs_ordered.py"

MUTANTS = (
    Mutant(
        "Nothing that stands on the law weakens it",
        "flags are not compared",
        "station/policy/strictness.py",
        "return said is True",
        "return 0",
        _WEAKENED,
    ),
    Mutant(
        "Working days and hours are compared as what they are",
        "one working day counts as one hour",
        "station/policy/effective.py",
        "hours * HOURS_IN_DAY + 1 if",
        "hours if",
        f"{_ORDERED}::test_the_time_for_handing_over_is_judged_with_its_unit",
    ),
    Mutant(
        "A parent's law stays law for the grandchild",
        "only what stands directly below is looked at",
        "station/policy/effective.py",
        "return (layers[-1], *held)",
        "return (layers[-1],)",
        _WEAKENED,
    ),
    Mutant(
        "The law is loosened by two, on a newer source",
        "one approval is enough",
        "station/policy/effective.py",
        "approvals >= APPROVALS_FOR_LOOSENING",
        "approvals > 0",
        _WEAKENED,
    ),
    Mutant(
        "Everybody is told when an instrument's life is over",
        "it lives a year longer",
        "station/policy/effective.py",
        "anniversary = begun.replace(year=begun.year + years)\n",
        "anniversary = begun.replace(year=begun.year + years + 1)\n",
        f"{_WEAKENED}::test_yinchuan_s_measures_end_after_five_years",
    ),
    Mutant(
        "A mistake in a pack is refused with its place",
        "a key nobody knows is let through",
        "station/policy/pack.py",
        "        if name not in known:\n            raise",
        "        if not name:\n            raise",
        "tests/test_packs.py",
    ),
    Mutant(
        "Law and default are told apart",
        "a default may cite an article",
        "station/policy/pack.py",
        "if value.status is Status.DEFAULT and value.articles:",
        "if False:",
        "tests/test_packs.py",
    ),
)
