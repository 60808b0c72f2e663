"""The page docs/logs.md: every line of the router's log and every field on it, as the contract says it."""

from aua_runtime.contract.log_fields import BURST_S, COMMON, EVENTS, LINE_BYTES, LOG_FIELDS, REQUEST_LINES, LogEvent, LogField

_HOLDS = {
    "time": "a time as of RFC 3339, UTC",
    "level": "a level",
    "name": "a name of the plan or a word of the router's; `other` for what is none",
    "id": "at most 128 letters, digits and `._:-`; `other` for what is none",
    "number": "a number",
    "truth": "true or false",
    "address": "an IP address",
    "place": "a file of the router's with a line, or a class",
    "text": "the router's own words",
    "content": "what a person or a model wrote",
}

_OPENING = f"""<!-- Made from aua_runtime.contract by `make schemas`; edits are lost. -->

# Logs

The router writes lines to standard error: JSON in containers and wherever standard error is no terminal, text with colours for people
on one (`NO_COLOR` and `TERM=dumb` are kept to). `observability.logging` says more:

| key | says | taken over by |
|---|---|---|
| `format` | `auto`, `json` or `text` | a restart |
| `level` | the least level that is written; `info` | `aua config reload` |
| `sample` | the share of requests that went well whose line is written; 1 | `aua config reload` |
| `prompts` | questions and answers as well; off, and refused by the profiles team and enterprise (AUA0293) | a restart |

What failed always has its line; of the rest a trace's id decides, so that all routers choose alike.

    {{"timestamp":"2026-11-21T19:30:12.345Z","level":"info","event":"query","message":"A request for an answer ended.",
     "request_id":"6f1c...","trace_id":"0af7...","session_id":"b2e1...","route":"/v1/chat/completions","outcome":"answered",
     "field":"mathematics","confidence":0.94,"mode":"single","specialist":"math","utility_score":0.89,"calls":1,"latency_ms":512.3,
     "client":"127.0.0.1"}}

## What is promised

- **No secret, no prompt.** What a field may hold follows from its kind, and no kind takes what a client or a model server wrote, but
  `content`, which `prompts` asks for. Headers, bodies, URLs and error texts are never passed to the log; a value that is not of its
  field's kind is written as `other`. What a client chooses and the log shows are its request id, trace and session, where they are such
  ids.
- **No forged lines.** A line is one line: JSON escapes line ends and control characters, and the router also those that turn text
  around or end lines elsewhere in Unicode.
- **Bounded.** A line has at most {LINE_BYTES:,} bytes, its end included, and a request causes at most {REQUEST_LINES} lines, whatever
  goes wrong; a question or an answer that does not fit is cut and marked `cut`. Of lines with a burst, more than so many alike within
  {BURST_S:g} s (same event, specialist, code, route and place) are left out, and one `repeated` says how many. A model server that is
  down writes a few lines a second.
- **Whole.** Several workers share standard error; what each writes at once fits a pipe's atomic size, so their lines do not mix.
- **Never in the way.** A thread writes; requests never wait for it. While nobody reads, up to 1 MiB waits, lines beyond it are lost,
  and `lines_lost` says how many once somebody reads again; `aua_log_lines_dropped_total` tells it meanwhile. Lines that went well are
  handed over at most 20 ms late, warnings and errors at once.
"""


def page() -> str:
    """The whole page."""
    return "\n".join(
        [
            _OPENING,
            "## Lines",
            "",
            "| event | level | message | fields | burst |",
            "|---|---|---|---|---|",
            *map(_event, EVENTS),
            "",
            "## Fields",
            "",
            "A field that has nothing to say is left out.",
            "",
            "| field | on | holds | meaning |",
            "|---|---|---|---|",
            *map(_field, LOG_FIELDS),
            "",
        ]
    )


def _event(event: LogEvent) -> str:
    fields = ", ".join(f"`{field.name}`" for field in event.fields)
    return f"| `{event.name}` | {event.level} | {event.message} | {fields} | {event.burst or ''} |"


def _field(field: LogField) -> str:
    users = "every line" if field in COMMON else ", ".join(f"`{event.name}`" for event in EVENTS if field in event.fields)
    return f"| `{field.name}` | {users} | {_HOLDS[field.kind]} | {field.meaning} |"
