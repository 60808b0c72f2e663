"""What a call costs, in integers. What is less than a millionth is carried over to the next call, so that sums are exact."""

from aua_runtime.contract.errors import BACKEND_UNREACHABLE
from aua_runtime.contract.prices import HOUR_NS, Price, TokenPrice
from aua_runtime.request import Call
from aua_runtime.statuses import OK


def amount_pico(price: Price, call: Call) -> int | None:
    """What a call that has ended costs, in PICO: a millionth of a millionth of the currency. None where nobody said what it used.

    Tokens cost their price, exactly. A place costs what an hour of it does, times the time from sending the call to its end, rounded down.
    A call that was refused used nothing; one that was cut off before its server told the tokens used some that nobody knows of.
    """
    if isinstance(price, TokenPrice):
        if call.prompt_tokens or call.completion_tokens:
            cached = min(call.cached_tokens, call.prompt_tokens)
            fresh = call.prompt_tokens - cached
            return fresh * price.input_micro + cached * price.cached_input_micro + call.completion_tokens * price.output_micro
        return 0 if refused(call) else None
    if call.ended_s is None or call.error == BACKEND_UNREACHABLE.name:
        return 0
    return max(0, int((call.ended_s - call.started_s) * 1e9)) * price.place_pico // HOUR_NS


def refused(call: Call) -> bool:
    """Whether the server was not reached, or said no before it did anything."""
    return call.error == BACKEND_UNREACHABLE.name if call.status is None else call.status != OK
