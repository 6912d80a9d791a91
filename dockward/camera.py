"""`dockward camera`: the technician's line to a docked camera. A table of acts, each in a module of its own.

On an installed station only the station may act on cameras, so that every act is a fact: here it is refused.
"""

import argparse
from collections.abc import Mapping
from importlib import import_module
from typing import NamedTuple

from dockward.camera_line import Line, real_line
from hardware.wires import WireError
from station.errors import WireFailedError


class Act(NamedTuple):
    """A module with `add_arguments(parser)` and `run(arguments, line) -> exit code`."""

    module: str
    help: str


ACTS: Mapping[str, Act] = {
    "list": Act("dockward.camera_list", "what is plugged in, and where: cameras, disks and the rest"),
    "identify": Act("dockward.camera_identify", "who the camera says it is, its battery and its cards"),
    "probe": Act("dockward.camera_probe", "a verdict before buying: what this model can do; changes nothing on it"),
    "ls": Act("dockward.camera_ls", "every file on the camera"),
    "pull": Act("dockward.camera_pull", "files to a folder, with SHA256SUMS; goes on where it was cut"),
    "clock": Act("dockward.camera_clock", "how far its clock is off, and by how much that may be wrong; sets it"),
    "erase": Act("dockward.camera_erase", "delete from the camera what a folder proves that it was pulled"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    for name, act in ACTS.items():
        import_module(act.module).add_arguments(acts.add_parser(name, help=act.help, description=act.help))


def run(arguments: argparse.Namespace, line: Line | None = None) -> int:
    try:
        code: int = import_module(ACTS[arguments.act].module).run(arguments, line or real_line())
    except WireError as error:
        raise WireFailedError(str(error)) from error
    return code
