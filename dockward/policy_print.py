"""`dockward policy print PACK`: the effective pack as one page in Chinese for filing (备案). Decides nothing."""

import argparse
import sys
from hashlib import sha256
from pathlib import Path

from dockward.policy_check import add_pack_arguments, check
from provisioning.new_folder import PUBLIC_FILE, write_new
from station.clock import SystemClock
from station.errors import WrongUseError
from station.pages.rendering import Pages
from station.policy.civil_time import local_day
from station.policy.printing import printed
from station.signing.policy_packs import packaged_articles

TEMPLATES = Path(__file__).parent.parent / "station" / "pages" / "templates"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_pack_arguments(parser)
    parser.add_argument("--out", type=Path, help="a new file; without it the page goes to standard output")


def run(arguments: argparse.Namespace) -> int:
    checked = check(arguments.pack, arguments.ca, on=None)
    if checked.effective is None or checked.problems:
        print(*checked.problems, sep="\n", file=sys.stderr)
        return 1
    pack = checked.effective
    digests = {one.name: sha256(one.text.encode()).hexdigest() for one in pack.packs}
    on = local_day(pack, SystemClock(lambda: False).stamp().utc_ms)
    page = printed(pack, packaged_articles(), digests, checked.signature, on)
    html = Pages(TEMPLATES, {}).render("printed_pack.html", pack=page)
    if arguments.out is None:
        print(html)
    else:
        try:
            write_new(arguments.out, html.encode(), PUBLIC_FILE)
        except FileExistsError as error:
            raise WrongUseError(f"{arguments.out} is there already; name a new file") from error
        print(f"{checked.pack}: {arguments.out}")
    return 0
