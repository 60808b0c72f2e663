"""`aua schema`: the JSON Schema of a file that aua reads or writes."""

import sys
from typing import Annotated

from typer import Argument

from aua_compile.cli.exits import Exit
from aua_compile.cli.options import JsonOption
from aua_compile.cli.words import words


def run(
    name: Annotated[
        str, Argument(metavar="NAME", help="Of what: config, plan, diagnostics, preset, ...", autocompletion=words("schema"))
    ] = "config",
    *,
    json: JsonOption = False,
) -> None:
    """Print a JSON Schema. Editors complete and check configs with it.

    Example: aua schema config > config.schema.json
    """
    from aua_compile.config.mistakes import nearest
    from aua_compile.shipped import shipped
    from aua_compile.source import read_source

    del json  # a schema is JSON already
    folder = shipped("schemas")
    known = sorted(path.stem for path in folder.glob("*.json"))
    if name not in known:
        near = nearest(name, known)
        sys.stderr.write(
            f"aua schema: there is no schema `{name}`; {f'did you mean `{near}`?' if near else 'known: ' + ', '.join(known)}\n"
        )
        raise SystemExit(Exit.USAGE)
    source = read_source(folder / f"{name}.json", folder, f"schemas/{name}.json").value
    assert source is not None, "schemas are shipped"
    sys.stdout.write(source.text)
