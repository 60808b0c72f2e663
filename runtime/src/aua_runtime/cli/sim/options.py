"""The options of the command `sim`; apart from its work, so that the other commands do not import that."""

import argparse
from pathlib import Path


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `sim`. A profile's values win over those given one by one."""
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--model", action="append", default=[], help="a model name that it lists; it answers for any")
    parser.add_argument("--seed", type=int, default=0, help="same seed, same question: same answer")
    parser.add_argument("--first-token-ms", type=_amount, default=30.0, help="mean time to the first token")
    parser.add_argument("--token-ms", type=_amount, default=5.0, help="mean time between tokens")
    parser.add_argument("--tokens", type=_count, default=60, help="mean length of an answer")
    parser.add_argument("--spread", type=_amount, default=0.3, help="standard deviation of the logarithm of a latency; 0: always the mean")
    parser.add_argument(
        "--correctness", type=_share, default=0.7, help="share of right answers to the questions of the built-in evaluation"
    )
    parser.add_argument(
        "--log-probabilities",
        choices=("independent", "calibrated"),
        default="independent",
        help="whether they tell how likely an answer is right",
    )
    parser.add_argument("--neither", type=_share, default=0.0, metavar="SHARE", help="verdicts of a judge that accept no answer")
    parser.add_argument("--too-many", type=_share, default=0.0, metavar="SHARE", help="requests refused with 429")
    parser.add_argument("--failed", type=_share, default=0.0, metavar="SHARE", help="requests that fail with 500")
    parser.add_argument("--cut", type=_share, default=0.0, metavar="SHARE", help="answers that break off in the middle")
    parser.add_argument("--engine", choices=("vllm", "llamacpp"), help="whose metrics /metrics shows; without it there are none")
    parser.add_argument("--places", type=_places, default=32, help="with --engine: requests that it serves at once; others wait")
    parser.add_argument("--kv-tokens", type=_places, default=65_536, help="with --engine: tokens that its KV cache holds")
    parser.add_argument("--profile", type=Path, metavar="FILE", help="JSON with models of these by field; see docs/scoring.md")


def _share(text: str) -> float:
    return _within(text, 1.0)


def _amount(text: str) -> float:
    return _within(text, 1e6)


def _count(text: str) -> int:
    return int(_within(text, 1e6))


def _places(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 10**9:
        raise argparse.ArgumentTypeError(f"{text} is not between 1 and 1e9")
    return number


def _within(text: str, most: float) -> float:
    value = float(text)
    if not 0 <= value <= most:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and {most:g}")
    return value
