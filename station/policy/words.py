"""How a refusal or finding is said to a person: the pack's own words, and what they rest on. Chinese first.

A default never looks like law: where no article stands behind a rule, or only behind the duty and not behind the
number, the words say so.
"""

from station.policy.effective import EffectivePack
from station.policy.permits import Verdict

SYSTEM_DEFAULT = "系统默认，非法规条文"
UNIT_SETTING = "本单位设定，非法规条文"


def grounds(verdict: Verdict) -> str:
    """`依据 MS-EQ-4；限值为系统默认，非法规条文`, or that nothing but a default decided."""
    own = UNIT_SETTING if verdict.set_by_unit else SYSTEM_DEFAULT
    if not verdict.articles:
        return own
    cited = f"依据 {'、'.join(verdict.articles)}"
    return f"{cited}；限值为{own}" if verdict.limit_is_default else cited


def _grounds_in_english(verdict: Verdict) -> str:
    own = "the unit's own setting, not law" if verdict.set_by_unit else "a default, not law"
    limit = f"; the limit is {own}" if verdict.limit_is_default else ""
    return f"by {', '.join(verdict.articles)}{limit}" if verdict.articles else own


def said(pack: EffectivePack, verdict: Verdict) -> tuple[str, str]:
    """For the person at the dock, in Chinese and in English."""
    words = pack.findings[verdict.code]
    return grounded(words.zh, words.en.rstrip("."), verdict)


def grounded(zh: str, en: str, rests_on: Verdict) -> tuple[str, str]:
    """Words with what stands behind them."""
    return f"{zh}（{grounds(rests_on)}）", f"{en} ({_grounds_in_english(rests_on)})"
