"""Draws the documents that quote the code: facts.md, machines.md, promises.md, trace.md. `make docs` runs it."""

import inspect
import sys
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

from docs.trace import trace_page
from station.custody.access_request import ACCESS
from station.custody.bay_signs import CHARGER, KEY, OUTAGE
from station.custody.camera import CAMERA
from station.custody.copy_disk import DISK
from station.custody.disposal import DISPOSAL
from station.custody.docking import DOCKING
from station.custody.explanation import EXPLANATION
from station.custody.facts import CATALOGUE, FactBody
from station.custody.history import HISTORY
from station.custody.hold import HOLD
from station.custody.lifting import LIFTING
from station.custody.loan import LOAN
from station.custody.lost_badge import LOST_BADGE
from station.custody.machine import Machine
from station.custody.mission import MISSION
from station.custody.orders import ORDERS
from station.custody.purging import PURGE
from station.custody.recording import RECORDING
from station.custody.repair import REPAIR
from station.custody.reported_finding import FINDING
from station.custody.secrecy import SECRECY
from station.custody.write_off import WRITE_OFF
from tests.mutants import MUTANTS

DOCS = Path(__file__).parent
GENERATED = "Drawn from the code by `make docs`; a test keeps it fresh. Do not edit."

MACHINES: Mapping[str, tuple[str, Machine[Any]]] = {
    "Docking": ("归仓: one camera's visit to one bay", DOCKING),
    "Recording": ("音像资料: one file from a camera", RECORDING),
    "Loan": ("领用: one officer's possession of one camera", LOAN),
    "Camera": ("执法记录仪: where one body-worn recorder is", CAMERA),
    "Mission": ("执法活动: one enforcement activity", MISSION),
    "Explanation": ("工作情况说明: why there is no footage of a mission, or not all", EXPLANATION),
    "Hold": ("保全: what keeps recordings from being purged", HOLD),
    "Secrecy": ("涉密标记: what keeps recordings for named persons", SECRECY),
    "Lifting": ("解除申请: the wish to have a hold or a secrecy mark lifted", LIFTING),
    "Access request": ("调阅申请: the way to seeing or having recordings", ACCESS),
    "Repair": ("维修: one fault of one camera", REPAIR),
    "Purge": ("资料清理: recordings deleted for good", PURGE),
    "Finding": ("问题: a rule that was not kept", FINDING),
    "Bay key": ("机械钥匙: one turning of one bay's mechanical key", KEY),
    "Outage": ("供电中断: the supply is not well", OUTAGE),
    "Bay charger": ("充电保护: one bay's charger, from its first cut on", CHARGER),
    "Dispute": ("日志链冲突: another history of this journal was signed", HISTORY),
    "Disk": ("资料磁盘: one disk that second copies were proved on", DISK),
    "Write-off": ("注销资料磁盘: the wish to have a disk that is gone for good written off", WRITE_OFF),
    "Lost badge": ("证卡挂失: a badge that signs nobody in any more", LOST_BADGE),
    "Orders": ("指令: what the registry orders of this station", ORDERS),
    "Disposal": ("处置设备: the wish to have a camera leave its department", DISPOSAL),
}


def facts_page() -> str:
    parts = [
        "# The catalogue of facts",
        f"{GENERATED} Source: `station/custody/facts*.py`.",
        """Everything a journal can say. Each fact stands in an entry ([journal.md](journal.md)); `body` is as below.
Fields under *private* are kept beside the entry, which holds only their commitment in `sealed`.""",
        *(_fact(body) for body in CATALOGUE.values()),
    ]
    return "\n\n".join(parts) + "\n"


def _fact(body: type[FactBody]) -> str:
    hints = get_type_hints(body, include_extras=True)
    rows = [f"| `{name}` | {_words(hints[name])} |" for name in body.__struct_fields__ if name != "sealed"]
    rows += [f"| `{name}` | *private*: words, sealed |" for name in body.private]
    title = f"## `{body.type}` v{body.v} · {body.zh}"
    return "\n".join([title, "", inspect.cleandoc(body.__doc__ or ""), "", "| field | value |", "|---|---|", *rows])


def _words(hint: Any) -> str:
    """A type as a reader of JSON would say it."""
    if get_origin(hint) is not None and type(None) in get_args(hint):
        (inner,) = (one for one in get_args(hint) if one is not type(None))
        return f"{_words(inner)}, or null"
    schema = msgspec.json.schema(hint)
    return _schema_words(schema.get("$defs", {}).get(schema.get("$ref", "").rpartition("/")[2], schema), schema)


def _schema_words(schema: Mapping[str, Any], root: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return _schema_words(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    if "anyOf" in schema:
        (inner,) = (one for one in schema["anyOf"] if one.get("type") != "null")
        return f"{_schema_words(inner, root)}, or null"
    match schema["type"]:
        case "integer":
            return f"integer, {_bound(schema['minimum'])} to {_bound(schema['maximum'])}"
        case "string" if "pattern" in schema:
            return f"string, `{schema['pattern'].replace(chr(92) + 'Z', '$')}`"
        case "string":
            return f"string, up to {schema['maxLength']} characters"
        case "boolean":
            return "true or false"
        case "array":
            return f"list of up to {schema['maxItems']}: {_schema_words(schema['items'], root)}"
        case _:
            fields = (f"`{name}`: {_schema_words(value, root)}" for name, value in schema["properties"].items())
            return f"object of {'; '.join(fields)}"


def _bound(number: int) -> str:
    return {2**53 - 1: "2⁵³ − 1", -(2**53) + 1: "−(2⁵³ − 1)"}.get(number, str(number))


def machines_page() -> str:
    parts = [
        "# The custody machines",
        f"{GENERATED} Sources: the tables on top of the files in `station/custody/`.",
        """An arrow is a fact. A fact that has no arrow from the present step is illegal there: it raises, and
changes nothing.""",
        *(f"## {name}\n\n{words}.\n\n{_diagram(machine)}" for name, (words, machine) in MACHINES.items()),
    ]
    return "\n\n".join(parts) + "\n"


def _diagram(machine: Machine[StrEnum]) -> str:
    arrows: dict[tuple[str, str], list[str]] = {}
    for (before, body), after in machine.table.items():
        arrows.setdefault((before or "[*]", after), []).append(body.type)
    lines = [f"    {before} --> {after} : {'<br/>'.join(facts)}" for (before, after), facts in arrows.items()]
    return "\n".join(["```mermaid", "stateDiagram-v2", *lines, "```"])


def promises_page() -> str:
    parts = [
        "# Promises, and the faults that would break them",
        f"{GENERATED} Source: `tests/mutants/`.",
        "Each promise has a test; each test must fail when the fault beside it is put into a copy of the code.",
        "| promise | fault put in | where | test that must fail |\n|---|---|---|---|\n"
        + "\n".join(f"| {m.promise} | {m.fault} | `{m.file}` | `{m.test}` |" for m in MUTANTS),
    ]
    return "\n\n".join(parts) + "\n"


PAGES: Mapping[str, Callable[[], str]] = {
    "facts.md": facts_page,
    "machines.md": machines_page,
    "promises.md": promises_page,
    "trace.md": lambda: trace_page(GENERATED),
}


def main() -> int:
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
