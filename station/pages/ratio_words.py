"""What every page says of cameras against officers: the registry's of all departments, a station's of one."""

from collections.abc import Mapping

from station.policy.words import SYSTEM_DEFAULT, UNIT_SETTING

RATIO_WORDS: Mapping[str, str] = {
    "Cameras per officers": "执法记录仪配备比例",
    "Class": "类别",
    "Counted for the day": "计算日期",
    "May leave": "可调出",
    "More than may leave need a named approver and a reason, by": "超过“可调出”台数的，须经指定人员批准并写明理由：",
    "No department is on the rolls": "名册中没有部门",
    "Officers": "执法人员",
    "Owned": "在册",
    "Per camera": "每台人数",
    "Principle": "配备原则",
    "Required": "应配",
    "Shortfall": "缺口",
    "Working": "可用",
    "default, not law": SYSTEM_DEFAULT,
    "enough": "达标",
    "in no table": "未列名",
    "in repair": "维修",
    "no ratio set": "未设比例",
    "of another kind": "种类不计",
    "set by the unit, not law": UNIT_SETTING,
    "short": "不足",
    "short, as advice": "建议补足",
}
