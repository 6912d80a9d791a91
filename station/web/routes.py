"""Every route of the station and who may ask it, at which door. A route that is not here is nobody's.

A test walks the application that ships: each route has its one line, each line its route.
"""

from station.pages.roles import EVERY_ROLE, ROLES, Line, Lines, Scope

_CLOSED_APP, _SIGNING_IN = "station.pages.closed_app", "station.pages.signing_in"
_APP, _CHECK_OUT, _RELEASES, _DESK = (f"station.web.{module}" for module in ("app", "check_out", "releases", "desk"))
_PANEL = "station.web.panel_page"
_RATIO, _CAMERAS, _PAPER, _BADGES = (f"station.web.{one}_page" for one in ("ratio", "cameras", "paper", "badges"))
_OF_DEPARTMENT = frozenset(name for name, role in ROLES.items() if role.scope is Scope.DEPARTMENT)
"""Whoever keeps, leads or advises a department; what each of them may do there, policy says."""

ROUTES: Lines = {
    ("GET", "/"): Line(
        _APP, screen=True, roles=EVERY_ROLE, unattended=True, does="查看采集站状态 / see the state of the station"
    ),
    ("GET", "/live"): Line(_APP, screen=True, roles=EVERY_ROLE, unattended=True),
    ("GET", "/api/v1/status"): Line(_APP, screen=True, roles=EVERY_ROLE, unattended=True),
    ("GET", "/panel"): Line(_PANEL, screen=True, roles=EVERY_ROLE, unattended=True),
    ("GET", "/panel/live"): Line(_PANEL, screen=True, roles=EVERY_ROLE, unattended=True),
    ("GET", "/panel.png"): Line(_PANEL, screen=True, roles=EVERY_ROLE, unattended=True),
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
    ("GET", "/desk/ratio"): Line(_RATIO, roles=EVERY_ROLE, does="查看配备比例 / see the ratio of cameras"),
    ("GET", "/desk/cameras"): Line(
        _CAMERAS, roles=_OF_DEPARTMENT, does="设备处置：申请和批准 / cameras that leave: propose and approve"
    ),
    ("POST", "/desk/cameras/proposals"): Line(_CAMERAS, roles=_OF_DEPARTMENT),
    ("POST", "/desk/cameras/answers"): Line(_CAMERAS, roles=_OF_DEPARTMENT),
    ("GET", "/desk/paper"): Line(
        _PAPER, roles=_OF_DEPARTMENT, does="补录纸质凭条，查看在外设备 / enter paper slips, see what is out"
    ),
    ("POST", "/desk/paper/loans"): Line(_PAPER, roles=_OF_DEPARTMENT),
    ("POST", "/desk/paper/returns"): Line(_PAPER, roles=_OF_DEPARTMENT),
    ("GET", "/desk/badges"): Line(_BADGES, roles=_OF_DEPARTMENT, does="证卡挂失 / report a badge lost"),
    ("POST", "/desk/badges"): Line(_BADGES, roles=_OF_DEPARTMENT),
}
