"""What every finding owes its reader: the articles its pack names for it, and whether the limit is only a default."""

from station.policy.effective import EffectivePack
from station.policy.pack import Status
from station.policy.permits import Verdict


def require_cited(pack: EffectivePack, verdict: Verdict, code: str, rule: str) -> None:
    """Articles come from localities alone; the defaults of the house cite none, and say that they are defaults."""
    assert (verdict.code, verdict.rule) == (code, rule)
    stated = pack.rule(rule)
    assert set(verdict.articles) <= {*pack.findings[code].articles, *stated.articles}
    assert verdict.articles or stated.status is Status.DEFAULT
    assert verdict.limit_is_default == (stated.status is Status.DEFAULT)
    assert not (verdict.limit_is_default and stated.articles)
    house = pack.packs[0]
    assert house.kind == "defaults"
    assert house.findings[code].articles == ()
