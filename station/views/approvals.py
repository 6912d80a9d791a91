"""What the desk shows of a request to see or have footage. Pure; its words are private, and shown by who may alone."""

from msgspec import Struct

from station.desk.approvals import Asked
from station.views.footage import moment_text
from station.views.office_words import REQUEST_STEPS, ROUTES_OF_ACCESS, Both


class RequestRow(Struct, frozen=True):
    """`valid_until` is empty where nobody approved it."""

    number: int
    by: str
    route: Both
    step: Both
    asked: str
    valid_until: str
    recordings: tuple[int, ...]
    mission: int | None
    covers: int | None
    opened: int
    purpose: str
    recipient: str
    remark: str
    may_review: bool
    may_approve: bool
    may_refuse: bool
    may_dispute: bool


def request_row(asked: Asked) -> RequestRow:
    one = asked.of
    return RequestRow(
        one.number,
        one.by,
        ROUTES_OF_ACCESS[one.route],
        _step(asked),
        moment_text(one.asked_ms),
        "" if one.valid_until_ms is None else moment_text(one.valid_until_ms),
        one.recordings,
        one.mission,
        asked.covers,
        one.opened,
        asked.purpose,
        asked.recipient,
        asked.remark,
        asked.may_review,
        asked.may_approve,
        asked.may_refuse,
        asked.may_dispute,
    )


def _step(asked: Asked) -> Both:
    """With whom it waits for, so that whoever asked knows whom to turn to."""
    zh, en = REQUEST_STEPS[asked.of.step]
    if asked.approver is None:
        return zh, en
    return f"{zh}（{asked.approver[0]}）", f"{en} ({asked.approver[1]})"
