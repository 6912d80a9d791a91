"""Cells of an electrochemical model, charged by a camera's charger: written as JSON for `bench/battery.py` to judge.

Runs in `.bench-venv`, alone with PyBaMM. Imports nothing of the product, so that neither can flatter the other.
PyBaMM's telemetry is switched off before it is imported: it reads this variable once, when its parts are loaded.
That it is off is proven, too: nothing in this process may so much as ask for a name or a connection.
"""

import json
import os
import sys
from importlib import import_module
from itertools import product
from pathlib import Path
from time import perf_counter
from typing import Any

TRIED: list[str] = []
"""Uses of the network. Telemetry swallows its errors, so that nothing would be seen of them but here."""


def _listen(event: str, values: tuple[object, ...]) -> None:
    if event in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}:
        TRIED.append(f"{event} {values[:2]}")
        raise PermissionError(event)


sys.addaudithook(_listen)
os.environ["PYBAMM_DISABLE_TELEMETRY"] = "true"
pybamm: Any = import_module("pybamm")

CELLS = ("Ai2020", "Chen2020")
"""A lithium cobalt pouch, as cameras have it, and a nickel-rich round cell."""
AGES = ((1.0, 0.03), (0.85, 0.08), (0.70, 0.16))
"""Share of active material left, and ohms added, for a cell of one ampere-hour."""
CELSIUS = (5, 25, 40)
DESIGN_AH = 3.0
LOOK_S = 10
KELVIN = 273.15
CHARGE = ("Charge at C/2 until 4.2 V", "Hold at 4.2 V until C/20")
FLAT = ("Discharge at C/5 until 3.0 V", "Discharge at C/100 until 2.8 V", "Rest for 30 minutes")
TRICKLE = ("Charge at C/20 until 3.0 V",)
USED_HALF = ("Discharge at C/5 for 165 minutes", "Rest for 30 minutes")
USED_MOST = ("Discharge at C/5 for 240 minutes or until 3.0 V", "Rest for 30 minutes")
ROUNDS = (CHARGE, (*FLAT, *TRICKLE, *CHARGE), (*USED_HALF, *CHARGE), (*USED_MOST, *CHARGE))


def solved(cell: str, age: tuple[float, float], celsius: int) -> Any:
    parameters = pybamm.ParameterValues(cell)
    nominal_ah = parameters["Nominal cell capacity [A.h]"]
    for electrode in ("Negative", "Positive"):
        name = f"{electrode} electrode active material volume fraction"
        parameters[name] = parameters[name] * age[0]
    parameters["Ambient temperature [K]"] = parameters["Initial temperature [K]"] = KELVIN + celsius
    parameters["Lower voltage cut-off [V]"] = 2.5
    parameters.update({"Contact resistance [Ohm]": age[1] / nominal_ah}, check_already_exists=False)
    model = pybamm.lithium_ion.SPMe({"contact resistance": "true"})
    steps = pybamm.Experiment(list(ROUNDS), period=f"{LOOK_S} seconds")
    simulation = pybamm.Simulation(model, experiment=steps, parameter_values=parameters)
    return simulation.solve(initial_soc=0.5), DESIGN_AH / nominal_ah


def charges(solution: Any, scale: float) -> list[dict[str, list[float]]]:
    """The last steps of each round: everything from where the charger is switched on."""
    found = []
    for steps, done in zip(ROUNDS[1:], solution.cycles[1:], strict=True):
        charging = [one for name, one in zip(steps, done.steps, strict=True) if name in {*TRICKLE, *CHARGE}]
        columns: dict[str, list[float]] = {"seconds": [], "ma": [], "mv": []}
        rested = done.steps[len(steps) - len(charging) - 1]
        columns["rest_mv"] = [float(rested["Voltage [V]"].entries[-1]) * 1_000]
        for one in charging:
            columns["seconds"] += [float(value) for value in one["Time [s]"].entries]
            columns["ma"] += [-float(value) * scale * 1_000 for value in one["Current [A]"].entries]
            columns["mv"] += [float(value) * 1_000 for value in one["Voltage [V]"].entries]
        found.append(columns)
    return found


def capacity_mah(solution: Any, scale: float) -> float:
    """What a fifth of its nominal capacity takes out of it in an hour, from full to 3 V."""
    taken = solution.cycles[1].steps[0]["Discharge capacity [A.h]"].entries
    return float(taken[-1] - taken[0]) * scale * 1_000


def main() -> int:
    if not pybamm.config.check_opt_out():
        sys.exit("battery: PyBaMM's telemetry is not off; nothing is solved")
    began = perf_counter()
    cells: list[dict[str, Any]] = []
    for cell, age in product(CELLS, AGES):
        by_celsius = {celsius: solved(cell, age, celsius) for celsius in CELSIUS}
        true_mah = capacity_mah(*by_celsius[25])
        for celsius, solution in by_celsius.items():
            told = {"cell": cell, "active": age[0], "celsius": celsius, "true_mah": true_mah}
            cells.append({**told, "charges": charges(*solution)})
    if TRIED:
        sys.exit(f"battery: something tried to use the network: {TRIED}")
    Path(sys.argv[1]).write_text(json.dumps({"pybamm": pybamm.__version__, "cells": cells}), encoding="ascii")
    took_s = perf_counter() - began
    print(f"battery: {len(cells)} cells by PyBaMM {pybamm.__version__} in {took_s:.0f} s; nothing tried the network")
    return 0


if __name__ == "__main__":
    sys.exit(main())
