"""`dockward policy`: the law as data, for those who answer for it. A table of acts, each in a module of its own."""

import argparse
from collections.abc import Mapping

from dockward.acts import Act, add_acts, chosen

ACTS: Mapping[str, Act] = {
    "list": Act("dockward.policy_list", "the packs that come with the software, and whether they are still in force"),
    "check": Act("dockward.policy_check", "everything that is wrong with a pack, one line each"),
    "explain": Act("dockward.policy_explain", "a parameter, an article, a finding or a code, place by place"),
    "sign": Act("dockward.policy_sign", "sign a pack with the agency's policy key"),
    "print": Act("dockward.policy_print", "the effective pack in Chinese, as a page for filing (备案)"),
    "ratio": Act("dockward.policy_ratio", "cameras against officers, by department"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_acts(parser, ACTS)


def run(arguments: argparse.Namespace) -> int:
    code: int = chosen(arguments, ACTS).run(arguments)
    return code
