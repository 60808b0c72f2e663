"""What the router says of itself: the OpenAPI document that was made with this runtime, and a page of it for people.

The page holds all it needs: no script, and nothing that a browser would have to fetch.
"""

import re
from collections.abc import Iterator
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import orjson

from aua_runtime.visit import Visit

_QUOTED = re.compile(r"`([^`]*)`")
_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
code, pre { font: 13px/1.45 ui-monospace, monospace; }
pre { background: var(--soft); padding: .75rem; overflow-x: auto; }
details { border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0; padding: .4rem .8rem; }
summary { cursor: pointer; }
.method { display: inline-block; min-width: 3.2rem; font-weight: 700; }
.face { color: #888; font-size: 13px; }
table { border-collapse: collapse; width: 100%; }
td, th { border-bottom: 1px solid var(--line); padding: .3rem .5rem; text-align: left; vertical-align: top; white-space: pre-line; }
"""


async def openapi(visit: Visit) -> None:
    visit.raw(200, _document(), "application/json")


async def docs(visit: Visit) -> None:
    visit.raw(200, _page(), "text/html; charset=utf-8")


@cache
def _document() -> bytes:
    return (Path(__file__).parent.parent / "openapi.json").read_bytes()


@cache
def _page() -> bytes:
    return "".join(_parts(orjson.loads(_document()))).encode()


def _parts(document: dict[str, Any]) -> Iterator[str]:
    info = document["info"]
    title = escape(f"{info['title']} {info['version']}")
    yield f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style></head><body>'
    yield f"<h1>{title}</h1><p>{_text(info['summary'])} {_text(info['description'])}</p>"
    yield '<p>The same for programs: <a href="/openapi.json"><code>/openapi.json</code></a>.</p><h2>Operations</h2>'
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield from _operation(path, method, operation)
    yield "<h2>Schemas</h2>"
    for name, schema in document["components"]["schemas"].items():
        yield f'<details id="{escape(name)}"><summary><code>{escape(name)}</code></summary>{_json(schema)}</details>'
    yield "</body></html>"


def _operation(path: str, method: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f'<details><summary><span class="method">{method.upper()}</span> <code>{escape(path)}</code> {escape(operation["summary"])} '
    faces = " and ".join(operation["tags"]) + (", with the key" if "security" in operation else "")
    yield f'<span class="face">{escape(faces)}</span></summary>'
    body = operation.get("requestBody")
    if body is not None:
        yield f"<p>Body: {_schema(body['content']['application/json']['schema'])}</p>"
    yield "<table><tr><th>Status</th><th>Meaning</th><th>Content</th></tr>"
    for status, response in operation["responses"].items():
        content = "<br>".join(
            f"<code>{escape(media)}</code> {_schema(told['schema'])}" for media, told in response.get("content", {}).items()
        )
        yield f"<tr><td>{escape(status)}</td><td>{_text(response['description'])}</td><td>{content}</td></tr>"
    yield "</table></details>"


def _schema(schema: dict[str, Any]) -> str:
    """A link to a named schema, or what an unnamed one says."""
    name = schema.get("$ref", "").rpartition("/")[2]
    if name:
        return f'<a href="#{escape(name)}">{escape(name)}</a>'
    return _text(schema["description"]) if "description" in schema else _json(schema) if schema.get("properties") else ""


def _text(text: str) -> str:
    return _QUOTED.sub(r"<code>\1</code>", escape(text))


def _json(data: object) -> str:
    return f"<pre>{escape(orjson.dumps(data, option=orjson.OPT_INDENT_2).decode())}</pre>"
