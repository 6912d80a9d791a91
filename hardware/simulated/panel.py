"""A panel that is a picture in memory: luma's own dummy, which keeps what it was shown last."""

from luma.core.device import dummy

from hardware.wires import PANEL_SIZE


class DockPanel:
    """The one panel of a simulated dock; opening it again is switching it on again."""

    def __init__(self) -> None:
        self.device = dummy(*PANEL_SIZE)

    def open(self) -> "DockPanel":
        return self

    def show(self, rgb: bytes) -> None:
        from PIL import Image  # noqa: PLC0415 - heavy

        self.device.display(Image.frombytes("RGB", PANEL_SIZE, rgb))

    def close(self) -> None:
        self.device.clear()
