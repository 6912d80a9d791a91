"""How far this station has followed its registry's orders, and what came in the registry's name that it did not."""

from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from station.custody.facts import Fact
from station.custody.facts_of_orders import OrdersRefused, OrdersTaken
from station.custody.machine import Machine
from station.errors import IllegalStepError


class OrdersStep(StrEnum):
    FOLLOWED = "followed"
    REFUSED = "refused"


ORDERS = Machine[OrdersStep](
    {
        (None, OrdersTaken): OrdersStep.FOLLOWED,
        (None, OrdersRefused): OrdersStep.REFUSED,
        (OrdersStep.FOLLOWED, OrdersTaken): OrdersStep.FOLLOWED,
        (OrdersStep.FOLLOWED, OrdersRefused): OrdersStep.REFUSED,
        (OrdersStep.REFUSED, OrdersTaken): OrdersStep.FOLLOWED,
        (OrdersStep.REFUSED, OrdersRefused): OrdersStep.REFUSED,
    }
)


class Orders(Struct, frozen=True):
    """`id` is the registry's name. `sequence` 0: none were taken yet."""

    id: str
    step: OrdersStep
    sequence: int = 0
    sha256: str | None = None
    refused: tuple[str, ...] = ()
    """Codes that were reported since orders were taken last."""

    @property
    def live(self) -> bool:
        """Never forgotten: an old list must not become a new one."""
        return True


def advance_orders(orders: Orders | None, fact: Fact) -> Orders:
    step = ORDERS.next_step(orders.step if orders else None, fact)
    match fact.body:
        case OrdersTaken() as taken:
            if orders is not None and taken.sequence <= orders.sequence:
                raise IllegalStepError(f"fact {fact.n}: orders {taken.sequence} were taken, or newer ones")
            return Orders(taken.registry, step, taken.sequence, taken.sha256)
        case OrdersRefused() as refused:
            known = orders or Orders(refused.registry, step)
            return replace(known, step=step, refused=(*known.refused, refused.code))
        case _:
            raise AssertionError(fact.body)
