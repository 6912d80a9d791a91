"""What values are called in Chinese: the parameters' own choices and units. Codes and roles have theirs in the packs.

Never says more than the pack does; a choice without words is a mistake that a test finds.
"""

import datetime as dt
from collections.abc import Mapping

from station.policy.effective import EffectivePack, Rule
from station.policy.pack import CodeWords
from station.policy.parameters import Kind, Parameter, parameter_of

NONE = "无"

UNITS: Mapping[str, str] = {
    "years": "{}年",
    "months": "{}个月",
    "days": "{}日",
    "hours": "{}小时",
    "minutes": "{}分钟",
    "seconds": "{}秒",
    "percent": "{}%",
    "persons": "{}人",
    "cameras": "{}台",
    "copies": "{}份",
    "verified copies": "{}份",
    "working days": "{}个工作日",
    "calendar days": "{}日（自然日）",
    "days before": "提前{}日",
    "hours after return to the unit": "返回单位后{}小时",
    "officers per device": "每{}名执法人员不低于一台",
    "percent of missions": "执法活动的{}%",
    "local time": "{}（当地时间）",
}
NAME_PARTS: Mapping[str, str] = {
    "{officer_name}": "〔执法人员姓名〕",
    "{cause}": "〔案由〕",
    "{section}": "〔科室〕",
    "{org}": "〔单位代码〕",
    "{cert_no}": "〔证件编号〕",
    "{start}": "〔起录时间〕",
    "{device_no}": "〔设备编号〕",
    "{seq}": "〔序号〕",
}

CHOICES: Mapping[str, str] = {
    "old_until_end": "已开始的按旧规则办完",
    "approval": "经批准",
    "forbidden": "禁止",
    "floor": "舍去尾数",
    "ceil": "进一取整",
    "advise": "提示",
    "report": "报告",
    "owning_department": "计入所属部门",
    "percent": "按电量百分比",
    "planned_shift": "预计可录时间够计划班次",
    "allow": "允许领用",
    "warn": "提醒并记载",
    "refuse": "不得领用",
    "lend_marked": "可以领用，作标记并报告",
    "refuse_unless_sealed": "未清除且未封存的，不得领用",
    "pool": "共用",
    "section": "按科室",
    "pair": "按小组",
    "person": "按人",
    "at_start": "开始时",
    "before": "事先",
    "part": "应当记录的部分",
    "activity": "活动开始至结束",
    "off_list": "未列入清单的事项可以",
    "never": "不得",
    "allowed": "可以",
    "under_special": "按其他特殊情况办理",
    "until_stop": "可以停止使用，停止前应当记录",
    "unless_major": "可以，但重大、紧急等情况除外",
    "no": "不得",
    "with_handover": "与移交同时",
    "working_day": "工作日",
    "hour": "小时",
    "activity_end": "执法活动结束时",
    "recording_end": "音像资料制作完成时",
    "docked_and_signed": "归仓并在移交登记上签名",
    "stored": "存入专用存储器",
    "department": "按部门",
    "subject": "按执法对象",
    "anywhere": "不限",
    "inside_department": "本部门内部",
    "after_verified_copy": "副本核验后清除",
    "custodian_release": "经管理人员放行后清除",
    "receipt_or_second_copy": "中心回执，或者本单位另一存储器上的第二份封存副本",
    "receipt": "中心回执",
    "retention.start:stored": "存储之日",
    "archived": "归档之日",
    "later": "存储、归档两者中较晚之日",
    "manual": "经批准由人工清除",
    "off": "不清除",
    "case_closed": "案件办结之日",
    "mission_end": "执法活动结束之日",
    "area": "本行政区域",
    "access.scope:department": "本部门",
    "access.scope:section": "本科室",
    "direct": "直接调阅",
    "access.legal_review:approval": "经批准后调阅",
    "secret.disclosure:approved": "经批准可以公开",
    "secret.disclosure:never": "不得公开",
    "scope": "检索范围内的人员",
    "named": "仅限指定人员",
    "discovery": "发现损坏时",
    "begun": "开始维修",
    "finished": "修复完毕",
    "irregular": "不定期检查",
    "regular": "定期检查",
    "assessment": "纳入考核",
    "both": "定期和不定期检查",
}
"""By choice; where one choice means different things, by `parameter:choice`."""


def parameter_for(rule: Rule) -> Parameter:
    parameter = parameter_of(rule.name)
    assert parameter is not None  # noqa: S101 - reading a pack refuses every other name
    return parameter


def code_words(code: str, codes: Mapping[str, CodeWords]) -> CodeWords | None:
    """Roles and kinds of body are written in lower case and have their words under the same name in upper case."""
    return codes.get(code) or codes.get(code.upper())


def value_words(pack: EffectivePack, rule: Rule) -> str:
    """A rule's value as a lawyer would read it."""
    if rule.value is None or rule.value == ():
        return NONE
    parameter = parameter_for(rule)
    if parameter.kind in {Kind.NUMBER, Kind.PERIOD, Kind.TIME}:
        return UNITS[unit_of(pack, rule)].format(rule.value)
    return _words(pack.codes, parameter, rule)


def unit_of(pack: EffectivePack, rule: Rule) -> str:
    """What a number counts: said by the parameter, by a period itself, and for the hand-over by a rule of its own."""
    if rule.name == "handover.deadline":
        return "working days" if pack.text("handover.unit") == "working_day" else "hours"
    return rule.stated.unit or parameter_for(rule).unit


def _words(codes: Mapping[str, CodeWords], parameter: Parameter, rule: Rule) -> str:
    value = rule.value
    match parameter.kind:
        case Kind.FLAG:
            return "是" if value else "否"
        case Kind.CODES:
            return "、".join(_or_itself(code, code_words(code, codes)) for code in value)
        case Kind.ROLE:
            return _or_itself(value, code_words(value, codes))
        case Kind.CODE:
            return choice_words(parameter, value) or _or_itself(value, codes.get(value))
        case Kind.DATE:
            return date_words(value)
        case Kind.MONTH_DAY:
            month, _, day = value.partition("-")
            return f"{int(month)}月{int(day)}日"
        case _:
            return _filled(value)


def _or_itself(code: str, words: CodeWords | None) -> str:
    """What has no words is words itself, or a mistake that `dockward policy check` names."""
    return words.zh if words else code


def choice_words(parameter: Parameter, choice: str) -> str:
    """Empty where the words are those of a code of the pack: levels, classes."""
    return CHOICES.get(f"{parameter.name}:{choice}") or CHOICES.get(choice, "")


def date_words(date: dt.date) -> str:
    return f"{date.year}年{date.month}月{date.day}日"


def _filled(text: str) -> str:
    for part, words in NAME_PARTS.items():
        text = text.replace(part, words)
    return text


def entry_of(name: str, parameter: Parameter) -> str:
    return name.removeprefix(f"{parameter.name}.")
