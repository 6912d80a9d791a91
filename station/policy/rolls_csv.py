"""Rolls out of CSV files as offices keep them: officers, cameras and, where there are such, bodies.

Headings are Chinese or English, in any order. What is missing, twice or contradictory is a fault; all faults come at
once. A column nobody asked for is refused: rolls hold no more of a person than the rules need.
"""

from collections.abc import Mapping

from station.policy.credentials import BADGE_DIGEST, KEPT_PIN
from station.policy.csv_rows import FLAGS, Fault, Heading, RollsError, Row, Words, rows
from station.policy.rolls import Body, CameraStanding, Credentials, Officer, RolledCamera, Rolls

OFFICERS, CAMERAS, BODIES = "officers", "cameras", "bodies"
"""What faults call the files; whoever opened them knows their paths."""

HEADINGS: Mapping[str, Mapping[str, Heading]] = {
    OFFICERS: {
        "id": Heading("编号", required=True, further=("人员编号",)),
        "name": Heading("姓名"),
        "unit": Heading("单位", required=True, further=("部门",)),
        "section": Heading("科室"),
        "post": Heading("职务"),
        "certificate": Heading("证件编号", required=True, further=("执法证号",)),
        "certificate_kind": Heading("证件种类"),
        "category": Heading("执法类别"),
        "area": Heading("执法区域"),
        "valid_from": Heading("有效期起"),
        "valid_until": Heading("有效期止"),
        "exam_passed": Heading("考试合格"),
        "roles": Heading("角色"),
        "badge": Heading("卡号摘要"),
        "pin": Heading("密码摘要"),
    },
    CAMERAS: {
        "id": Heading("设备编号", required=True, further=("编号",)),
        "unit": Heading("单位", required=True, further=("部门",)),
        "kind": Heading("种类"),
        "model": Heading("型号"),
        "standing": Heading("状态"),
        "allotted": Heading("配发"),
        "health_percent": Heading("健康度"),
        "seen": Heading("最近入站"),
    },
    BODIES: {
        "id": Heading("编号", required=True, further=("单位编号",)),
        "name": Heading("名称", further=("单位名称",)),
        "kind": Heading("主体类别"),
        "list_loaded": Heading("清单已载"),
        "stores": Heading("专用存储"),
    },
}

_STANDINGS: Words[CameraStanding] = {
    CameraStanding.IN_USE: ("in_use", "使用中", "正常", "在用"),
    CameraStanding.REPAIR: ("repair", "维修中", "送修", "待修", "维修"),
    CameraStanding.RETIRED: ("retired", "已报废", "退役", "报废"),
}
_CAMERA_KINDS: Words[str] = {
    "RECORDER": ("recorder", "执法记录仪"),
    "TERMINAL": ("terminal", "执法终端", "手持执法终端"),
    "CAMCORDER": ("camcorder", "摄像机"),
    "CAMERA": ("camera", "照相机"),
    "AUDIO": ("audio", "录音机"),
    "FIXED": ("fixed", "视频监控"),
}
_BODY_KINDS: Words[str] = {
    "department": ("department", "部门", "行政机关"),
    "town": ("town", "镇", "乡镇", "街道"),
    "authorised": ("authorised", "授权组织"),
    "entrusted": ("entrusted", "委托组织", "受委托组织"),
}
_FULLTIME = "custodian_fulltime"
_ROLES: Words[str] = {
    "officer": ("officer", "行政执法人员", "执法人员"),
    "custodian": ("custodian", "管理人员"),
    _FULLTIME: (_FULLTIME, "专职管理人员"),
    "recorder_manager": ("recorder_manager", "执法记录仪管理员"),
    "dept_legal": ("dept_legal", "法制审核人员", "部门法制机构"),
    "gov_legal": ("gov_legal", "政府法制工作机构"),
    "supervising_leader": ("supervising_leader", "主管领导"),
    "unit_head": ("unit_head", "单位负责人"),
    "unit_chief": ("unit_chief", "主要领导", "主要负责人"),
    "discipline": ("discipline", "纪检"),
    "petition": ("petition", "信访"),
    "counsel": ("counsel", "法律顾问"),
    "assessor": ("assessor", "考评人员"),
    "technician": ("technician", "技术人员"),
    "admin": ("admin", "系统管理员"),
}


def read_rolls(
    officers_text: str, cameras_text: str, bodies_text: str | None = None, as_of_ms: int | None = None
) -> Rolls:
    """RollsError with every fault of all files. A unit in no list of bodies is one: its id and name are what it says.

    A unit may be written as the id of a body or as its name.
    """
    faults: list[Fault] = []
    listed = _bodies(bodies_text, faults) if bodies_text is not None else {}
    units = {body.name: body.id for body in listed.values()} | {name: name for name in listed}
    officers = _officers(officers_text, units, faults)
    cameras = _cameras(cameras_text, units, faults)
    if faults:
        raise RollsError(faults)
    named = {one.unit for one in officers.values()} | {one.unit for one in cameras.values()}
    unlisted = {unit: Body(unit, unit) for unit in sorted(named - listed.keys())}
    return Rolls(as_of_ms, listed | unlisted, officers, cameras)


class _Once:
    """Notes what stands a second time in a column that must tell rows apart."""

    def __init__(self, column: str) -> None:
        self._column = column
        self._rows: dict[str, int] = {}

    def note(self, row: Row, said: str) -> None:
        first = self._rows.setdefault(said, row.number)
        if said and first != row.number:
            row.wrong(self._column, f"与第 {first} 行重复 / stands in row {first} already")


def _bodies(text: str, faults: list[Fault]) -> dict[str, Body]:
    ids, names = _Once("id"), _Once("name")
    bodies = {}
    for row in rows(BODIES, text, HEADINGS[BODIES], faults):
        body = Body(
            id=row.key("id"),
            name=row.plain("name") or row.plain("id"),
            kind=row.meant("kind", _BODY_KINDS, "department"),
            stores=frozenset(row.listed("stores")),
            list_loaded=row.meant("list_loaded", FLAGS, empty=False),
        )
        ids.note(row, body.id)
        names.note(row, body.name)
        bodies[body.id] = body
    return bodies


def _officers(text: str, units: Mapping[str, str], faults: list[Fault]) -> dict[str, Officer]:
    ids, certificates, badges = _Once("id"), _Once("certificate"), _Once("badge")
    officers = {}
    for row in rows(OFFICERS, text, HEADINGS[OFFICERS], faults):
        officer = _officer(row, units)
        ids.note(row, officer.id)
        certificates.note(row, officer.certificate)
        badges.note(row, officer.credentials.badge if officer.credentials else "")
        officers[officer.id] = officer
    return officers


def _officer(row: Row, units: Mapping[str, str]) -> Officer:
    roles = row.all_meant("roles", _ROLES, "officer")
    valid_from, valid_until = row.day("valid_from"), row.day("valid_until")
    if valid_from and valid_until and valid_until < valid_from:
        row.wrong("valid_until", "早于有效期起 / is before valid_from")
    return Officer(
        id=row.key("id"),
        unit=_unit(row, units),
        roles=frozenset("custodian" if role == _FULLTIME else role for role in roles),
        section=row.text("section"),
        name=row.text("name"),
        post=row.text("post"),
        certificate=row.key("certificate", required=False),
        certificate_kind=row.text("certificate_kind"),
        category=row.text("category"),
        area=row.text("area"),
        valid_from=valid_from,
        valid_until=valid_until,
        exam_passed=row.meant("exam_passed", FLAGS, empty=None),
        custodian_fulltime=_FULLTIME in roles,
        credentials=_credentials(row),
    )


def _credentials(row: Row) -> Credentials | None:
    """Both or neither, as `dockward provision badge` prints them. A number or a PIN in the clear is refused."""
    badge, pin = row.text("badge"), row.text("pin")
    if badge and not BADGE_DIGEST.fullmatch(badge):
        row.wrong("badge", "不是卡号摘要 / is no digest: have it made with dockward provision badge")
    if pin and not KEPT_PIN.fullmatch(pin):
        row.wrong("pin", "不是密码摘要 / is no kept PIN: have it made with dockward provision badge")
    if bool(badge) is not bool(pin):
        empty = "pin" if badge else "badge"
        row.wrong(empty, "卡号摘要和密码摘要须同时填写 / a badge and a PIN stand together, or neither")
    return Credentials(badge, pin) if badge and pin else None


def _cameras(text: str, units: Mapping[str, str], faults: list[Fault]) -> dict[str, RolledCamera]:
    ids = _Once("id")
    cameras = {}
    for row in rows(CAMERAS, text, HEADINGS[CAMERAS], faults):
        camera = RolledCamera(
            id=row.key("id"),
            unit=_unit(row, units),
            kind=row.meant("kind", _CAMERA_KINDS, "RECORDER"),
            model=row.text("model"),
            standing=row.meant("standing", _STANDINGS, CameraStanding.IN_USE),
            allotted=row.listed("allotted"),
            health_percent=row.percent("health_percent"),
            seen_day=row.day("seen"),
        )
        ids.note(row, camera.id)
        cameras[camera.id] = camera
    return cameras


def _unit(row: Row, units: Mapping[str, str]) -> str:
    said = row.key("unit")
    return units.get(said, said)
