"""A Modbus RTU server that is not ours (pymodbus), in its own process behind pseudo terminals, in a bay board's place.

    python -m tests.modbus_peer TTY

Device 1 is a board by the map's numbers; 2 is busy, 3 has another map, 4 has only register 0.
"""

import asyncio
import contextlib
import os
import select
import subprocess
import sys
import threading
import tty
from collections.abc import Iterator
from pathlib import Path

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusSerialServer
from pymodbus.simulator import DataType, SimData, SimDevice

from firmware_py.bay_board import ASKED_REGISTER, COILS, HOLDING_REGISTERS, INPUTS, MAP_VERSION, NUMBER_REGISTER
from hardware.serial_bays import BAUD

ROOT = Path(__file__).parent.parent
LOOK = [MAP_VERSION, 0x0984, 0x4010, 0xF021, 0x8003]
"""2 and 7 are there, 0 and 3 charge, 4 is cut, 6 is unlocked; the lamps are 1, 2, 0, 15, 3, 0, 0, 8."""
MEASURED = [100 * place for place in range(5, ASKED_REGISTER)]
READ_INPUTS, WRITE_AND_READ = 4, 23


def device(address: int, look: list[int]) -> SimDevice:
    """As a board does, it says behind what was measured which number it was told last."""
    told = [0]

    async def act(
        function: int, _first: int, _asked: int, _count: int, registers: list[int], values: object
    ) -> ExcCodes | None:
        if function == WRITE_AND_READ and isinstance(values, list):
            told[0] = values[0]
        if function == READ_INPUTS:
            registers[ASKED_REGISTER] = told[0]
        return None

    holding = [10, *[0] * 8, *range(101, 109), *look, 0]
    inputs = [MAP_VERSION, 8, 0, 1, 2, *MEASURED, 0]
    return SimDevice(
        address,
        (
            [SimData(0, values=[False] * COILS, datatype=DataType.BITS)],
            [SimData(0, values=[False] * INPUTS, datatype=DataType.BITS)],
            [SimData(0, values=holding[:HOLDING_REGISTERS], datatype=DataType.REGISTERS)],
            [SimData(0, values=inputs, datatype=DataType.REGISTERS)],
        ),
        action=act,
    )


async def busy(*_asked: object) -> ExcCodes:
    return ExcCodes.DEVICE_BUSY


async def serve(port: str) -> None:
    register = [SimData(0, values=[0] * (NUMBER_REGISTER + 1), datatype=DataType.REGISTERS)]
    devices = [
        device(1, LOOK),
        SimDevice(2, register, action=busy),
        device(3, [MAP_VERSION + 1, *LOOK[1:]]),
        SimDevice(4, [SimData(0, values=0, datatype=DataType.REGISTERS)]),
    ]
    server = ModbusSerialServer(devices, port=port, baudrate=BAUD, stopbits=2)
    await server.serve_forever(background=True)
    print("ready", flush=True)  # noqa: T201
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


@contextlib.contextmanager
def peer() -> Iterator[str]:
    """Where the server is; it ends with this context."""
    ends = [os.openpty() for _ in range(2)]
    for _, end in ends:
        tty.setraw(end)
    stop, stopped = os.pipe()
    (ours, our_tty), (theirs, their_tty) = ends
    between = threading.Thread(target=carry, args=(ours, theirs, stop))
    between.start()
    command = [sys.executable, "-m", "tests.modbus_peer", os.ttyname(their_tty)]
    try:
        with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            assert server.stdout.readline() == "ready\n"
            yield os.ttyname(our_tty)
            server.communicate()
    finally:
        os.write(stopped, b"!")
        between.join()
        for end in (ours, our_tty, theirs, their_tty, stop, stopped):
            os.close(end)


def carry(one: int, other: int, stop: int) -> None:
    """What either says the other hears, until told to stop."""
    while stop not in (ready := select.select([one, other, stop], [], [])[0]):
        for end in ready:
            os.write(other if end == one else one, os.read(end, 256))


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
