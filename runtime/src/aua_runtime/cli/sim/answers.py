"""What the simulator says: an answer drawn from a request and a seed, before anything of it is sent.

The same seed and the same request give the same answer with the same timing, whatever else is asked. A question of the built-in evaluation
is answered, rightly or wrongly; one that asks for a shape gets it; a judge's question gets a verdict that does not depend on the order of
the answers; anything else gets words that say that they are simulated.
"""

import hashlib
import re
from dataclasses import dataclass
from random import Random
from typing import Any

import orjson

from aua_runtime.cli.sim.instance import instance_of
from aua_runtime.cli.sim.profile import Behaviour, Simulation, token_log_probability
from aua_runtime.cli.sim.tasks import Task, by_question

OPENING = "This answer is simulated: no model has read the question."
_FILLING = "a pretended token follows another until the length drawn for this answer is reached and then it ends as real ones do"
_ASIDES = (
    "Let me go through this with care.",
    "I have looked at it from two sides.",
    "There is more than one way to see it.",
    "This comes up often.",
    "Tell me if you want more detail.",
    "I kept this short on purpose.",
    "The details follow from what you wrote.",
    "Nothing else is needed here.",
    "Good question, and a common one.",
    "Here is my reasoning in brief.",
    "People trip over this easily.",
    "A textbook would put it differently.",
    "Happy to expand on any part.",
    "Thanks for asking so precisely.",
    "My notes agree with this.",
    "Do check it against your own source.",
    "It helps to picture the situation.",
    "Several ideas come together in it.",
    "The rest is routine.",
    "No tricks are hidden here.",
    "Beginners learn this early on.",
    "One could argue about wording.",
    "That settles the matter for me.",
    "Your phrasing leaves little doubt.",
)
_CANDIDATE = re.compile(r"<answer ([ab]) (\w+)>\n(.*?)\n</answer \1 \2>", re.DOTALL)
SUREST, LEAST_SURE = 0.995, 0.05


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a tool; the arguments are JSON text."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """One answer. `text` is its tokens joined; `right` is None where nobody knows what would be."""

    tokens: tuple[str, ...]
    first_token_s: float
    gaps_s: tuple[float, ...]
    log_probabilities: tuple[float, ...]
    finish_reason: str
    prompt_tokens: int
    calls: tuple[Call, ...] = ()
    right: bool | None = None

    @property
    def text(self) -> str:
        return "".join(self.tokens)

    @property
    def usage(self) -> dict[str, int]:
        written = len(self.tokens) + sum(len(call.arguments) // 4 + 1 for call in self.calls)
        return {"prompt_tokens": self.prompt_tokens, "completion_tokens": written, "total_tokens": self.prompt_tokens + written}


def drawn(body: dict[str, Any], simulation: Simulation) -> Drawn:
    """The answer to a chat request. TypeError or AttributeError where it is none."""
    messages = body["messages"]
    question = orjson.dumps([body.get("model"), messages], option=orjson.OPT_SORT_KEYS)
    random = Random(hashlib.sha256(question + str(simulation.seed).encode()).digest())
    task = by_question().get(_last_text(messages))
    behaviour = simulation.of(task.field if task is not None else "")
    sureness = min(max(random.betavariate(4 * behaviour.correctness + 0.01, 4 * (1 - behaviour.correctness) + 0.01), LEAST_SURE), SUREST)
    known = sureness if simulation.log_probabilities == "calibrated" else behaviour.correctness
    right = random.random() < known
    calls = _calls(body, random)
    text = "" if calls else _verdict(body, random, simulation.neither) or _said(body, task, random, behaviour, right=right)
    tokens = re.findall(r"\s*\S+|\s+$", text)
    limit = body.get("max_completion_tokens") or body.get("max_tokens")
    cut = isinstance(limit, int) and 0 < limit < len(tokens)
    kept = tuple(tokens[:limit] if cut else tokens)
    return Drawn(
        tokens=kept,
        first_token_s=behaviour.latency(behaviour.first_token_s, random),
        gaps_s=tuple(behaviour.latency(behaviour.token_s, random) for _ in kept),
        log_probabilities=tuple(token_log_probability(sureness, random) for _ in kept),
        finish_reason="tool_calls" if calls else "length" if cut else "stop",
        prompt_tokens=max(1, len(question) // 4),
        calls=calls,
        right=right if task is not None and not calls else None,
    )


def _last_text(messages: Any) -> str:
    """The text of the last user turn."""
    for message in reversed(messages):
        if message.get("role") == "user":
            content = message.get("content")
            if isinstance(content, list):
                content = "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
            return str(content)
    return ""


def _said(body: dict[str, Any], task: Task | None, random: Random, behaviour: Behaviour, *, right: bool) -> str:
    if task is not None:
        text = task.right(random) if right else task.wrong(random)
        return text if task.schema is not None else _padded(text, random, behaviour)
    shape = body.get("response_format") or {}
    if shape.get("type") == "json_schema":
        return orjson.dumps(instance_of(shape["json_schema"].get("schema", {}), random)).decode()
    if shape.get("type") == "json_object":
        return orjson.dumps({"simulated": True, "note": OPENING}).decode()
    return _prose(random, behaviour)


def _padded(text: str, random: Random, behaviour: Behaviour) -> str:
    """An answer with asides before and after it, until it has about the length that was drawn, whatever it says."""
    room = round(behaviour.tokens * random.uniform(0.5, 1.5)) - len(text.split())
    before: list[str] = []
    after: list[str] = []
    for aside in random.sample(_ASIDES, len(_ASIDES)):
        room -= len(aside.split())
        if room < 0:
            break
        (before if random.random() < 0.5 else after).append(aside)  # noqa: PLR2004 - a coin
    return " ".join(before) + ("\n\n" if before else "") + text + ("\n\n" if after else "") + " ".join(after)


def _prose(random: Random, behaviour: Behaviour) -> str:
    words = OPENING.split()
    filling = _FILLING.split()
    opening = len(words)
    for position in range(round(behaviour.tokens * random.uniform(0.5, 1.5)) - opening):
        words.append(filling[position % len(filling)])
    return " ".join(words)


def _verdict(body: dict[str, Any], random: Random, neither: float) -> str | None:
    """A judge's verdict where one is asked for: for the answer whose digest is greater, wherever it stands, or for none."""
    try:
        words = body["response_format"]["json_schema"]["schema"]["properties"]["verdict"]["enum"]
    except (KeyError, TypeError):
        return None
    found = {name: hashlib.sha256(text.encode()).digest() for name, _, text in _CANDIDATE.findall(_last_text(body["messages"]))}
    mood = int.from_bytes(hashlib.sha256(b"".join(sorted(found.values()))).digest()[:4]) / 2**32
    if mood < neither and "neither" in words:
        chosen = "neither"
    else:
        chosen = (
            max(found, key=lambda name: found[name]) if found else random.choice([word for word in words if word != "neither"] or words)
        )
    return orjson.dumps({"reason": "This verdict is simulated.", "verdict": chosen, "confidence": 0.9}).decode()


def _calls(body: dict[str, Any], random: Random) -> tuple[Call, ...]:
    """A call of a tool where one must be called, or where the question names one and no tool has answered yet."""
    choice = body.get("tool_choice", "auto")
    functions = [tool["function"] for tool in body.get("tools") or () if tool.get("type") == "function"]
    if not functions or choice == "none" or body["messages"][-1].get("role") == "tool":
        return ()
    if isinstance(choice, dict):
        functions = [function for function in functions if function["name"] == choice["function"]["name"]]
    elif choice != "required":
        asked = re.sub(r"\W+", " ", _last_text(body["messages"]).lower())
        functions = [function for function in functions if re.sub(r"[\W_]+", " ", function["name"].lower()) in asked]
    return tuple(
        Call(f"call_{random.getrandbits(64):016x}", function["name"], orjson.dumps(_arguments(function, random)).decode())
        for function in functions[:1]
    )


def _arguments(function: dict[str, Any], random: Random) -> Any:
    return instance_of(function.get("parameters") or {"type": "object"}, random)
