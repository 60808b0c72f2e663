"""What calls cost: the prices that are in force, as integers. `aua_runtime.cost` reckons with them."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import TypeAlias

from aua_runtime.contract.frozen import dataclass

MICRO = 1_000_000
"""Parts of the currency: what amounts are told in."""
PICO = 1_000_000
"""Parts of a millionth: the finest amount that is reckoned with, a millionth of a millionth of the currency."""
HOUR_NS = 3_600_000_000_000


@dataclass(frozen=True, slots=True)
class TokenPrice:
    """What a million tokens cost, in millionths of the currency: 2.50 is 2,500,000. `cached` tokens are those read from a cache."""

    input_micro: int
    output_micro: int
    cached_input_micro: int


@dataclass(frozen=True, slots=True)
class PlacePrice:
    """What the devices of a model cost by the hour, in millionths of the currency, and one of the places that calls hold there, in PICO."""

    hour_micro: int
    place_pico: int


Price: TypeAlias = TokenPrice | PlacePrice


@dataclass(frozen=True, slots=True)
class Prices:
    """The prices of specialists by name; one without is not known. `id` names the whole of them, and is another when any of it is."""

    book: str
    of: Mapping[str, Price]
    id: str


def prices(currency: str, book: str, of: Mapping[str, Price]) -> Prices:
    """Prices with their id: currency, book, and a digest of what each specialist's calls cost.

    >>> prices("EUR", "acme@2026-11", {"swe": TokenPrice(150000, 600000, 150000)}).id
    'EUR/acme@2026-11/99a15ec2'
    """
    said = json.dumps({name: to_data(price) for name, price in of.items()}, sort_keys=True)
    return Prices(book, of, f"{currency}/{book}/{sha256(said.encode()).hexdigest()[:8]}")


def amount(micro: int) -> str:
    """Millionths as people write an amount: two decimals, or as many as it has.

    >>> amount(2_500_000), amount(48), amount(0)
    ('2.50', '0.000048', '0.00')
    """
    whole, rest = divmod(micro, MICRO)
    return f"{whole}.{f'{rest:06d}'.rstrip('0').ljust(2, '0')}"


def to_data(price: Price) -> dict[str, int]:
    """A price as settings hold it."""
    return {name: getattr(price, name) for name in type(price).__slots__}
