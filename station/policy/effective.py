"""Packs standing on one another: defaults, locality and parents, department. Who comes later may only tighten.

What a department loosens of a mere default names who set it and why; what anybody loosens of the law names a newer
source and two who approved it. Everything else is refused: deny by default.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from station.policy.pack import (
    APPROVALS_FOR_LOOSENING,
    CodeWords,
    FindingWords,
    Pack,
    PackError,
    Status,
    Value,
)
from station.policy.parameters import PARAMETERS, duty_of, parameter_of
from station.policy.permits import PERMITTED, Verdict
from station.policy.strictness import UNBOUNDED, strictness

HOURS_IN_DAY = 24


SOURCE_CHARACTERS_MAX = 128
"""As much of an outside instrument's title as a fact can name where an article's id would stand."""


class Rule(Struct, frozen=True):
    """One parameter as it is in force: its value, and which pack says so."""

    name: str
    stated: Value
    pack: str
    kind: str
    """Of the pack that states it: defaults, locality or department."""
    inherited: bool = False

    @property
    def value(self) -> Any:
        return self.stated.value

    @property
    def status(self) -> Status:
        if self.inherited and self.stated.status in {Status.TEXT, Status.READING}:
            return Status.INHERITED
        return self.stated.status

    @property
    def is_default(self) -> bool:
        return self.stated.status is Status.DEFAULT

    @property
    def articles(self) -> tuple[str, ...]:
        return self.stated.articles


class EffectivePack(Struct, frozen=True):
    """What is in force for one department. `name` goes into every fact it judged."""

    name: str
    packs: tuple[Pack, ...]
    rules: Mapping[str, Rule]
    findings: Mapping[str, FindingWords]
    codes: Mapping[str, CodeWords]
    claimed: frozenset[str]
    """Articles that some duty of law rests on; naming the laws above lays no duty on anybody."""

    @property
    def top(self) -> Pack:
        return self.packs[-1]

    def rule(self, name: str) -> Rule:
        return self.rules[name]

    def flag(self, name: str) -> bool:
        return self.rules[name].value is True

    def number(self, name: str) -> int:
        value: int = self.rules[name].value
        return value

    def limit(self, name: str) -> int | None:
        """A number that may be unset."""
        value: int | None = self.rules[name].value
        return value

    def text(self, name: str) -> str:
        """Words, a code, a role or a time of day; empty where unset."""
        return self.rules[name].value or ""

    def listed(self, name: str) -> tuple[str, ...]:
        return self.rules[name].value or ()

    def entries(self, name: str) -> dict[str, Rule]:
        """A table's rules by code."""
        prefix = f"{name}."
        return {key.removeprefix(prefix): rule for key, rule in self.rules.items() if key.startswith(prefix)}

    def finds(self, code: str, rule: str = "") -> Verdict:
        """A finding or refusal, with the law that calls for it here; `rule` is the parameter that decided, if any."""
        if not rule:
            return Verdict(code, self.findings[code].articles)
        decided = self.rules[rule]
        return Verdict(
            code,
            self.cited(code, decided),
            rule,
            limit_is_default=decided.is_default,
            set_by_unit=decided.kind == "department",
        )

    def cited(self, code: str, decided: Rule) -> tuple[str, ...]:
        """The articles that call for this finding when this rule decides.

        A finding may serve several duties. Where law decided, its own articles are cited. Where a default decided, only
        what is no other rule's: the articles of the duty it measures, those the pack ties to this very rule, and those
        that nothing claims for itself.
        """
        called_for = self.findings[code].articles
        tied = {article for article, names in self.findings[code].only.items() if decided.name in names}
        free = tuple(article for article in called_for if article not in self.claimed)
        if not decided.is_default:
            own = tied.union(decided.articles)
            cited = tuple(article for article in called_for if article in own) or free or decided.articles
            return cited or (decided.stated.source[:SOURCE_CHARACTERS_MAX],)
        duty = duty_of(decided.name)
        tied.update(*(rule.articles for name, rule in self.rules.items() if _is_of(name, duty)))
        return tuple(article for article in called_for if article in tied or article in free)


def stack(packs: Sequence[Pack]) -> EffectivePack:
    """From the defaults up to the department. Each must stand on exactly the version below it, and weaken nothing."""
    if not packs or packs[0].kind != "defaults":
        raise PackError(f"{packs[0].file if packs else 'no pack'}: stands on nothing; the defaults come first")
    for depth, (below, above) in enumerate(pairwise(packs), 1):
        _require_stands_on(above, below)
        for problem in weakened(packs[:depth], above):
            raise PackError(problem)
    return _stacked(packs)


def _stacked(packs: Sequence[Pack]) -> EffectivePack:
    rules: dict[str, Rule] = {}
    findings: dict[str, FindingWords] = {}
    codes: dict[str, CodeWords] = {}
    for pack in packs:
        rules |= {name: Rule(name, value, pack.name, pack.kind) for name, value in pack.values.items()}
        for code, words in pack.findings.items():
            findings[code] = _joined(findings.get(code, FindingWords()), words)
        codes |= pack.codes
    top = packs[-1]
    rules = {
        name: replace(rule, inherited=rule.pack != top.name and rule.kind == "locality") for name, rule in rules.items()
    }
    return EffectivePack(top.name, tuple(packs), rules, findings, codes, frozenset(_claimed(packs)))


def _claimed(packs: Sequence[Pack]) -> Iterator[str]:
    """By any layer: an article does not become everybody's because a child has put its own value over that rule."""
    for pack in packs:
        for name, value in pack.values.items():
            if name != "pack.superior_law":
                yield from value.articles
        for words in pack.findings.values():
            yield from words.only


def _is_of(name: str, duty: str) -> bool:
    return bool(duty) and (name == duty or name.startswith(f"{duty}."))


def _joined(below: FindingWords, above: FindingWords) -> FindingWords:
    """A child may say more clearly what to do, and cite further articles; what its parent cited stays."""
    further = tuple(article for article in above.articles if article not in below.articles)
    return FindingWords(
        above.zh or below.zh,
        above.en or below.en,
        above.verdict or below.verdict,
        below.articles + further,
        {**below.only, **above.only},
    )


def _require_stands_on(above: Pack, below: Pack) -> None:
    named, where = above.extends or above.defaults, above.where("extends" if above.extends else "defaults")
    if named != below.name:
        raise PackError(f"{where}: stands on {named}, not on {below.name}")
    if below.kind == "department" or (above.kind == "department" and below.kind == "defaults"):
        raise PackError(f"{where}: a department's settings stand on a locality's pack")


def weakened(below: Sequence[Pack], above: Pack) -> Iterator[str]:
    """Each place where a pack is looser than what it stands on, or redefines what is not its own."""
    layers = tuple(_stacked(below[:depth]) for depth in range(1, len(below) + 1))
    parent, after = layers[-1], _stacked([*below, above])
    for name, value in above.values.items():
        for layer in _floors(layers, name):
            rule = _rule_behind(layer, name)
            if above.kind == "locality" and (rule is None or rule.kind == "defaults"):
                continue  # a locality fills in what the house only assumed
            if _looser(layer, after, name) and not _lawful(layer, rule, value):
                yield f"{above.where(name)}: looser than {_said(rule)}: PACK_WEAKENED; {_what_it_takes(rule)}"
                break
    for code, words in above.codes.items():
        if code in parent.codes and parent.codes[code] != words:
            yield f"{above.where(f'codes.{code}')}: redefines a code of {parent.name}: PACK_WEAKENED"
    for code, said in above.findings.items():
        known = parent.findings.get(code)
        if known is not None and known.verdict == "refuse" and said.verdict == "report":
            yield f"{above.where(f'findings.{code}')}: only reports what {parent.name} refuses: PACK_WEAKENED"


def weakens(below: EffectivePack, above: Pack) -> Verdict:
    """Whether whoever changes a pack or a list may put it above these; `weakened` says what is looser, and where."""
    looser = next(weakened(below.packs, above), "")
    return below.finds("PACK_WEAKENED") if looser else PERMITTED


def _said(rule: Rule | None) -> str:
    if rule is None:
        return "nothing said so far, which is the strictest"
    cited = ", ".join(rule.articles) or "a default"
    return f"{rule.value!r} of {rule.pack} ({cited})"


def _what_it_takes(rule: Rule | None) -> str:
    if rule is None or rule.is_default:
        return "loosening a default takes set_by, set_at and a note"
    return "loosening the law takes a newer source with its date and two approvals"


def _lawful(layer: EffectivePack, rule: Rule | None, value: Value) -> bool:
    if (rule is None or rule.is_default) and value.set_by and value.set_at and value.note:
        return True
    begun = layer.rules.get("pack.in_force_from")
    since: dt.date | None = (rule and rule.stated.source_date) or (begun.value if begun is not None else None)
    newer = value.source_date is not None and (since is None or value.source_date > since)
    approvals = len({name.strip() for name in value.approved_by} - {""})
    return bool(value.source) and newer and approvals >= APPROVALS_FOR_LOOSENING


def _floors(layers: Sequence[EffectivePack], name: str) -> tuple[EffectivePack, ...]:
    """The topmost layer, and every one below that states the name and that no later one has lawfully loosened.

    A child that restates its parent's law as a default of its own does not make it any easier to loosen.
    """
    held = (
        layer
        for depth, layer in enumerate(layers[:-1], 1)
        if name in layer.top.values and not any(_looser(layer, later, name) for later in layers[depth:])
    )
    return (layers[-1], *held)


_UNLISTED: Mapping[str, tuple[str, ...]] = {
    "record.activity": ("record.unlisted_level",),
    "record.activity_off_site": ("record.activity.{}", "record.unlisted_level"),
    "ratio.class_of_department": ("ratio.unlisted_class",),
    "retention.classes": ("retention.ordinary_min",),
}
"""What holds for a code that a table does not name: a new entry may not fall below it."""


def _rule_behind(layer: EffectivePack, name: str) -> Rule | None:
    table, _, code = name.rpartition(".")
    names = (name, *(other.format(code) for other in _UNLISTED.get(table, ())))
    return next((layer.rules[one] for one in names if one in layer.rules), None)


def _looser(layer: EffectivePack, after: EffectivePack, name: str) -> bool:
    parameter = parameter_of(name)
    if parameter is None:
        return False
    if name == "handover.deadline":
        return _handover_hours(after) > _handover_hours(layer)
    rule, value = _rule_behind(layer, name), after.rules[name].stated
    if rule is None:  # silence permits no reason for not recording; it orders nothing else
        return parameter.name == "nonuse.reasons" and value.value != "no"
    return bool(strictness(parameter, value) < strictness(parameter, rule.stated))


def _handover_hours(pack: EffectivePack) -> int:
    """24 hours are within one working day, never the other way round."""
    said = pack.rules.get("handover.deadline")
    if said is None or said.value is None:
        return UNBOUNDED
    hours: int = said.value
    return hours * HOURS_IN_DAY + 1 if pack.text("handover.unit") == "working_day" else hours


def missing(pack: EffectivePack) -> tuple[str, ...]:
    """Parameters nobody gives a value for; tables may be empty."""
    return tuple(name for name, known in PARAMETERS.items() if not known.entries and name not in pack.rules)


def life_ends(pack: EffectivePack) -> dt.date | None:
    """The last day of the instrument's life; None where it has none, or nobody has said when it began."""
    begun: dt.date | None = pack.rules["pack.in_force_from"].value
    years = pack.limit("pack.valid_years")
    if begun is None or years is None:
        return None
    try:
        anniversary = begun.replace(year=begun.year + years)
    except ValueError:  # begun on 29 February
        anniversary = begun.replace(year=begun.year + years, month=3, day=1)
    return anniversary - dt.timedelta(days=1)


def expired(pack: EffectivePack, on: dt.date) -> Verdict | None:
    """The last rules stay in force until an administrator replaces them; but everybody is told."""
    ends = life_ends(pack)
    if ends is None or on <= ends:
        return None
    assumed = pack.rules["pack.in_force_from"].is_default
    return pack.finds("PACK_EXPIRED", "pack.in_force_from" if assumed else "pack.valid_years")
