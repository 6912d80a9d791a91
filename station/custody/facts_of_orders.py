"""Facts about what the registry orders of every station of the agency, and our answer to it.

What an order brought stands in facts of its own; the answer comes after them, in the same commit.
"""

from typing import Annotated

from msgspec import Meta

from station.custody.fact_shapes import INTEGER_MAX, Code, Digest, FactBody, FactNumber, Identifier

Sequence = Annotated[int, Meta(ge=1, le=INTEGER_MAX)]
"""Counts the lists of orders for one journal; it only grows."""


class BadgeLostElsewhere(FactBody, frozen=True):
    """The registry told us of a badge that was reported lost: it signs nobody in here either. Nothing takes this back.

    `badge` is as in `badge_lost`; `station` and `reported` are the journal and the number of that fact.
    """

    type = "badge_lost_elsewhere"
    zh = "他站证卡挂失"
    badge: Digest
    station: Identifier
    reported: FactNumber


class OrdersTaken(FactBody, frozen=True):
    """A list of orders was carried out, whole; from here on no list of this sequence or a smaller one is taken.

    `registry` is its name as a witness; `sha256` is of the orders as they were signed.
    """

    type = "orders_taken"
    zh = "接收指令"
    registry: Identifier
    sequence: Sequence
    sha256: Digest


class OrdersRefused(FactBody, frozen=True):
    """Something came as orders of the registry that cannot be believed, and nothing of it was carried out.

    Said once for each code until orders are taken again.
    """

    type = "orders_refused"
    zh = "拒收指令"
    registry: Identifier
    code: Code


FACTS_OF_ORDERS: tuple[type[FactBody], ...] = (BadgeLostElsewhere, OrdersTaken, OrdersRefused)
