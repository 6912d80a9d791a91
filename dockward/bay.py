"""`dockward bay`: the bays' own wires: lamps, locks, chargers, switches, sensors and places on USB. A table of acts.

While a station works, only it drives its bays, and it is asked; with it stopped, the wires are driven from here.
"""

import argparse
from collections.abc import Mapping

from dockward.acts import Act, add_acts, chosen
from dockward.bay_wires import Wires, real_wires
from hardware.wires import WireError
from station.errors import WireFailedError

ACTS: Mapping[str, Act] = {
    "list": Act("dockward.bay_list", "every bay: what is in it, what it measures, and what its self-test says"),
    "test": Act("dockward.bay_test", "one bay's lamp, charger, lock, switch, key and USB, step by step"),
    "map": Act("dockward.bay_map", "learns which USB place is which bay, and after a change of hubs proposes the rest"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_acts(parser, ACTS)


def run(arguments: argparse.Namespace, wires: Wires | None = None) -> int:
    try:
        code: int = chosen(arguments, ACTS).run(arguments, wires or real_wires())
    except WireError as error:
        raise WireFailedError(str(error)) from error
    return code
