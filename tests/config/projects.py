"""Small projects on disk, read and resolved as the compiler does it."""

from pathlib import Path

from aua_compile.bundle import Bundle, Choices, read
from aua_compile.checked import Checked
from aua_compile.config.resolve import Resolved, resolve
from aua_compile.registry.catalog import Catalog

CATALOG = Catalog()

HEAD = 'config_version: "1.0"\nproject: {name: shop}\ntier: single-4090\n'
SWE = "specialists: [{name: swe, field: software_engineering, model: qwen-coder-7b-awq}]\n"
WHOLE = HEAD + SWE


def bundle_of(
    folder: Path, *settings: str, files: dict[str, str] | None = None, text: str = WHOLE, env: str | None = None, tier: str | None = None
) -> Checked[Bundle]:
    """The bundle of `aua.yaml` holding `text`, beside `files`."""
    for name, content in {"aua.yaml": text, **(files or {})}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return read(Choices(str(folder / "aua.yaml"), tier, env, settings), {})


def resolved(
    folder: Path, *settings: str, files: dict[str, str] | None = None, text: str = WHOLE, env: str | None = None, tier: str | None = None
) -> Checked[Resolved]:
    """The config of such a project."""
    return bundle_of(folder, *settings, files=files, text=text, env=env, tier=tier).then(lambda bundle: resolve(bundle, CATALOG))


def codes(checked: Checked[Resolved]) -> list[str]:
    """The codes of all findings, in order."""
    return [finding.code for finding in checked.diagnostics]
