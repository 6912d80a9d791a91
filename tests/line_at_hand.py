"""A bay bus without a process, on which a test decides what is lost, damaged and late, and what fails."""

from dataclasses import dataclass, field

from hypothesis import strategies as st

from hardware.serial_bays import ANSWER_SECONDS, BAUD
from hardware.simulated.boards import BoardsAtHand
from hardware.simulated.dock import Dock
from tests.bay_wires import BAYS


@dataclass
class LineAtHand(BoardsAtHand):
    """A line on which a test decides what is lost, what is damaged and what fails."""

    dock: Dock
    most_at_once: int = 256
    fails_at: int = -1
    calls: int = 0
    opened: int = 1
    asked: list[int] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)
    seconds: float = 0

    def __post_init__(self) -> None:
        super().__init__(self.dock, BAYS)

    def open(self) -> None:
        self.opened += 1
        super().open()

    def read(self, size: int = 1, /) -> bytes:
        self._call()
        read = super().read(min(size, self.most_at_once))
        self.seconds += len(read) * 11 / BAUD if read or not size else ANSWER_SECONDS
        return read

    def write(self, content: bytes, /) -> int:
        self._call()
        self.asked.append(content[0])
        self.seconds += len(content) * 11 / BAUD
        super().write(content)
        self.answers.append(self._said)
        return len(content)

    def _call(self) -> None:
        self.calls += 1
        if self.calls == self.fails_at:
            raise OSError(5, "Input/output error")


def lossy(dock: Dock, rolls: st.DataObject) -> LineAtHand:
    """Now and then an answer is lost, cut, damaged, late, or heard behind another."""

    class Lossy(LineAtHand):
        def write(self, content: bytes, /) -> int:
            written = super().write(content)
            answer = self.answers[-1]
            place = rolls.draw(st.integers(0, max(len(answer) - 1, 0)))
            match rolls.draw(st.sampled_from(["sent", "sent", "lost", "cut", "shifted", "damaged", "late", "behind"])):
                case "lost":
                    self._said = b""
                case "cut":
                    self._said = answer[:place]
                case "shifted":
                    self._said = answer[place:]
                case "damaged":
                    self._said = answer[:place] + bytes([answer[place] ^ 1 << place % 8]) + answer[place + 1 :]
                case "late":
                    self._said = rolls.draw(st.sampled_from(self.answers))
                case "behind":
                    self._said = rolls.draw(st.sampled_from(self.answers)) + answer
            return written

    return Lossy(dock)
