"""A price book: what calls cost, in a file of the project's that is named like it, `prices/<book>.yaml`, and kept when prices change.

Its prices are values of the config: those of models that run elsewhere, and of GPUs. What the config itself says of a price wins.
"""

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from datetime import date
from typing import Annotated

from aua_compile.checked import Checked
from aua_compile.config.addresses import url_of
from aua_compile.config.declare import DECIMAL, HOST, NAME_KIND, Block, Key, ListOf, MapOf, Pattern, Text
from aua_compile.config.ladders import served_name
from aua_compile.config.mistakes import nearest, shown
from aua_compile.config.model.observability import CURRENCY
from aua_compile.config.model.specialists import Price
from aua_compile.config.read import Origins, build, read
from aua_compile.config.resolve import Resolved
from aua_compile.config.serving import External, external, specs
from aua_compile.diagnostic import Diagnostic, Related
from aua_compile.document import Document
from aua_compile.frozen import dataclass
from aua_compile.span import Span

_DATE = Pattern(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])", 'a day in quotes, such as `"2026-11-01"`')


@dataclass(frozen=True, slots=True)
class ModelPrice:
    """What one model of a provider costs."""

    model: Annotated[str, Key("The model as its server names it.", Text(), example="large-2")]
    price: Annotated[Price, Key("What its tokens cost.", Block(Price))]
    host: Annotated[
        str | None, Key("The server it is the price at, where others serve a model of that name too.", HOST, example="api.example.org")
    ] = None


@dataclass(frozen=True, slots=True)
class PriceBook:
    """The keys of a price book."""

    currency: Annotated[str, Key("The currency of all its prices.", CURRENCY, example="EUR")]
    effective: Annotated[str, Key("The day from which they hold.", _DATE, example="2026-11-01")]
    source: Annotated[str, Key("Where they are from: a page, a contract.", Text(), example="contract 17, appendix 2")]
    until: Annotated[str | None, Key("The last day on which they hold, where that is known.", _DATE, example="2026-12-31")] = None
    models: Annotated[tuple[ModelPrice, ...], Key("What models that run elsewhere cost.", ListOf(Block(ModelPrice)))] = ()
    gpu_hour: Annotated[
        Mapping[str, str],
        Key("What an hour of a GPU costs, by the accelerator's name.", MapOf(DECIMAL, NAME_KIND), example={"rtx-4090": "0.50"}),
    ] = field(default_factory=dict)


_CURRENCY = "observability.costs.currency"


@dataclass(frozen=True, slots=True)
class _Book:
    """A book as read: its file, what it says, and where it says each of it."""

    file: str
    said: PriceBook
    origins: Origins

    def span(self, path: str) -> Span:
        return self.origins[path][0].span


def priced(resolved: Resolved, document: Document) -> Checked[Resolved]:
    """The config with the prices of its book, each with its place there."""
    tree = read(document, PriceBook, "book")
    built, origins = build(tree.value, PriceBook) if tree.value is not None else (Checked[PriceBook](None), {})
    if tree.diagnostics or built.value is None:
        return Checked(None, (*tree.diagnostics, *built.diagnostics))
    book = _Book(document.name, built.value, origins)
    wrong = tuple(_faults(book, resolved))
    return Checked(None, wrong) if wrong else _with_models(_with_devices(resolved, book), book)


def _faults(book: _Book, resolved: Resolved) -> Iterator[Diagnostic]:
    """What is wrong with a book whoever uses it, and with its use here."""
    yield from _impossible_days(book)
    seen: dict[tuple[str, str | None], Span] = {}
    for index, entry in enumerate(book.said.models):
        place, key = book.span(f"models.{index}.model"), (entry.model, entry.host and entry.host.lower())
        if key in seen:
            yield repeated_model(entry, place, seen[key])
        seen.setdefault(key, place)
    costs = resolved.config.observability.costs
    if _CURRENCY in resolved.origins and costs.currency != book.said.currency:
        yield other_currency(costs.currency, book, resolved)


def _impossible_days(book: _Book) -> Iterator[Diagnostic]:
    days = {name: day for name in ("effective", "until") if (day := getattr(book.said, name)) is not None}
    for name, day in days.items():
        try:
            date.fromisoformat(day)
        except ValueError:
            yield impossible_days(f"There is no {day}.", book.span(name))
            return
    if book.said.until is not None and book.said.until < book.said.effective:
        yield impossible_days(f"Its last day, {book.said.until}, is before its first, {book.said.effective}.", book.span("until"))


def _with_devices(resolved: Resolved, book: _Book) -> Resolved:
    """The config in the book's currency, with its prices of GPUs that the config does not say itself."""
    costs = resolved.config.observability.costs
    gpu_hour = {**book.said.gpu_hour, **costs.gpu_hour}
    costs = replace(costs, currency=book.said.currency, gpu_hour=gpu_hour)
    config = replace(resolved.config, observability=replace(resolved.config.observability, costs=costs))
    origins = {_CURRENCY: book.origins["currency"], **_moved(book, "gpu_hour", "observability.costs.gpu_hour"), **resolved.origins}
    return replace(resolved, config=config, origins=origins, book=book.said)


def _with_models(resolved: Resolved, book: _Book) -> Checked[Resolved]:
    """The config with a price for each model that runs elsewhere and has none of its own."""
    findings: list[Diagnostic] = []
    prices: dict[str, Price] = {}
    origins = dict(resolved.origins)
    for path, spec in specs(resolved.config):
        where = external(spec, resolved.config)
        if where is None or spec.price is not None:
            continue
        name = served_name(spec, where.kind, resolved)
        index = _entry(book.said, name, where)
        if index is None:
            findings.append(model_not_priced(name, path, book, resolved))
            continue
        prices[path] = book.said.models[index].price
        origins |= _moved(book, f"models.{index}.price", f"{path}.price")
    config = resolved.config
    specialists = tuple(replace(spec, price=prices.get(f"specialists.{spec.name}", spec.price)) for spec in config.specialists)
    arbiter = replace(config.arbiter, price=prices.get("arbiter", config.arbiter.price))
    return Checked.of(replace(resolved, config=replace(config, specialists=specialists, arbiter=arbiter), origins=origins), findings)


def _entry(book: PriceBook, model: str, where: External) -> int | None:
    """Which of the book's prices is a model's: that at its host, else that of any."""
    host = url_of(where.urls[0]).host.written.lower()
    of_model = {entry.host and entry.host.lower(): index for index, entry in enumerate(book.models) if entry.model == model}
    return of_model.get(host, of_model.get(None))


def _moved(book: _Book, path: str, to: str) -> Origins:
    """The places of a value of the book and of all in it, as those of a value of the config."""
    return {to + at.removeprefix(path): said for at, said in book.origins.items() if at == path or at.startswith(f"{path}.")}


def model_not_priced(model: str, path: str, book: _Book, resolved: Resolved) -> Diagnostic:
    """A model that the price book does not have.

    What it checks: with a price book, each model that runs elsewhere has its price there, or one of its own.
    Why: its calls would be counted as unpriced, and costs would look complete without them.
    Example: `book: acme@2026-11` and a specialist whose model is not in `prices/acme@2026-11.yaml`.
    Instead: add the model to the book as its server names it, or give the specialist a `price`; `input: "0"` says that it costs nothing.
    """
    at = resolved.origin(f"{path}.model")
    near = nearest(model, [entry.model for entry in book.said.models])
    return Diagnostic(
        "AUA0785",
        "error",
        f"{shown(model)} has no price in `{book.file}`.",
        at.span,
        at.written,
        f"Did you mean `{near}`, which has one?" if near and near != model else f"Add it there, or give a `price` at `{path}`.",
        (Related("its models", book.span("models")),) if "models" in book.origins else (),
    )


def other_currency(currency: str, book: _Book, resolved: Resolved) -> Diagnostic:
    """A config and its price book in two currencies.

    What it checks: `observability.costs.currency`, where it is said, is the currency of the price book.
    Why: a sum of two currencies is none, and amounts would be told in the wrong one.
    Example: `costs: {currency: USD, book: acme@2026-11}`, and that book has `currency: EUR`.
    Instead: leave `currency` out, or name the book that has prices in it.
    """
    at = resolved.origin(_CURRENCY)
    return Diagnostic(
        "AUA0786",
        "error",
        f"The prices of `{book.file}` are in {book.said.currency}, not {currency}.",
        at.span,
        at.written,
        "Leave `currency` out, or name a book in that currency.",
        (Related("the book's", book.span("currency")),),
    )


def repeated_model(entry: ModelPrice, at: Span, first: Span) -> Diagnostic:
    """Two prices for one model.

    What it checks: a price book has one entry for each model, or one for each host that serves it.
    Why: nobody could say which of them is the price.
    Example: two entries with `model: large-2`.
    Instead: remove one of them, or say at which `host` each is the price.
    """
    where = f" at `{entry.host}`" if entry.host is not None else ""
    help_ = "Remove one of them, or say at which `host` each is the price."
    return Diagnostic(
        "AUA0787", "error", f"{shown(entry.model)} has two prices{where}.", at, "models", help_, (Related("the first", first),)
    )


def impossible_days(why: str, at: Span) -> Diagnostic:
    """A price book of days that cannot be.

    What it checks: the days of a price book are in the calendar, and its last is not before its first.
    Why: nobody could say when its prices hold.
    Example: `effective: "2026-02-30"`.
    Instead: `effective: "2026-03-01"`.
    """
    return Diagnostic("AUA0788", "error", why, at, "", "Give the days on which its prices hold.")
