"""Commands with acts of their own: a table, each act in a module that is imported when it is needed. Does none."""

import argparse
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import NamedTuple


class Act(NamedTuple):
    """A module with `add_arguments(parser)` and `run(arguments, …) -> exit code`."""

    module: str
    help: str


def add_acts(parser: argparse.ArgumentParser, acts: Mapping[str, Act]) -> None:
    choices = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    for name, act in acts.items():
        import_module(act.module).add_arguments(choices.add_parser(name, help=act.help, description=act.help))


def chosen(arguments: argparse.Namespace, acts: Mapping[str, Act]) -> ModuleType:
    return import_module(acts[arguments.act].module)
