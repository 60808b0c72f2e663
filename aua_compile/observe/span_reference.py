"""The page docs/spans.md: every span of a router that records requests, as the contract says it."""

from aua_runtime.contract.spans import RESOURCE, SCHEMA_URL, SEMANTIC_CONVENTIONS, SPANS, Attribute, SpanForm


def page() -> str:
    """The whole page."""
    return "\n".join(
        [
            "<!-- Made from aua_runtime.contract by `make schemas`; edits are lost. -->",
            "",
            "# Spans",
            "",
            "A router with `observability.tracing` on exports these, and no others; [tracing.md](tracing.md) tells how. Names without the",
            f"prefix `aua.` are those of OpenTelemetry's semantic conventions {SEMANTIC_CONVENTIONS} (`{SCHEMA_URL}`).",
            "",
            "| span | kind | is open while | attributes | events |",
            "|---|---|---|---|---|",
            *(f"| `{form.name}` | {form.kind} | {form.meaning} | {_names(form.attributes)} | {_events(form)} |" for form in SPANS),
            "",
            "## Attributes",
            "",
            "| attribute | type | meaning |",
            "|---|---|---|",
            *(f"| `{one.name}` | {one.type} | {one.meaning} |" for one in _attributes()),
            "",
            "## Events",
            "",
            "| event | attributes | meaning |",
            "|---|---|---|",
            *(
                f"| `{event.name}` | {_names(event.attributes)} | {event.meaning} |"
                for event in dict.fromkeys(event for form in SPANS for event in form.events)
            ),
            "",
            "## The process",
            "",
            "| attribute of the resource | meaning |",
            "|---|---|",
            *(f"| `{one.name}` | {one.meaning} |" for one in RESOURCE),
            "",
        ]
    )


def _attributes() -> list[Attribute]:
    of_spans = [one for form in SPANS for one in (*form.attributes, *(one for event in form.events for one in event.attributes))]
    return list(dict.fromkeys(of_spans))


def _names(attributes: tuple[Attribute, ...]) -> str:
    return ", ".join(f"`{one.name}`" for one in attributes)


def _events(form: SpanForm) -> str:
    return ", ".join(f"`{event.name}`" for event in form.events)
