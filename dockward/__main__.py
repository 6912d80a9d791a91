"""`dockward COMMAND`: a table of commands, each imported only when called. Errors are one line with what to do next."""

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import NamedTuple

from station.errors import DockwardError, WrongUseError

CHECK_FAILED = 1
WRONG_USE = 2


class Command(NamedTuple):
    """A module with `add_arguments(parser)` and `run(arguments) -> exit code`."""

    module: str
    help: str


COMMANDS: Mapping[str, Command] = {
    "demo": Command("dockward.demo", "a whole simulated dock at work; --shift plays and checks one shift"),
    "station": Command("dockward.station_process", "the appliance: station run|check-config|show-config"),
    "signer": Command("dockward.signer_process", "the key process: signer run"),
    "registry": Command("dockward.registry_process", "the central side: registry run|check-config|show-config"),
    "verify": Command("dockward.verifier", "check a journal, a statement, a receipt, a pack or a proof offline"),
    "provision": Command(
        "dockward.provision", "the technician's work: provision ca|station|desk|registry|broker|policy|badge|account"
    ),
    "export": Command("dockward.export", "for a mirror, a court, a shelf: export journal|pack|disc"),
    "courier": Command(
        "dockward.courier", "a disk instead of a line: courier write|bring on the station, take on the registry"
    ),
    "camera": Command("dockward.camera", "a docked camera: camera list|identify|probe|ls|pull|clock|erase"),
    "bay": Command("dockward.bay", "a bay's own wires: bay list|test|map"),
    "reconcile": Command("dockward.reconcile", "what cameras listed against what is held and proved; names what lacks"),
    "policy": Command("dockward.policy", "the law as data: policy list|check|explain|sign|print|ratio"),
}


def main(argv: Sequence[str] | None = None) -> int:
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] in {"-h", "--help"}:
        print(usage())
        return 0 if words else WRONG_USE
    name, *rest = words
    if name not in COMMANDS:
        print(f"dockward: no command {name!r}; see dockward --help", file=sys.stderr)
        return WRONG_USE
    return _run(name, rest)


def usage() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:{width}}  {command.help}" for name, command in COMMANDS.items()]
    return "\n".join(["usage: dockward COMMAND [--help]", "", *lines])


def _run(name: str, words: Sequence[str]) -> int:
    command = COMMANDS[name]
    module = import_module(command.module)
    parser = argparse.ArgumentParser(prog=f"dockward {name}", description=command.help)
    module.add_arguments(parser)
    arguments = parser.parse_args(words)
    try:
        code: int = module.run(arguments)
    except KeyboardInterrupt:
        return 130
    except (DockwardError, OSError, ExceptionGroup) as error:
        leaves = list(_leaves(error))
        if os.environ.get("DOCKWARD_DEBUG") or not all(isinstance(leaf, DockwardError | OSError) for leaf in leaves):
            raise
        for leaf in leaves:
            print(f"dockward {name}: {_in_a_line(leaf)}", file=sys.stderr)
        return WRONG_USE if all(isinstance(leaf, WrongUseError) for leaf in leaves) else CHECK_FAILED
    return code


def _leaves(error: Exception) -> Iterator[Exception]:
    """What went wrong, out of the groups that tasks put it into."""
    if isinstance(error, ExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error


def _in_a_line(error: Exception) -> str:
    asked = "; is the path right, and may you use it?" if isinstance(error, OSError) else ""
    return f"{error}{asked}"


if __name__ == "__main__":
    sys.exit(main())
