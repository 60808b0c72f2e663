"""`aua explain`: what a key means and who set it, or what a finding's code is about."""

import re
import sys
from typing import Annotated, Any

from typer import Argument, Option

from aua_compile.cli.exits import Exit
from aua_compile.cli.options import EnvOption, Format, JsonOption, SetOption, TierOption
from aua_compile.cli.words import words

CODE = re.compile(r"AUA\d{4}")


def run(
    what: Annotated[
        str,
        Argument(
            metavar="KEY|CODE", help="A key such as specialists.swe.port, or a code such as AUA0301.", autocompletion=words("key or code")
        ),
    ],
    config: Annotated[
        str | None, Option("--config", "-c", metavar="CONFIG", help="Also say the value in this config, and who set it.")
    ] = None,
    *,
    tier: TierOption = None,
    env: EnvOption = None,
    settings: SetOption = None,
    json: JsonOption = False,
) -> None:
    """Explain a config key or the code of a finding.

    Example: aua explain routing.fanout_threshold --config coding.yaml
    """
    if CODE.fullmatch(what.upper()):
        _code(what.upper(), json=json)
    else:
        _key(what, config, tier, env, tuple(settings or ()), json=json)


def _code(code: str, *, json: bool) -> None:
    from aua_compile.codes import CODES, explain
    from aua_compile.config.mistakes import nearest

    if code not in CODES:
        near = nearest(code, CODES)
        sys.stderr.write(f"aua explain: there is no code {code}" + (f"; did you mean {near}?\n" if near else "\n"))
        raise SystemExit(Exit.USAGE)
    text = explain(code) or ""
    _write({"code": code, "text": text} if json else text)


def _key(path: str, config: str | None, tier: str | None, env: str | None, settings: tuple[str, ...], *, json: bool) -> None:
    from aua_compile.config.declare import walk
    from aua_compile.config.mistakes import nearest, shown
    from aua_compile.config.model import Config
    from aua_compile.reference import accepts, declared_at, default_of

    entry = declared_at(path)
    if entry is None:
        near = nearest(path, [at for at, _ in walk(Config)])
        sys.stderr.write(f"aua explain: there is no key {shown(path)}" + (f"; did you mean {near}?\n" if near else "\n"))
        raise SystemExit(Exit.USAGE)
    key = entry.key
    said: dict[str, Any] = {"key": path, "meaning": key.doc, "takes": accepts(key.kind), "default": default_of(entry).strip("`")}
    said |= {word: text for word, text in (("higher", key.higher), ("lower", key.lower)) if text}
    said |= {"change": key.what, "applied by": key.how, "since": key.since}
    if config is not None:
        said |= _in_config(path, config, tier, env, settings, json=json)
    _write(said if json else _as_text(said))


def _in_config(path: str, config: str, tier: str | None, env: str | None, settings: tuple[str, ...], *, json: bool) -> dict[str, Any]:
    """The value at `path` in a config, and the chain of those who set it, strongest first."""
    from aua_compile.bundle import Choices
    from aua_compile.cli.project import Project
    from aua_compile.compiler import configured
    from aua_compile.config.show import value_at

    project = Project(Choices(config, tier, env, settings), Format.JSON if json else Format.TEXT)
    checked = project.through(configured)
    resolved = project.certain(checked)
    found, value = value_at(resolved.config, path)
    if not found:
        sys.stderr.write(f"aua explain: this config has nothing at {path}\n")
        raise SystemExit(Exit.USAGE)
    by_name = re.sub(r"\[(\d+)\]", r".\1", path)
    chain = [
        {"layer": origin.layer, "file": origin.span.file, "line": origin.span.line, "column": origin.span.column, "value": origin.text}
        for origin in resolved.origins.get(by_name, ())
    ]
    return {"value": value, "origins": chain}


def _as_text(said: dict[str, Any]) -> str:
    lines = [said["key"], f"  {said['meaning']}", ""]
    lines += [f"  {word + ':':<11}{said[word]}" for word in ("takes", "default", "higher", "lower") if word in said]
    lines.append(f"  {'change:':<11}{said['change']}; applied by {said['applied by'].replace('_', ' ')}")
    if "value" in said:
        lines += ["", f"  {'value:':<11}{said['value']}"]
        for index, origin in enumerate(said["origins"]):
            verb = "set by" if index == 0 else "over"
            text = f" = {origin['value']}" if origin["value"] else ""
            lines.append(f"  {verb + ':':<11}{origin['layer']} at {origin['file']}:{origin['line']}:{origin['column']}{text}")
        if not said["origins"]:
            lines.append(f"  {'set by:':<11}the built-in default")
    return "\n".join(lines)


def _write(value: dict[str, Any] | str) -> None:
    if isinstance(value, str):
        sys.stdout.write(value.rstrip("\n") + "\n")
    else:
        from json import dumps

        sys.stdout.write(dumps(value, indent=2, ensure_ascii=False) + "\n")
