"""What a call costs, in integers: sums over many calls are exact."""

from aua_runtime.plan import Price

MILLION = 1_000_000


def cost_micro(price: Price | None, prompt_tokens: int, completion_tokens: int) -> int | None:
    """Millionths of the currency that a call cost, half of one rounded up; None where no price is known or no token was counted.

    >>> cost_micro(Price(2_500_000, 10_000_000), 120, 60)
    900
    """
    if price is None or not (prompt_tokens or completion_tokens):
        return None
    return (prompt_tokens * price.input_micro + completion_tokens * price.output_micro + MILLION // 2) // MILLION
