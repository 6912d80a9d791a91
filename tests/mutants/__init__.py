"""Seeded faults of every room; docs/promises.md is drawn from here."""

from tests.mutants import custody_and_journal
from tests.mutants.mutant import Mutant

__all__ = ["MUTANTS", "Mutant"]

MUTANTS: tuple[Mutant, ...] = (*custody_and_journal.MUTANTS,)
