"""A host that knows nothing of MTP but its framing, to ask a simulated camera with. Shares no code with ours."""

import struct

from hardware.simulated.camera import SimulatedCamera

COMMAND, DATA, RESPONSE = 1, 2, 3


class RawHost:
    """Asks, and gives back what came as it came."""

    def __init__(self, camera: SimulatedCamera, room: int = 4_096) -> None:
        self.camera = camera
        self._room = bytearray(room)
        self._transaction = 0

    def reads(self, operation: int, *parameters: int) -> list[bytes]:
        """What each read brought, until the camera has nothing more to say."""
        self._transaction += 1
        body = struct.pack(f"<{len(parameters)}I", *parameters)
        self.camera.take(struct.pack("<IHHI", 12 + len(body), COMMAND, operation, self._transaction) + body)
        return self.rest()

    def rest(self) -> list[bytes]:
        found = []
        while (count := self.camera.give(memoryview(self._room))) is not None:
            found.append(bytes(self._room[:count]))
        return found

    def ask(self, operation: int, *parameters: int) -> tuple[int, tuple[int, ...], bytes | None]:
        """The response's code and parameters, and the data."""
        stream = b"".join(self.reads(operation, *parameters))
        data = None
        if _kind(stream) == DATA:
            length = min(struct.unpack_from("<I", stream)[0], len(stream) - 12)
            data, stream = stream[12:length], stream[length:]
        length, kind, code, transaction = struct.unpack_from("<IHHI", stream)
        assert (length, kind, transaction) == (len(stream), RESPONSE, self._transaction)
        return code, struct.unpack(f"<{(length - 12) // 4}I", stream[12:]), data

    def data(self, operation: int, *parameters: int) -> bytes:
        code, _parameters, data = self.ask(operation, *parameters)
        assert code == 0x2001, hex(code)
        assert data is not None
        return data

    def numbers(self, operation: int, *parameters: int) -> tuple[int, ...]:
        data = self.data(operation, *parameters)
        return struct.unpack(f"<{len(data) // 4 - 1}I", data[4:])


def _kind(stream: bytes) -> int:
    return int(struct.unpack_from("<H", stream, 4)[0])
