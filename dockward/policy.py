"""`dockward policy`: the law as data, for those who answer for it. A table of acts, each in a module of its own."""

import argparse
from collections.abc import Mapping
from importlib import import_module
from typing import NamedTuple


class Act(NamedTuple):
    """A module with `add_arguments(parser)` and `run(arguments) -> exit code`."""

    module: str
    help: str


ACTS: Mapping[str, Act] = {
    "list": Act("dockward.policy_list", "the packs that come with the software, and whether they are still in force"),
    "check": Act("dockward.policy_check", "everything that is wrong with a pack, one line each"),
    "explain": Act("dockward.policy_explain", "a parameter, an article, a finding or a code, place by place"),
    "sign": Act("dockward.policy_sign", "sign a pack with the agency's policy key"),
    "print": Act("dockward.policy_print", "the effective pack in Chinese, as a page for filing (备案)"),
    "ratio": Act("dockward.policy_ratio", "cameras against officers, by department"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    for name, act in ACTS.items():
        import_module(act.module).add_arguments(acts.add_parser(name, help=act.help, description=act.help))


def run(arguments: argparse.Namespace) -> int:
    code: int = import_module(ACTS[arguments.act].module).run(arguments)
    return code
