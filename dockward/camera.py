"""`dockward camera`: the technician's line to a docked camera. A table of acts, each in a module of its own.

On an installed station only the station acts on cameras, so that every act is a fact: there it is asked to.
"""

import argparse
from collections.abc import Mapping

from dockward import camera_at_station
from dockward.acts import Act, add_acts, chosen
from dockward.camera_line import Line, real_line, station_config
from hardware.wires import WireError
from station.errors import WireFailedError

ACTS: Mapping[str, Act] = {
    "list": Act("dockward.camera_list", "what is plugged in, and where: cameras, disks and the rest"),
    "identify": Act("dockward.camera_identify", "who the camera says it is, its battery and its cards"),
    "probe": Act("dockward.camera_probe", "a verdict before buying: what this model can do; changes nothing on it"),
    "ls": Act("dockward.camera_ls", "every file on the camera"),
    "pull": Act("dockward.camera_pull", "files to a folder, with SHA256SUMS; goes on where it was cut"),
    "clock": Act("dockward.camera_clock", "how far its clock is off, and by how much that may be wrong; sets it"),
    "erase": Act("dockward.camera_erase", "delete from the camera what a folder, or the station, proves to be held"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_acts(parser, ACTS)


def run(arguments: argparse.Namespace, line: Line | None = None) -> int:
    config = None if arguments.act == "list" else station_config(arguments.config)
    if config is not None:
        return camera_at_station.run(arguments, config)
    try:
        code: int = chosen(arguments, ACTS).run(arguments, line or real_line())
    except WireError as error:
        raise WireFailedError(str(error)) from error
    return code
