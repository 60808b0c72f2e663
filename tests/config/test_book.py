"""A price book's prices are values of the config, each with its place in the book; what the config says itself wins."""

from pathlib import Path

import pytest

from aua_compile.config.model.specialists import Price
from aua_compile.config.resolve import Resolved
from tests.config.projects import HEAD, codes, resolved

CLOUD = (
    HEAD
    + """backends:
  cloud: {kind: openai, base_url: "https://api.example.org/v1"}
  other: {kind: openai, base_url: "https://api.example.com"}
models:
  ours: {id: large-2, backend: cloud}
specialists:
  - {name: swe, field: software_engineering, model: qwen-coder-7b-awq}
  - {name: big, field: mathematics, model: large-2, backend: cloud}
  - {name: far, field: law, model: large-2, backend: other}
  - {name: own, field: finance, model: ours, price: {input: "7"}}
arbiter: {model: ours}
observability: {costs: {book: acme@2026-11}}
"""
)
BOOK = """currency: EUR
effective: "2026-11-01"
source: a contract
models:
  - {model: large-2, price: {input: "2.50", output: "10.00"}}
  - {model: large-2, host: API.example.com, price: {input: "3.00"}}
  - {model: of others, price: {}}
gpu_hour: {rtx-4090: "0.45", h100-sxm: "3"}
"""
FILE = "prices/acme@2026-11.yaml"


def made(folder: Path, text: str = CLOUD, book: str = BOOK) -> Resolved:
    found = resolved(folder, text=text, files={FILE: book}).value
    assert found is not None
    return found


def test_a_model_that_runs_elsewhere_has_the_books_price_and_its_place(tmp_path: Path) -> None:
    found = made(tmp_path)
    prices = {spec.name: spec.price for spec in found.config.specialists}
    assert prices["big"] == found.config.arbiter.price == Price("2.50", "10.00")
    origin = found.origins["specialists.big.price.output"][0]
    assert (origin.layer, Path(origin.span.file).name, origin.span.line) == ("book", "acme@2026-11.yaml", 5)


def test_the_price_at_its_host_wins_over_that_of_any_host(tmp_path: Path) -> None:
    assert {spec.name: spec.price for spec in made(tmp_path).config.specialists}["far"] == Price("3.00")


def test_a_price_in_the_config_wins_whole(tmp_path: Path) -> None:
    assert {spec.name: spec.price for spec in made(tmp_path).config.specialists}["own"] == Price("7")


def test_what_runs_here_is_reckoned_by_the_books_hours(tmp_path: Path) -> None:
    found = made(tmp_path)
    assert {spec.name: spec.price for spec in found.config.specialists}["swe"] is None
    assert found.config.observability.costs.gpu_hour == {"rtx-4090": "0.45", "h100-sxm": "3"}
    said = made(tmp_path, CLOUD.replace("{book:", '{gpu_hour: {rtx-4090: "9"}, book:'))
    assert said.config.observability.costs.gpu_hour["rtx-4090"] == "9"


def test_the_books_currency_is_the_configs(tmp_path: Path) -> None:
    assert made(tmp_path).config.observability.costs.currency == "EUR"
    assert made(tmp_path, CLOUD.replace("{book:", "{currency: EUR, book:")).config.observability.costs.currency == "EUR"


@pytest.mark.parametrize("chosen", ["observability.costs.book=acme@2026-11", "observability.costs.book=registry"])
def test_the_command_line_names_another_book(tmp_path: Path, chosen: str) -> None:
    text = CLOUD.replace("acme@2026-11", "acme@2025-01")
    found = resolved(tmp_path, chosen, text=text, files={FILE: BOOK}).value
    assert found is not None
    assert found.config.observability.costs.currency == ("EUR" if "acme" in chosen else "USD")


@pytest.mark.parametrize(
    ("text", "book", "code"),
    [
        (CLOUD.replace("2026-11", "2026-12"), BOOK, "AUA0101"),
        (CLOUD.replace("acme@2026-11", "../acme"), BOOK, "AUA0206"),
        (CLOUD, "", "AUA0111"),
        (CLOUD, "- 1\n", "AUA0113"),
        (CLOUD, BOOK.replace("source: a contract\n", ""), "AUA0205"),
        (CLOUD, BOOK + "version: 3\n", "AUA0201"),
        (CLOUD, BOOK.replace("EUR", "euro"), "AUA0206"),
        (CLOUD, BOOK.replace('"2.50"', "2.50"), "AUA0202"),
        (CLOUD, BOOK.replace('"2.50"', '"-2.50"'), "AUA0206"),
        (CLOUD, BOOK.replace('"2026-11-01"', '"2026-13-01"'), "AUA0206"),
        (CLOUD, BOOK.replace('"2026-11-01"', '"2026-11-31"'), "AUA0788"),
        (CLOUD, BOOK + 'until: "2026-10-31"\n', "AUA0788"),
        (CLOUD, BOOK.replace("model: large-2, price", "model: large-3, price"), "AUA0785"),
        (CLOUD.replace("{book:", "{currency: USD, book:"), BOOK, "AUA0786"),
        (CLOUD, BOOK.replace("of others", "large-2"), "AUA0787"),
        (CLOUD, BOOK.replace("model: of others", "model: large-2, host: api.example.com"), "AUA0787"),
        (CLOUD, BOOK.replace("of others", "sk-proj-" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dF3hJ5kL7n"), "AUA0130"),
    ],
)
def test_what_is_wrong_with_a_book_is_told(tmp_path: Path, text: str, book: str, code: str) -> None:
    assert set(codes(resolved(tmp_path, text=text, files={FILE: book}))) == {code}
