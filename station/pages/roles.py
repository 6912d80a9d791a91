"""Roles and what each reaches, and the rule of the doors: one line for every route, deny by default. Pure.

The roles are those of the requirements' list of policies (10.2); where no regulation has one, it is ours. A line says
who may ask a route at all; whether the act itself is theirs, and on whose matter, the policy pack decides as it always
does (`station/policy/authority.py`). A party has no account.
"""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct


class Scope(StrEnum):
    """How far a role reaches."""

    OWN = "本人 / one's own loans and missions"
    DEPARTMENT = "本部门 / the own department"
    AREA = "辖区 / every department of the area"
    CASE = "指定案件 / the cases one was named for"
    STATION = "设备，不含音像资料 / the machine, never footage"
    RULES = "规则和名册，不含音像资料 / rules and rolls, never footage"


class Role(Struct, frozen=True):
    zh: str
    en: str
    scope: Scope

    @property
    def words(self) -> str:
        return f"{self.zh} / {self.en}"


ROLES: Mapping[str, Role] = {
    "officer": Role("行政执法人员", "enforcement officer", Scope.OWN),
    "custodian": Role("管理人员", "custodian", Scope.DEPARTMENT),
    "recorder_manager": Role("执法记录仪管理员", "keeper of explanations", Scope.DEPARTMENT),
    "supervising_leader": Role("主管领导", "supervising leader", Scope.DEPARTMENT),
    "unit_head": Role("单位负责人", "head of the unit", Scope.DEPARTMENT),
    "unit_chief": Role("主要负责人", "chief of the unit", Scope.DEPARTMENT),
    "dept_legal": Role("部门法制机构", "legal office of the department", Scope.DEPARTMENT),
    "gov_legal": Role("政府法制工作机构", "legal office of the government", Scope.AREA),
    "discipline": Role("纪检", "discipline inspection", Scope.AREA),
    "petition": Role("信访", "petition office", Scope.AREA),
    "counsel": Role("法律顾问", "legal counsel", Scope.CASE),
    "assessor": Role("考评、督察人员", "assessor", Scope.AREA),
    "technician": Role("技术人员", "technician", Scope.STATION),
    "admin": Role("系统管理员", "administrator", Scope.RULES),
}
EVERY_ROLE = frozenset(ROLES)


class Door(StrEnum):
    """How somebody comes to us."""

    SCREEN = "screen"
    """The station's own screen, over loopback: nobody signs in there, a badge and a PIN go with each act."""
    DESK = "desk"
    """HTTPS from the office: whoever comes has an account, or is a stranger."""


class Line(Struct, frozen=True):
    """Who may ask one route. What is not said is denied."""

    owner: str
    """The module that adds the route, and answers for this line."""
    screen: bool = False
    stranger: bool = False
    """At the desk, before anybody has signed in."""
    roles: frozenset[str] = frozenset()
    """At the desk, whoever has one of these."""
    first: bool = False
    """Open even while somebody still has the password that another person chose."""
    unattended: bool = False
    """Pages ask it by themselves as long as they are open: no sign that anybody is there."""
    does: str = ""
    """What the desk calls it, Chinese / English; empty for what nobody looks for."""


Lines = Mapping[tuple[str, str], Line]
"""By method and the route's own path, as it was added."""


class Answer(StrEnum):
    OPEN = "open"
    SIGN_IN = "sign_in"
    CHANGE_PASSWORD = "change_password"  # noqa: S105 - a word
    DENIED = "denied"


def answer(line: Line | None, door: Door, roles: frozenset[str] | None, *, given_password: bool = False) -> Answer:
    """What whoever stands at this door gets; `roles` is None for whoever has not signed in."""
    if line is None:
        return Answer.DENIED
    if door is Door.SCREEN:
        return Answer.OPEN if line.screen else Answer.DENIED
    if line.stranger:
        return Answer.OPEN
    if roles is None:
        return Answer.SIGN_IN if line.roles else Answer.DENIED
    if not roles & line.roles:
        return Answer.DENIED
    return Answer.CHANGE_PASSWORD if given_password and not line.first else Answer.OPEN


def may_do(lines: Lines, roles: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """Everything the desk has for these roles: where to go, if it is a page of its own, and in which words."""
    return tuple(
        (path if method == "GET" else "", line.does)
        for (method, path), line in lines.items()
        if line.does and roles & line.roles
    )
