"""Seeded faults of every room; docs/promises.md is drawn from here."""

from tests.mutants import (
    authority,
    bay_wire,
    camera_wire,
    custody_and_journal,
    due_times,
    evidence,
    findings,
    gate,
    packs,
    pages,
    people_acts,
    policy_command,
    provisioning,
    ratio,
    recording_duty,
    registry,
    skeleton,
    station_rooms,
    trace,
    uplink,
)
from tests.mutants.mutant import Mutant

__all__ = ["MUTANTS", "Mutant"]

MUTANTS: tuple[Mutant, ...] = (
    *custody_and_journal.MUTANTS,
    *bay_wire.MUTANTS,
    *camera_wire.MUTANTS,
    *evidence.MUTANTS,
    *registry.MUTANTS,
    *provisioning.MUTANTS,
    *pages.MUTANTS,
    *station_rooms.MUTANTS,
    *uplink.MUTANTS,
    *skeleton.MUTANTS,
    *packs.MUTANTS,
    *due_times.MUTANTS,
    *gate.MUTANTS,
    *findings.MUTANTS,
    *recording_duty.MUTANTS,
    *authority.MUTANTS,
    *ratio.MUTANTS,
    *policy_command.MUTANTS,
    *people_acts.MUTANTS,
    *trace.MUTANTS,
)
