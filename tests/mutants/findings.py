"""Faults in what a finding says it rests on."""

from tests.mutants.mutant import Mutant

_EVERY = "tests/test_every_finding.py::test_every_finding_comes_about_and_cites_its_own_law"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        promise="What a parent cites for a finding, its child cites too",
        fault="the child's articles take the place of the parent's",
        file="station/policy/effective.py",
        old="        below.articles + further,\n",
        new="        further or below.articles,\n",
        test=_EVERY,
    ),
    Mutant(
        promise="A finding never shows an article for a default",
        fault="where nothing is cited, the parameter stands there as if it were an article",
        file="station/policy/words.py",
        old="    if not verdict.articles:\n        return own\n",
        new='    if not verdict.articles:\n        return f"依据 {verdict.rule}" if verdict.rule else own\n',
        test=_EVERY,
    ),
    Mutant(
        promise="Every finding can come about",
        fault="a date in the year is never overdue; only counted hours and days are",
        file="station/policy/overdue.py",
        old="    if asked_for is None or asked_for is False:\n",
        new="    if not isinstance(asked_for, int) or asked_for is False:\n",
        test=_EVERY,
    ),
)
