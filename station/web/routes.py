"""Every route of the station and who may ask it, at which door. A route that is not here is nobody's.

A test walks the application that ships: each route has its one line, each line its route.
"""

from station.pages.roles import EVERY_ROLE, ROLES, Line, Lines, Scope

_CLOSED_APP, _SIGNING_IN = "station.pages.closed_app", "station.pages.signing_in"
_APP, _CHECK_OUT, _RELEASES, _DESK = (f"station.web.{module}" for module in ("app", "check_out", "releases", "desk"))
_PANEL, _KIOSK = "station.web.panel_page", "station.web.kiosk"
_FOOTAGE, _MISSION, _APPROVALS, _RATIO, _CAMERAS, _PAPER, _BADGES = (
    f"station.web.{one}_page" for one in ("footage", "mission", "approvals", "ratio", "cameras", "paper", "badges")
)
_FILMS_OR_LEADS = frozenset(
    {"officer", "custodian", "recorder_manager", "supervising_leader", "unit_head", "unit_chief"}
)
_KEEPS_OR_LEADS = frozenset(name for name, role in ROLES.items() if role.scope is Scope.DEPARTMENT)
"""Whoever keeps, leads or advises a department; what each of them may do there, policy says."""
_WHO_ASKS = _FILMS_OR_LEADS | {"dept_legal", "gov_legal", "discipline", "petition", "counsel"}
"""Whoever may ask to see footage; who may answer, the pack says."""

ROUTES: Lines = {
    ("GET", "/"): Line(
        _APP, screen=True, roles=EVERY_ROLE, unattended=True, does="查看采集站状态 / see the state of the station"
    ),
    ("GET", "/live"): Line(_APP, screen=True, roles=EVERY_ROLE, unattended=True),
    ("GET", "/api/v1/status"): Line(_APP, screen=True, roles=EVERY_ROLE, unattended=True),
    ("GET", "/panel"): Line(_PANEL, screen=True, roles=EVERY_ROLE, unattended=True),
    ("GET", "/panel/live"): Line(_PANEL, screen=True, roles=EVERY_ROLE, unattended=True),
    ("GET", "/panel.png"): Line(_PANEL, screen=True, roles=EVERY_ROLE, unattended=True),
    ("GET", "/kiosk"): Line(_KIOSK, screen=True),
    ("GET", "/kiosk/live"): Line(_KIOSK, screen=True),
    ("POST", "/kiosk/touch"): Line(_KIOSK, screen=True),
    ("GET", "/healthz"): Line(_APP, screen=True),
    ("GET", "/static"): Line(_CLOSED_APP, screen=True, stranger=True),
    ("POST", "/api/v1/check-out"): Line(_CHECK_OUT, screen=True),
    ("POST", "/api/v1/releases"): Line(_RELEASES, screen=True),
    ("GET", "/sign-in"): Line(_SIGNING_IN, stranger=True, unattended=True),
    ("POST", "/sign-in"): Line(_SIGNING_IN, stranger=True),
    ("POST", "/sign-out"): Line(_SIGNING_IN, roles=EVERY_ROLE, first=True),
    ("GET", "/password"): Line(
        _SIGNING_IN, roles=EVERY_ROLE, first=True, does="修改自己的密码 / change one's own password"
    ),
    ("POST", "/password"): Line(_SIGNING_IN, roles=EVERY_ROLE, first=True),
    ("GET", "/desk"): Line(_DESK, roles=EVERY_ROLE),
    ("POST", "/desk/releases"): Line(
        _DESK, roles=frozenset({"custodian"}), does="放行清除 / release footage for clearing"
    ),
    ("POST", "/desk/findings"): Line(_DESK, roles=_FILMS_OR_LEADS),
    ("POST", "/desk/findings/settled"): Line(_DESK, roles=_FILMS_OR_LEADS - {"officer"}),
    ("GET", "/desk/footage"): Line(
        _FOOTAGE,
        roles=_FILMS_OR_LEADS,
        does="归入执法活动、作说明 / place footage in missions, explain what is missing",
    ),
    ("POST", "/desk/footage"): Line(_FOOTAGE, roles=_FILMS_OR_LEADS),
    ("GET", "/desk/missions/{mission}"): Line(_MISSION, roles=_FILMS_OR_LEADS),
    ("POST", "/desk/missions/{mission}"): Line(_MISSION, roles=_FILMS_OR_LEADS),
    ("GET", "/desk/approvals"): Line(
        _APPROVALS, roles=_WHO_ASKS, does="申请、审批调阅 / ask to see footage, and answer who asks"
    ),
    ("POST", "/desk/approvals"): Line(_APPROVALS, roles=_WHO_ASKS),
    ("GET", "/desk/ratio"): Line(_RATIO, roles=EVERY_ROLE, does="查看配备比例 / see the ratio of cameras"),
    ("GET", "/desk/cameras"): Line(
        _CAMERAS, roles=_KEEPS_OR_LEADS, does="设备处置：申请和批准 / cameras that leave: propose and approve"
    ),
    ("POST", "/desk/cameras/proposals"): Line(_CAMERAS, roles=_KEEPS_OR_LEADS),
    ("POST", "/desk/cameras/answers"): Line(_CAMERAS, roles=_KEEPS_OR_LEADS),
    ("GET", "/desk/paper"): Line(
        _PAPER, roles=_KEEPS_OR_LEADS, does="补录纸质凭条，查看在外设备 / enter paper slips, see what is out"
    ),
    ("POST", "/desk/paper/loans"): Line(_PAPER, roles=_KEEPS_OR_LEADS),
    ("POST", "/desk/paper/returns"): Line(_PAPER, roles=_KEEPS_OR_LEADS),
    ("GET", "/desk/badges"): Line(_BADGES, roles=_KEEPS_OR_LEADS, does="证卡挂失 / report a badge lost"),
    ("POST", "/desk/badges"): Line(_BADGES, roles=_KEEPS_OR_LEADS),
}
