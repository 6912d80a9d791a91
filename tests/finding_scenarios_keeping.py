"""How each finding comes about with footage that is kept: its marks, who sees it, what leaves, what is deleted."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from station.policy import access, export, footage_marks, purge
from station.policy.access import Doing, ReviewWait
from station.policy.authority import allows
from station.policy.due_times import access_answer_due, retention_ends
from station.policy.effective import EffectivePack, expired, weakens
from station.policy.export import ExportMade, Outlet
from station.policy.footage_marks import LineAct, Link
from station.policy.permits import PERMITTED, Act, ActAsked, FileTimes, Intake, Store, Verdict
from station.policy.preservation import untagged
from station.signing.calendar_files import packaged_calendar
from tests import test_access, test_export_rules
from tests.finding_scenarios_told import Scenario, told
from tests.pack_texts import pack as written
from tests.test_access import GOV_LEGAL, oversight_of, view_of
from tests.test_export_rules import export_of
from tests.test_purge_rules import approval_of, purge_of
from tests.unit_people import NOON_MS, people

HOUR_MS = 3_600_000
TEN_YEARS_MS = 3_653 * 24 * HOUR_MS
TODAY = dt.date(2026, 7, 20)

# --- what footage, camera and store say of themselves -------------------------------------------------------------


def _a_number_left_out(pack: EffectivePack) -> Verdict:
    return told(*footage_marks.sequence_gaps(pack, "C1", known={1, 2}, listed=[4]))


def _smaller_than_before(pack: EffectivePack) -> Verdict:
    return told(*footage_marks.altered(pack, FileTimes("f", bytes_listed=9, bytes_listed_before=10)))


def _connected_elsewhere(pack: EffectivePack) -> Verdict:
    return told(*footage_marks.foreign_host(pack, "C1", {"opened": 1}, {"opened": 2}))


def _broken_at_return(pack: EffectivePack) -> Verdict:
    return told(*footage_marks.damaged(pack, "C1", frozenset({"LENS"}), frozenset({"LENS"})))


def _entered_by_hand(pack: EffectivePack) -> Verdict:
    return told(*footage_marks.other_breach(pack, "M1", "custodian"))


def _an_hour_ahead(pack: EffectivePack) -> Verdict:
    return told(*footage_marks.clock_drift(pack, "C1", HOUR_MS, 500))


def _another_digest(pack: EffectivePack) -> Verdict:
    return told(*footage_marks.hash_mismatch(pack, "r1", "a", "b"))


def _a_file_lacking(pack: EffectivePack) -> Verdict:
    taken = Intake("d1", files_listed=2, bytes_listed=20, files_stored=1, bytes_stored=10, finished=True)
    return told(*footage_marks.ingest_incomplete(pack, taken, NOON_MS))


def _a_full_disk(pack: EffectivePack) -> Verdict:
    return told(*footage_marks.store_faults(pack, Store("s1", failing=False, full=True, verified=TODAY), TODAY))


def _stored_but_never_handed_over(pack: EffectivePack) -> Verdict:
    links = {Link.CAPTURE: True, Link.STORAGE: True}
    return told(*footage_marks.chain_broken(pack, "r1", links))


def _a_line_is_to_go(pack: EffectivePack) -> Verdict:
    return footage_marks.touches_audit(pack, LineAct.REMOVE)


def _badly_signed(pack: EffectivePack) -> Verdict:
    return footage_marks.taken_as_signed(pack, signature_holds=False)


def _proposed_and_overlooked(pack: EffectivePack) -> Verdict:
    return told(*untagged(pack, "r1", ("LT-MAJOR",), (), {}))


# --- who sees it -------------------------------------------------------------------------------------------------


def _view(pack: EffectivePack, **wrongly: Any) -> Verdict:
    return test_access.answer(pack, view_of(pack, **wrongly))


def _unapproved(pack: EffectivePack) -> Verdict:
    return _view(pack, grant=None)


def _unregistered(pack: EffectivePack) -> Verdict:
    return _view(pack, registered=False)


def _copied_where_a_look_was_approved(pack: EffectivePack) -> Verdict:
    return _view(pack, doing=Doing.COPY)


def _a_state_secret(pack: EffectivePack) -> Verdict:
    return _view(pack, kept=(replace(test_access.FOOTAGE, marks=("STATE",)),))


def _disputed(pack: EffectivePack) -> Verdict:
    return told(access.disputed(pack, _unapproved(pack), "request:1"))


def _supervision_kept_out(pack: EffectivePack) -> Verdict:
    asked = oversight_of(pack, registered=False)
    answer = test_access.answer(pack, asked)
    return told(access.oversight_blocked(pack, people(GOV_LEGAL), asked, answer, None))


def _reviewer_left_waiting(pack: EffectivePack) -> Verdict:
    due = access_answer_due(pack, packaged_calendar(), NOON_MS)
    assert due is not None
    return told(access.review_blocked(pack, ReviewWait("案1", due.at_ms + 1, due.at_ms)))


def _approved_by_oneself(pack: EffectivePack) -> Verdict:
    own = ActAsked(Act.VIEW_INTERNAL, "unit_chief", NOON_MS, requested_by="unit_chief")
    return allows(pack, people(), own)


def _reviewed_by_an_officer(pack: EffectivePack) -> Verdict:
    asked = ActAsked(Act.REVIEW_EXPLANATION, "officer", NOON_MS, requested_by="second_officer")
    return allows(pack, people(), asked)


# --- what leaves -------------------------------------------------------------------------------------------------


def _given_away(pack: EffectivePack) -> Verdict:
    return test_export_rules.answer(pack, export_of(pack, Outlet.OUTSIDE, grant=None))


def _published_as_it_is(pack: EffectivePack) -> Verdict:
    return test_export_rules.answer(pack, export_of(pack, Outlet.DISCLOSURE, redaction=None))


def _without_its_note(pack: EffectivePack) -> Verdict:
    return export.may_close(pack, ExportMade(Outlet.OUTSIDE))


def _a_statement_left_out(pack: EffectivePack) -> Verdict:
    return told(export.packet_incomplete(pack, "案1", frozenset({"r1", "n1"}), frozenset({"r1"})))


# --- what is deleted, and by which rules --------------------------------------------------------------------------


def _a_day_old(pack: EffectivePack) -> Verdict:
    asked = purge_of(stored_ms=NOON_MS, at_ms=NOON_MS + 24 * HOUR_MS)
    return purge.purges(pack, asked, retention_ends(pack, asked))


def _old_and_held(pack: EffectivePack) -> Verdict:
    asked = purge_of(stored_ms=NOON_MS, at_ms=NOON_MS + TEN_YEARS_MS, blockers=("HOLD",))
    return purge.purges(pack, asked, retention_ends(pack, asked))


def _old_and_a_mere_officer_agrees(pack: EffectivePack) -> Verdict:
    proposed_ms = NOON_MS + TEN_YEARS_MS
    approval = approval_of(pack, proposed_ms=proposed_ms, approved_by="officer", approved_ms=proposed_ms + 1)
    asked = purge_of(stored_ms=NOON_MS, at_ms=proposed_ms + 2)
    return purge.may_purge(pack, people(), asked, retention_ends(pack, asked), approval)


def _a_class_kept_for_less(pack: EffectivePack) -> Verdict:
    return next(iter(purge.retention_shortened(pack).values()), PERMITTED)


def _a_major_case_left_to_choice(pack: EffectivePack) -> Verdict:
    looser = 'record.activity.ACT-MAJOR = { value = "OPT", status = "default" }'
    return weakens(pack, written(looser, "list", f'extends = "{pack.name}"'))


def _long_after(pack: EffectivePack) -> Verdict:
    return expired(pack, dt.date(2099, 1, 1)) or PERMITTED


SCENARIOS: Mapping[str, Scenario] = {
    "ACCESS_DISPUTE": _disputed,
    "ACCESS_UNAPPROVED": _unapproved,
    "ACCESS_UNREGISTERED": _unregistered,
    "APPROVAL_SELF": _approved_by_oneself,
    "AUDIT_ALTERED": _a_line_is_to_go,
    "CHAIN_BROKEN": _stored_but_never_handed_over,
    "CLOCK_DRIFT": _an_hour_ahead,
    "COPY_UNAPPROVED": _copied_where_a_look_was_approved,
    "DEVICE_DAMAGED": _broken_at_return,
    "DISCLOSURE_UNREDACTED": _published_as_it_is,
    "EXPORT_INCOMPLETE": _without_its_note,
    "EXPORT_UNAPPROVED": _given_away,
    "FILE_ALTERED": _smaller_than_before,
    "FOREIGN_HOST": _connected_elsewhere,
    "HASH_MISMATCH": _another_digest,
    "INGEST_INCOMPLETE": _a_file_lacking,
    "LONGTERM_UNTAGGED": _proposed_and_overlooked,
    "NOT_AUTHORISED": _reviewed_by_an_officer,
    "OTHER_BREACH": _entered_by_hand,
    "OVERSIGHT_BLOCKED": _supervision_kept_out,
    "PACKET_INCOMPLETE": _a_statement_left_out,
    "PACK_EXPIRED": _long_after,
    "PACK_WEAKENED": _a_major_case_left_to_choice,
    "PURGE_EARLY": _a_day_old,
    "PURGE_HELD": _old_and_held,
    "PURGE_UNAPPROVED": _old_and_a_mere_officer_agrees,
    "RETENTION_SHORTENED": _a_class_kept_for_less,
    "REVIEW_BLOCKED": _reviewer_left_waiting,
    "SECRET_EXPOSED": _a_state_secret,
    "SEQ_GAP": _a_number_left_out,
    "SIGNATURE_INVALID": _badly_signed,
    "STORE_FAULT": _a_full_disk,
}
