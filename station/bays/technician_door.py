"""The station's door for technicians on its own machine: a Unix socket, root and the service's group, nobody else.

Who asks, the kernel says. Decides nothing about cameras; no act starts while other work has the camera.
"""

import asyncio
import os
import pwd
import socket
import struct
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

import msgspec

from station.bays.technician import Asker, Technician
from station.bays.technician_bays import TechnicianBays
from station.bays.technician_line import ANSWER_BYTES_MAX, QUESTION_BYTES_MAX, Act, Answer, Question, Said, line_of
from station.errors import DockwardError, WrongUseError
from station.signer import listen
from station.work_dispatcher import WorkDispatcher

_READER = msgspec.json.Decoder(Question)
QUESTION_SECONDS_MAX = 10
_ROOT = 0
_PEER = struct.Struct("3i")
"""The kernel's word on whoever connected: process, user, group."""


class StrangerError(WrongUseError):
    """Somebody the door is closed to."""


@dataclass(frozen=True, slots=True)
class TechnicianDoor:
    """Answers on the event loop; what asks a camera runs on `threads`. `wake` is called after each question."""

    technician: Technician
    dispatcher: WorkDispatcher
    threads: Executor
    wake: Callable[[], None]
    group: int
    """The service's own."""
    bays: TechnicianBays
    courier: Callable[[Act], Said]
    """What is done for a courier, who comes to no bay."""

    async def serve(self, listening: socket.socket) -> None:
        """Until cancelled."""
        serving = await asyncio.start_unix_server(self._converse, sock=listening, limit=QUESTION_BYTES_MAX)
        async with serving:
            await serving.serve_forever()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line = line_of(await self._answer(reader, writer))
            if len(line) > ANSWER_BYTES_MAX:
                line = line_of(Answer(refused="文件过多，无法列出 / too many files to list here; see the status page"))
            writer.write(line)
            await writer.drain()
        except OSError:
            pass  # whoever asked is gone; there is nobody to tell
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Answer:
        try:
            question = await _question(reader)  # a stranger's too: closed on unread words, they would hear no answer
            asker = asker_of(writer.get_extra_info("socket"), self.group)
            return Answer(await self._said(question, asker))
        except DockwardError as error:
            return Answer(refused=str(error))
        finally:
            self.wake()  # the camera is free again for whatever is due

    async def _said(self, question: Question, asker: Asker) -> Said:
        loop = asyncio.get_running_loop()
        match question.act:
            case Act.BAYS:
                return await loop.run_in_executor(self.threads, self.bays.listed)
            case Act.BAY_TEST:
                return await loop.run_in_executor(self.threads, self.bays.test, question.at, asker)
            case Act.COURIER_HEADS | Act.COURIER_TAKE:
                return await loop.run_in_executor(self.threads, self.courier, question.act)
        docking = self.technician.docking_at(question.at)
        with self.dispatcher.holding(docking):
            return await loop.run_in_executor(self.threads, self.technician.act, question.act, docking, asker)


async def _question(reader: asyncio.StreamReader) -> Question:
    try:
        async with asyncio.timeout(QUESTION_SECONDS_MAX):
            return _READER.decode(await reader.readline())
    except (TimeoutError, ValueError, msgspec.MsgspecError) as error:
        raise WrongUseError("看不懂的请求 / not a question of this station's; are both of one version?") from error


def open_door(path: Path) -> socket.socket:
    """The socket to serve on; the kernel already keeps out all but its user and group."""
    try:
        return listen(path)
    except OSError as error:
        raise WrongUseError(
            f"{path}: 无法监听 / cannot be listened on ({error.strerror}); make its folder, or set `technician` in the "
            "configuration"
        ) from error


def asker_of(wire: socket.socket, group: int) -> Asker:
    """Root, or a member of the group, or StrangerError. An account nobody knows is a stranger."""
    _, uid, gid = _PEER.unpack(wire.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
    try:
        known = pwd.getpwuid(uid)
    except KeyError:
        raise StrangerError(f"无此账号 / there is no account {uid} here") from None
    if uid != _ROOT and group not in {gid, *os.getgrouplist(known.pw_name, known.pw_gid)}:
        raise StrangerError(f"{known.pw_name} 无权操作 / may not act on cameras here; 请用 sudo / use sudo")
    return Asker(uid, known.pw_name)
