"""The one catalogue of parameters: every rule a pack can set, what kind of value it takes, and which way is stricter.

Code knows parameters, never localities. A name that stands here and in no pack is a mistake, and so is the other way.
"""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct


class Kind(StrEnum):
    FLAG = "flag"
    NUMBER = "number"
    TEXT = "text"
    CODE = "code"
    CODES = "codes"
    ROLE = "role"
    PERIOD = "period"
    DATE = "date"
    TIME = "time"
    MONTH_DAY = "month_day"


class Stricter(StrEnum):
    """Which way a child may move a value."""

    FREE = ""
    """Not ordered: whoever comes later says how it is."""
    LOWER = "lower"
    HIGHER = "higher"
    TRUE = "true"
    FALSE = "false"
    MORE = "more"
    """Everything the parent lists, and perhaps more."""
    FEWER = "fewer"
    EARLIER = "earlier"
    LATER_CHOICE = "later choice"
    """The choices stand from the loosest to the strictest."""
    RANK = "rank"
    """Roles in their order of rank."""
    UNSET = "unset"
    """No value at all is the strictest."""


class Parameter(Struct, frozen=True):
    """`entries`: a table with one value for each code, named `<name>.<CODE>`."""

    name: str
    kind: Kind
    zh: str
    en: str
    stricter: Stricter = Stricter.FREE
    unit: str = ""
    choices: tuple[str, ...] = ()
    entries: bool = False


LEVELS = ("OPT", "TEXTAV", "COND", "AV", "FULL")
"""How an activity is to be recorded, from free to throughout."""
CLASSES = ("C", "B", "A")
NONUSE = ("allowed", "under_special", "until_stop", "unless_major", "off_list", "no")
ROLES = ("officer", "custodian", "recorder_manager", "dept_legal", "supervising_leader", "unit_head", "unit_chief")
"""By rank; the later may do what the earlier must ask for."""

_FLAG, _NUMBER, _TEXT, _CODE, _CODES = Kind.FLAG, Kind.NUMBER, Kind.TEXT, Kind.CODE, Kind.CODES
_ROLE, _PERIOD = Kind.ROLE, Kind.PERIOD
_P = Parameter
_LOWER, _HIGHER, _TRUE, _FALSE = Stricter.LOWER, Stricter.HIGHER, Stricter.TRUE, Stricter.FALSE
_MORE, _LATER, _RANK = Stricter.MORE, Stricter.LATER_CHOICE, Stricter.RANK

_ALL = (
    # The pack itself
    _P("pack.in_force_from", Kind.DATE, "施行日期", "first day of force"),
    _P("pack.valid_years", _NUMBER, "有效期", "life of the instrument", _LOWER, "years"),
    _P("pack.superior_law", _CODES, "上位法", "laws the instrument names as prevailing or governing"),
    _P("pack.org_kinds", _CODES, "适用主体", "kinds of body covered"),
    _P("pack.enforcement_kinds", _CODES, "执法类别", "kinds of act a mission may have"),
    _P("pack.stages", _CODES, "执法环节", "stages a recording is filed to"),
    _P("pack.filing_body", _TEXT, "备案机关", "where the unit's own rules are filed"),
    _P("pack.transition", _CODE, "规则变更过渡", "what a change of rules in mid-year does", choices=("old_until_end",)),
    _P(
        "emergency.backfill_hours",
        _NUMBER,
        "紧急启动补报时限",
        "time to give the number after an urgent start",
        _LOWER,
        "hours",
    ),
    _P(
        "unit.utc_offset_minutes",
        _NUMBER,
        "当地时间与协调世界时之差",
        "the unit's civil time, ahead of UTC",
        unit="minutes",
    ),
    # Officers
    _P("officer.cert_required", _FLAG, "领用须持有效执法证件", "lending only to holders of a valid certificate", _TRUE),
    _P("officer.exam_required", _FLAG, "须经执法资格考试合格", "qualification needs a passed exam", _TRUE),
    _P("officer.fields", _CODES, "执法人员登记项目", "required fields of the officer record"),
    _P("officer.validity_checked", _FLAG, "核对证件有效期", "validity is compared with the day", _TRUE),
    _P("officer.cert_kinds", _CODES, "认可的执法证件", "certificates accepted"),
    _P("officer.mission_log_fields", _CODES, "执法活动人员记载项目", "kept per mission about the officers"),
    _P("officer.min_per_mission", _NUMBER, "每次执法最少人数", "least number of officers", _HIGHER, "persons"),
    _P(
        "officer.offline_max_age_hours",
        _NUMBER,
        "名册离线提醒时限",
        "age at which the offline roster is warned of",
        _LOWER,
        "hours",
    ),
    _P(
        "officer.roster_stale",
        _NUMBER,
        "名册离线可用天数",
        "days of lending on the last signed roster; then a custodian's act",
        _LOWER,
        "days",
    ),
    # Devices and ratios
    _P("device.kinds", _CODES, "记录设备种类", "kinds of device"),
    _P("device.personal", _FLAG, "谁领用谁交还", "the officer who takes a camera returns it", _TRUE),
    _P(
        "device.lend_inside",
        _CODE,
        "单位内转借",
        "passing a camera to a colleague",
        _LATER,
        choices=("approval", "forbidden"),
    ),
    _P(
        "device.lend_outside",
        _CODE,
        "交由非本单位人员使用",
        "passing a camera to another unit",
        _LATER,
        choices=("approval", "forbidden"),
    ),
    _P(
        "ratio.officers_per_device",
        _NUMBER,
        "每台设备对应执法人员数",
        "N in 'not fewer than one per N officers', by class",
        _LOWER,
        "officers per device",
        entries=True,
    ),
    _P(
        "ratio.class_of_department",
        _CODE,
        "部门配备类别",
        "class of each department",
        _LATER,
        choices=CLASSES,
        entries=True,
    ),
    _P("ratio.unlisted_class", _CODE, "未列名部门类别", "class of a department in no table", _LATER, choices=CLASSES),
    _P("ratio.rounding", _CODE, "取整方式", "how officers / N becomes a number", _LATER, choices=("floor", "ceil")),
    _P("ratio.counted_devices", _CODES, "计入配备的设备", "kinds of device that count"),
    _P("ratio.counted_officers", _TEXT, "计入配备的人员", "who counts"),
    _P(
        "ratio.on_shortfall",
        _CODE,
        "配备不足的处理",
        "what a shortfall does; it never blocks lending",
        _LATER,
        choices=("advise", "report"),
    ),
    _P("ratio.principle", _TEXT, "配备原则", "wording shown beside the figure"),
    _P(
        "ratio.guarded_acts",
        _CODES,
        "配备不得低于比例的行为",
        "acts that may not take a department below its ratio unapproved",
        _MORE,
    ),
    _P(
        "ratio.shared_station",
        _CODE,
        "共用采集站的归属",
        "whose ratio a shared station reports",
        choices=("owning_department",),
    ),
    _P(
        "ratio.working_seen_days",
        _NUMBER,
        "视为在用的最长未见天数",
        "a camera counts as working when seen within so many days",
        _LOWER,
        "days",
    ),
    # Checks before use
    _P("check.battery", _FLAG, "检查电量", "charge is read before lending", _TRUE),
    _P(
        "check.battery_min_percent",
        _NUMBER,
        "最低电量",
        "least charge where hours cannot be predicted",
        _HIGHER,
        "percent",
    ),
    _P(
        "check.battery_hours",
        _CODE,
        "电量够用判据",
        "what charge is measured against",
        _LATER,
        choices=("percent", "planned_shift"),
    ),
    _P("check.shift_minutes", _NUMBER, "计划班次时长", "planned shift where nobody names another", _HIGHER, "minutes"),
    _P(
        "check.health_min_percent",
        _NUMBER,
        "电池健康度下限",
        "measured battery health below which a camera stays",
        _HIGHER,
        "percent",
    ),
    _P(
        "check.health_warn_percent",
        _NUMBER,
        "电池健康度提醒值",
        "measured battery health that is warned of",
        _HIGHER,
        "percent",
    ),
    _P(
        "check.health_unknown",
        _CODE,
        "电池健康度未知",
        "battery health not yet measured",
        _LATER,
        choices=("allow", "warn", "refuse"),
    ),
    _P("check.storage", _FLAG, "检查存储空间", "free space is read before lending", _TRUE),
    _P(
        "check.storage_min_free_minutes",
        _NUMBER,
        "最少可录时间",
        "least room, at the camera's bit rate",
        _HIGHER,
        "minutes",
    ),
    _P("check.clock", _FLAG, "检查系统时间", "the camera's date and time are compared with the station's", _TRUE),
    _P("check.clock_tolerance_seconds", _NUMBER, "时钟容许偏差", "largest offset", _LOWER, "seconds"),
    _P(
        "check.unreadable",
        _CODE,
        "读不出时的处理",
        "a camera whose reading cannot be had",
        _LATER,
        choices=("warn", "refuse"),
        entries=True,
    ),
    _P(
        "check.station_clock_untrusted",
        _CODE,
        "采集站时间不可信",
        "the station itself does not know the time",
        _LATER,
        choices=("lend_marked", "refuse"),
    ),
    _P("check.uningested_blocks", _FLAG, "未采集不得领用", "a camera with footage not yet held stays", _TRUE),
    _P(
        "check.others_footage",
        _CODE,
        "机内有他人资料",
        "a colleague's footage still on the camera",
        _LATER,
        choices=("allow", "refuse_unless_sealed", "refuse"),
    ),
    _P("check.other", _CODES, "其他检查", "further checks", _MORE),
    _P(
        "check.override_role", _ROLE, "可放行检查不合格的人员", "who may release against a failed check", Stricter.UNSET
    ),
    _P("check.emergency_release", _FLAG, "紧急情况放行", "in an emergency the best camera present is released", _FALSE),
    _P("loan.max_per_officer", _NUMBER, "每人同时领用台数", "cameras per officer at a time", _LOWER, "cameras"),
    _P("loan.pin", _FLAG, "刷卡后输入密码", "taking and bringing back ask for a PIN beside the badge", _TRUE),
    _P("loan.allotment", _CODE, "配发方式", "whose camera it is", choices=("pool", "section", "pair", "person")),
    _P("loan.offer_seconds", _NUMBER, "开仓待取时间", "how long an offered camera stays unlocked", _LOWER, "seconds"),
    _P("docking.silent_seconds", _NUMBER, "判为无应答的时间", "how long a camera may say nothing", _LOWER, "seconds"),
    _P(
        "docking.silent_repair_hours",
        _NUMBER,
        "无应答自动报修时限",
        "how long a docked camera may stay silent before a repair is opened",
        _LOWER,
        "hours",
    ),
    _P("wear.position", _TEXT, "佩戴位置", "where the camera is worn"),
    _P("wear.dress", _TEXT, "着装要求", "dress reminder"),
    _P("wear.fixed", _FLAG, "固定佩戴", "fixed; picture continuous, clear, complete", _TRUE),
    _P("notice.required", _FLAG, "告知当事人", "the party is told of the recording", _TRUE),
    _P("notice.when", _CODE, "告知时间", "when the party is told", _LATER, choices=("at_start", "before")),
    _P("notice.text", _TEXT, "告知用语", "words shown to the officer"),
    # Duty to record
    _P("record.activity", _CODE, "各类活动的记录要求", "level of each activity", _LATER, choices=LEVELS, entries=True),
    _P(
        "record.activity_off_site",
        _CODE,
        "非现场时的记录要求",
        "level of an activity that is not on site",
        _LATER,
        choices=LEVELS,
        entries=True,
    ),
    _P("record.photo_suffices", _FLAG, "照片即可", "photos satisfy AV", _FALSE, entries=True),
    _P("record.list_required", _FLAG, "须有音像记录事项清单", "a list of matters to be recorded must be loaded", _TRUE),
    _P("record.list_author", _TEXT, "清单编制主体", "who makes the list"),
    _P("record.list_fields", _CODES, "清单项目", "what an entry holds", _MORE),
    _P("record.span", _CODE, "全程的含义", "what throughout means in time", _LATER, choices=("part", "activity")),
    _P(
        "record.gap_tolerance_seconds",
        _NUMBER,
        "容许间断",
        "late start, early stop or gap that raises no finding",
        _LOWER,
        "seconds",
    ),
    _P(
        "record.text_suffices",
        _CODE,
        "以文字记录代替",
        "when text alone is offered as a reason",
        _LATER,
        choices=("off_list", "never"),
    ),
    _P(
        "record.unlisted_level",
        _CODE,
        "未列名活动的记录要求",
        "level of an activity in no table",
        _LATER,
        choices=LEVELS,
    ),
    # Non-use
    _P("nonuse.reasons", _CODE, "可以不使用的情形", "reasons for non-use", _LATER, choices=NONUSE, entries=True),
    _P(
        "nonuse.sector_forbids_not_major",
        _FLAG,
        "行业上级另有规定",
        "the sector's superior authority has ruled out 'not major'",
        _TRUE,
    ),
    _P("nonuse.statement_required", _FLAG, "须作书面说明", "a written explanation closes the gap", _TRUE),
    _P("nonuse.covers_incomplete", _FLAG, "记录不完整亦须说明", "incomplete footage needs one too", _TRUE),
    _P("nonuse.fields", _CODES, "说明内容", "what it holds", _MORE),
    _P("nonuse.due", _CODE, "说明时限", "when it is due", choices=("with_handover",)),
    _P("nonuse.review_working_days", _NUMBER, "审核时限", "time for the review", _LOWER, "working days"),
    _P("nonuse.reviewer", _ROLE, "审核人", "who reviews", _RANK),
    _P("nonuse.keeper", _ROLE, "保管人", "who keeps it"),
    # Hand-over
    _P("handover.deadline", _NUMBER, "移交时限", "time allowed", _LOWER, "see handover.unit"),
    _P("handover.unit", _CODE, "移交时限单位", "unit of the deadline", _LATER, choices=("working_day", "hour")),
    _P(
        "handover.anchor", _CODE, "移交起算", "where counting starts", _LATER, choices=("activity_end", "recording_end")
    ),
    _P(
        "handover.satisfied_by",
        _CODE,
        "视为已移交",
        "what counts as handed over",
        _LATER,
        choices=("docked_and_signed", "stored"),
    ),
    _P(
        "handover.office_close",
        Kind.TIME,
        "下班时间",
        "close of business on the due working day",
        Stricter.EARLIER,
        "local time",
    ),
    _P("handover.extension_reasons", _CODES, "可以延期的情形", "reasons for an extension", Stricter.FEWER),
    _P(
        "handover.extension_deadline",
        _NUMBER,
        "延期后时限",
        "new time allowed",
        _LOWER,
        "hours after return to the unit",
    ),
    _P("handover.extension_condition", _TEXT, "延期条件", "beyond the reason"),
    _P("handover.recipient", _ROLE, "接收人", "who receives"),
    _P("handover.officer_signature", _FLAG, "移交登记签名", "the officer signs the register", _TRUE),
    _P("handover.signature_form", _CODES, "签名形式", "forms accepted", Stricter.FEWER),
    _P("handover.recipient_signature", _FLAG, "接收人确认", "the custodian acknowledges as well", _TRUE),
    _P("handover.self_keep_forbidden", _FLAG, "不得自行保管", "an officer may not keep footage", _TRUE),
    _P("handover.unattended", _FLAG, "无人值守移交", "taken without staff, nights and holidays", _TRUE),
    # Naming, storage, clearing
    _P("naming.template", _TEXT, "文件命名", "name of a stored file"),
    _P(
        "naming.grouping",
        _CODE,
        "分类存储",
        "order of storage and search",
        choices=("section", "department", "subject"),
    ),
    _P("store.kinds", _CODES, "存储载体", "where footage may lie"),
    _P(
        "store.location", _CODE, "存储地点", "where the store stands", _LATER, choices=("anywhere", "inside_department")
    ),
    _P("store.custodian_required", _FLAG, "须确定管理人员", "a named custodian must exist", _TRUE),
    _P("store.custodian_fulltime", _FLAG, "专职管理人员", "the custodian is full-time", _TRUE),
    _P("store.tamper_evident", _FLAG, "防删改存储", "append-only, digests, signed", _TRUE),
    _P("store.subject_grouping", _FLAG, "同一执法对象集中存储", "records of one subject come together", _TRUE),
    _P("store.live_access", _FLAG, "可实时调阅", "playable without a copying step", _TRUE),
    _P("store.live_access_seconds", _NUMBER, "调阅等待时间", "longest wait for play", _LOWER, "seconds"),
    _P(
        "store.max_station_hours",
        _NUMBER,
        "采集站最长存放时间",
        "longest stay on a station before the centre confirms",
        _LOWER,
        "hours",
    ),
    _P("store.verify_days", _NUMBER, "定期核验周期", "period of re-verification", _LOWER, "days"),
    _P(
        "wipe.mode",
        _CODE,
        "清除方式",
        "when footage on the camera is deleted",
        _LATER,
        choices=("after_verified_copy", "custodian_release"),
    ),
    _P("wipe.actor", _ROLE, "清除责任人", "in whose name"),
    _P(
        "wipe.copies_before", _NUMBER, "清除前核验副本数", "verified copies before deletion", _HIGHER, "verified copies"
    ),
    _P(
        "wipe.proof",
        _CODE,
        "核验副本的构成",
        "what counts as the further verified copy",
        _LATER,
        choices=("receipt_or_second_copy", "receipt"),
    ),
    # Retention, long-term, case file
    _P("retention.ordinary_min", _PERIOD, "一般保存期限", "least time before purge may be proposed", _HIGHER),
    _P(
        "retention.start",
        _CODE,
        "保存期限起算",
        "where the term starts",
        _LATER,
        choices=("stored", "archived", "later"),
    ),
    _P("retention.classes", _PERIOD, "分类保存期限", "longer terms for activities", _HIGHER, entries=True),
    _P(
        "purge.mode",
        _CODE,
        "期满处理",
        "what happens after the term; never automatic",
        _LATER,
        choices=("manual", "off"),
    ),
    _P("purge.proposer", _ROLE, "清除提出人", "who proposes"),
    _P("purge.approver", _ROLE, "清除批准人", "who approves", _RANK),
    _P("purge.blockers", _CODES, "不得清除的情形", "what blocks a purge", _MORE),
    _P("longterm.reasons", _FLAG, "长期保存的情形", "reasons for long-term keeping", _TRUE, entries=True),
    _P("longterm.period", _PERIOD, "长期保存期限", "length of long-term keeping", Stricter.UNSET),
    _P("longterm.medium", _CODES, "长期保存载体", "carrier"),
    _P("longterm.medium_of", _CODES, "指定载体的情形", "carrier by reason", entries=True),
    _P("longterm.copies", _NUMBER, "长期保存份数", "discs", _HIGHER, "copies"),
    _P("longterm.label_fields", _CODES, "标签项目", "on label or sleeve", _MORE),
    _P("longterm.burn_days", _NUMBER, "刻录时限", "time from code to verified discs", _LOWER, "days"),
    _P("longterm.lift_role", _ROLE, "解除长期保存的人员", "who may lift a code", _RANK),
    _P("casefile.deadline_days", _NUMBER, "归档时限", "into the case file after the end", _LOWER, "calendar days"),
    _P("casefile.anchor", _CODE, "归档起算", "where counting starts", _LATER, choices=("case_closed", "mission_end")),
    _P("casefile.override", _TEXT, "归档特别规定", "special periods"),
    _P("casefile.warn_days", _NUMBER, "归档提前提醒", "warning before the deadline", _HIGHER, "days before"),
    # Access, approvals, oversight
    _P("access.view_internal_approver", _ROLE, "内部调阅批准人", "own staff viewing", _RANK),
    _P("access.copy_internal_approver", _ROLE, "内部复制批准人", "own staff copying", _RANK),
    _P("access.other_department_approver", _ROLE, "其他部门使用批准人", "use by another department", _RANK),
    _P("access.party_view_approver", _ROLE, "当事人查阅批准人", "party consults", _RANK),
    _P("access.party_copy_approver", _ROLE, "当事人复制批准人", "party copies; secrets excepted", _RANK),
    _P("access.outside_approver", _ROLE, "对外提供批准人", "any provision outside or on the internet", _RANK),
    _P("access.disclosure_approver", _ROLE, "公开批准人", "publishing trade secrets or privacy", _RANK),
    _P("access.register_required", _FLAG, "调阅登记", "every access leaves a line before it opens", _TRUE),
    _P(
        "access.scope",
        _CODE,
        "检索范围",
        "default search scope of an account",
        _LATER,
        choices=("area", "department", "section"),
    ),
    _P("access.approval_valid_days", _NUMBER, "批准有效期", "life of an approval", _LOWER, "days"),
    _P(
        "access.legal_review",
        _CODE,
        "法制审核调阅",
        "a reviewer's view of a case's recordings",
        _LATER,
        choices=("direct", "approval"),
    ),
    _P("access.review_answer_days", _NUMBER, "审核调阅答复时限", "time to answer a reviewer", _LOWER, "working days"),
    _P("access.dispute_body", _TEXT, "争议协调机构", "settles disputes on viewing and copying"),
    _P("approval.self_forbidden", _FLAG, "不得自行批准", "nobody approves an own request", _TRUE),
    _P("approval.reviewer", _ROLE, "审核人(第三人)", "an optional reviewer between proposer and approver", _RANK),
    _P(
        "approval.delegation_max_days",
        _NUMBER,
        "委托批准最长期限",
        "longest delegation of an approver's power",
        _LOWER,
        "days",
    ),
    _P("oversight.bodies", _CODES, "可直接调阅的机构", "direct view without approval"),
    _P("oversight.purposes", _CODES, "直接调阅事由", "for what"),
    _P("oversight.copy", _FLAG, "直接复制", "direct copying", _FALSE),
    # Export and secrecy
    _P("export.medium", _CODES, "对外载体", "carrier for use outside the unit"),
    _P("export.copies", _NUMBER, "对外份数", "number", _HIGHER, "copies"),
    _P("export.note_required", _FLAG, "文字说明", "a written note goes along", _TRUE),
    _P("export.note_fields", _CODES, "说明项目", "fields of the note", _MORE),
    _P("export.label_fields", _CODES, "光盘标签项目", "on the disc", _MORE),
    _P("export.destination", _CODES, "去向", "where it goes"),
    _P("export.rules", _TEXT, "制作要求", "evidence rules for making it"),
    _P("export.redaction_fields", _CODES, "公开前遮蔽项目", "what a disclosure export hides", _MORE),
    _P("secret.categories", _CODES, "涉密类别", "categories of secrecy marks", _MORE),
    _P(
        "secret.disclosure", _CODE, "涉密资料公开", "disclosure of a marked item", _LATER, choices=("approved", "never")
    ),
    _P("secret.viewers", _CODE, "涉密资料可见范围", "who sees a marked item", _LATER, choices=("scope", "named")),
    _P("secret.lift_role", _ROLE, "解除涉密标记的人员", "who lifts a mark", _RANK),
    _P("secret.counsel_blind", _FLAG, "法律顾问不得接触涉密资料", "outside counsel never sees marked items", _TRUE),
    # Repair, supervision, statistics
    _P("repair.deadline_hours", _NUMBER, "维修时限", "repair time", _LOWER, "hours"),
    _P("repair.anchor", _CODE, "维修起算", "where counting starts", choices=("discovery",)),
    _P(
        "repair.meaning",
        _CODE,
        "维修时限的含义",
        "what must be done in that time",
        _LATER,
        choices=("begun", "finished"),
    ),
    _P(
        "spotcheck.mode",
        _CODE,
        "检查方式",
        "kind of checks",
        _LATER,
        choices=("irregular", "regular", "assessment", "both"),
    ),
    _P("spotcheck.frequency", _NUMBER, "检查间隔", "longest gap between checks", _LOWER, "days"),
    _P("spotcheck.sample_percent", _NUMBER, "抽查比例", "share drawn at random", _HIGHER, "percent of missions"),
    _P("supervise.body", _TEXT, "监督机构", "supervising body"),
    _P("stats.annual_due", Kind.MONTH_DAY, "年度统计日期", "date of the yearly figures", Stricter.EARLIER),
    _P("stats.annual_to", _TEXT, "年度统计报送", "receiver"),
    _P("stats.lead_days", _NUMBER, "年度统计提前天数", "export ready before the date", _HIGHER, "days"),
    _P("stats.analysis", _FLAG, "统计分析", "recorded data are analysed", _TRUE),
    _P("prohibited.acts", _FLAG, "禁止行为监测", "prohibited acts to detect", _TRUE, entries=True),
    _P(
        "finding.answer_days",
        _NUMBER,
        "当事人申辩时限",
        "a finding leaves the unit only after the person could answer",
        _HIGHER,
        "working days",
    ),
    # Neighbouring systems
    _P("legalreview.days", _NUMBER, "法制审核时限", "review time, for measuring waits only", _LOWER, "working days"),
    _P("legalreview.extension_days", _NUMBER, "法制审核延长", "extension", _LOWER, "working days"),
    _P("legalreview.major_inspection", _TEXT, "重大检查的认定", "when an inspection is a major decision"),
    _P(
        "publicity.decision_days",
        _NUMBER,
        "决定公开时限",
        "publication of decisions; no footage",
        _LOWER,
        "working days",
        entries=True,
    ),
    _P("interface.platform", _TEXT, "对接平台", "platform that recordings are referenced to"),
    _P("interface.max_down_hours", _NUMBER, "对接中断时限", "push failing before it is reported", _LOWER, "hours"),
)

PARAMETERS: Mapping[str, Parameter] = {parameter.name: parameter for parameter in _ALL}

NEEDED = frozenset(
    {
        "unit.utc_offset_minutes",
        "officer.roster_stale",
        "check.battery_min_percent",
        "check.shift_minutes",
        "check.health_min_percent",
        "check.health_warn_percent",
        "check.storage_min_free_minutes",
        "check.clock_tolerance_seconds",
        "check.others_footage",
        "loan.max_per_officer",
        "loan.offer_seconds",
        "docking.silent_seconds",
        "docking.silent_repair_hours",
        "record.gap_tolerance_seconds",
        "longterm.copies",
        "access.approval_valid_days",
    }
)
"""Every station measures by these: a pack may set them as it likes, but not leave them without a value."""

_NUMBERS: Mapping[str, range] = {
    "pack.valid_years": range(101),
    "unit.utc_offset_minutes": range(14 * 60 + 1),
    "ratio.officers_per_device": range(1, 1_000),
    "handover.deadline": range(10_001),
    "working days": range(1_001),
    "percent": range(101),
    "percent of missions": range(101),
}
_PERIODS, _OTHER_NUMBERS = range(5_001), range(1_000_000)


def numbers_of(parameter: Parameter) -> range:
    """What a number may be: by the parameter, by what it counts, or else anything a calendar can bear."""
    other = _PERIODS if parameter.kind is Kind.PERIOD else _OTHER_NUMBERS
    return _NUMBERS.get(parameter.name) or _NUMBERS.get(parameter.unit) or other


DUTIES: Mapping[str, str] = {
    "access.approval_valid_days": "access.view_internal_approver",
    "access.copy_internal_approver": "prohibited.acts.PA-PRIVATE-COPY",
    "access.disclosure_approver": "prohibited.acts.PA-LEAK",
    "access.other_department_approver": "prohibited.acts.PA-EXTERNAL",
    "access.outside_approver": "prohibited.acts.PA-EXTERNAL",
    "access.party_copy_approver": "prohibited.acts.PA-PRIVATE-COPY",
    "access.review_answer_days": "access.legal_review",
    "check.battery_hours": "check.battery",
    "check.battery_min_percent": "check.battery",
    "check.clock_tolerance_seconds": "check.clock",
    "check.emergency_release": "check.battery",
    "check.others_footage": "wipe.mode",
    "check.override_role": "check.battery",
    "check.storage_min_free_minutes": "check.storage",
    "check.unreadable": "check.battery",
    "check.uningested_blocks": "wipe.mode",
    "export.copies": "export.note_required",
    "export.label_fields": "longterm.label_fields",
    "export.redaction_fields": "secret.disclosure",
    "handover.deadline": "handover.self_keep_forbidden",
    "handover.office_close": "handover.deadline",
    "handover.extension_deadline": "handover.extension_reasons",
    "interface.max_down_hours": "interface.platform",
    "longterm.burn_days": "longterm.medium_of",
    "nonuse.review_working_days": "nonuse.reviewer",
    "officer.cert_kinds": "officer.cert_required",
    "officer.exam_required": "officer.cert_required",
    "officer.fields": "officer.mission_log_fields",
    "officer.validity_checked": "officer.cert_required",
    "pack.in_force_from": "pack.valid_years",
    "purge.approver": "purge.mode",
    "purge.blockers": "longterm.reasons",
    "purge.proposer": "prohibited.acts.PA-DELETE",
    "ratio.unlisted_class": "ratio.class_of_department",
    "record.gap_tolerance_seconds": "record.span",
    "secret.viewers": "secret.categories",
    "spotcheck.frequency": "spotcheck.mode",
    "store.live_access_seconds": "store.live_access",
    "store.max_station_hours": "store.kinds",
    "store.verify_days": "prohibited.acts.PA-POOR-STORE",
    "wear.fixed": "wear.position",
    "wipe.actor": "prohibited.acts.PA-DELETE",
    "wipe.copies_before": "wipe.mode",
    "wipe.mode": "prohibited.acts.PA-DELETE",
    "wipe.proof": "wipe.mode",
}
"""Of which duty a limit is the measure: the duty may be law where the limit is only a default."""


def duty_of(name: str) -> str:
    """The duty that a parameter or an entry of a table measures; empty where it stands for itself."""
    return DUTIES.get(name) or DUTIES.get(name.rpartition(".")[0], "")


def parameter_of(name: str) -> Parameter | None:
    """The parameter a name belongs to: itself, or the table it is an entry of."""
    if (own := PARAMETERS.get(name)) is not None:
        return None if own.entries else own
    table = PARAMETERS.get(".".join(name.split(".", 2)[:2]))
    return table if table is not None and table.entries else None
