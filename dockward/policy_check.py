"""`dockward policy check PACK`: every problem of a pack in one line each, saying where. Changes nothing."""

import argparse
import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from station.clock import SystemClock
from station.policy.checking import citing_nothing, outlived, stacked, unfit
from station.policy.civil_time import local_day
from station.policy.effective import EffectivePack
from station.policy.pack import Pack, PackError
from station.signing.policy_packs import chain_named, delivered, packaged_articles, require_signed

PACKAGED_ZH = "随软件提供"
CHECKED_ZH = "签名已核验"
UNCHECKED_ZH = "未核验签名"
SIGNATURES = {
    PACKAGED_ZH: "packaged with the software",
    CHECKED_ZH: "signature checked",
    UNCHECKED_ZH: "no signature was checked; name the agency's CA with --ca",
}


class Checked(Struct, frozen=True):
    """What was looked at and what is wrong with it; `life` is told apart, since an expired pack may still be signed."""

    pack: str
    signature: str
    problems: tuple[str, ...]
    life: tuple[str, ...] = ()
    effective: EffectivePack | None = None

    @property
    def all_problems(self) -> tuple[str, ...]:
        return self.problems + self.life


def add_pack_arguments(parser: argparse.ArgumentParser) -> None:
    """PACK and --ca, for every act on one pack."""
    parser.add_argument("pack", metavar="PACK", help="a packaged pack (yinchuan, yinchuan@1) or a file NAME.toml")
    parser.add_argument("--ca", type=Path, help="the agency's ca.pem, to check the signature of a delivered file")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_pack_arguments(parser)
    parser.add_argument("--on", type=dt.date.fromisoformat, metavar="YYYY-MM-DD", help="in force on that day? (today)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    checked = check(arguments.pack, arguments.ca, arguments.on)
    problems = checked.all_problems
    if arguments.json:
        said = {"pack": checked.pack, "fit": not problems, "signature": checked.signature, "problems": problems}
        print(msgspec.json.encode(said).decode())
    elif problems:
        print("\n".join(problems))
        print(f"{checked.pack}: {len(problems)} 处问题 / problems; {signature_words(checked.signature)}")
    else:
        print(f"{checked.pack}: 可以使用 / fit for use; {signature_words(checked.signature)}")
    return 1 if problems else 0


def check(word: str, ca: Path | None, on: dt.date | None) -> Checked:
    """The first thing that makes it unreadable, or else everything that is wrong with it."""
    try:
        chain = chain_named(word)
    except PackError as error:
        return Checked(word, UNCHECKED_ZH, (str(error),))
    at_ms = SystemClock(lambda: False).stamp().utc_ms
    signature, unsigned = _signatures(chain, ca, at_ms)
    effective, looser = stacked(chain)
    problems = [*unsigned, *looser, *citing_nothing(chain, packaged_articles())]
    if effective is None:
        return Checked(chain[-1].name, signature, tuple(problems))
    lacking = [*problems, *unfit(effective)]
    life = outlived(effective, on or local_day(effective, at_ms))
    return Checked(effective.name, signature, tuple(lacking), tuple(life), effective)


def signature_words(signature: str) -> str:
    return f"{signature} / {SIGNATURES[signature]}"


def _signatures(chain: Sequence[Pack], ca: Path | None, at_ms: int) -> tuple[str, tuple[str, ...]]:
    packs = delivered(chain)
    if not packs:
        return PACKAGED_ZH, ()
    if ca is None:
        return UNCHECKED_ZH, ()
    ca_pem = ca.read_bytes()
    wrong = []
    for pack in packs:
        try:
            require_signed(Path(pack.file), pack.text.encode(), ca_pem, at_ms)
        except PackError as error:
            wrong.append(str(error))
    return UNCHECKED_ZH if wrong else CHECKED_ZH, tuple(wrong)
