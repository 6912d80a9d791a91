"""A badge reader on its serial line: gives its driver what was said, says what the driver asks, tells what was laid.

The line is opened again when it was lost, as the bay bus is. Never keeps, prints or reports what the reader said.
"""

import errno
import termios

import serial

from hardware.badges.cards import CardDriver, Laid, Reader
from hardware.serial_bays import ANSWER_SECONDS, SerialLine
from hardware.wires import AbsentError

BAUD = 9_600
"""Eight bits, no parity, one stop bit: what readers of 125 kHz cards speak."""
LISTEN_SECONDS = 0.05
_READ_MAX = 256
"""At one look: a reader that babbles is not listened to for ever."""


def open_reader_line(url: str) -> SerialLine:
    """The line at any URL pyserial takes, for this process alone; AbsentError where there can be none.

    A reader that is not plugged in yet is waited for: the line is opened at the next look.
    """
    try:
        line: SerialLine = serial.serial_for_url(
            url,
            baudrate=BAUD,
            timeout=LISTEN_SECONDS,
            write_timeout=ANSWER_SECONDS,
            exclusive=True,
            do_not_open=True,
        )
        line.open()
    except (OSError, ValueError, termios.error) as error:
        if getattr(error, "errno", None) in {errno.ENOENT, errno.ENODEV, errno.ENXIO}:
            return line
        raise AbsentError(
            f"读卡器 {url} 打不开，请检查配置和接线 / no badge reader at {url}: {error}; check its path and its cable"
        ) from error
    return line


class SerialBadges:
    """One reader, used by one thread at a time."""

    def __init__(self, line: SerialLine, driver: CardDriver) -> None:
        self._line = line
        self._driver = driver
        self._reader = Reader()

    def look(self, now_ms: int) -> tuple[Laid, ...]:
        """What was laid since the last look, after a moment's listening; AbsentError while no reader is there.

        To be asked again at once: what is half said now is finished at the next look, or forgotten.
        """
        try:
            if not self._line.is_open:
                self._line.open()
            received = self._line.read(max(1, min(_READ_MAX, self._line.in_waiting)))
            sightings = self._driver.take(received, now_ms)
            if question := self._driver.question():
                self._line.write(question)
        except (OSError, termios.error) as error:
            self._line.close()
            self._reader = Reader()  # what lay on it before, nobody knows of the one that comes back
            raise AbsentError(
                f"读卡器已断开，请检查接线 / the badge reader is gone: {error}; check its cable"
            ) from error
        laid = (self._reader.see(sighting, now_ms) for sighting in sightings)
        return tuple(one for one in laid if one is not None)

    def lying(self, now_ms: int) -> Laid | None:
        """The badge that is there now, by what was heard so far."""
        return self._reader.lying(now_ms)

    def close(self) -> None:
        self._line.close()
