"""What an editor said that it can."""

from dataclasses import dataclass
from typing import Any

from aua_compile.editor.position import Encoding


@dataclass(frozen=True, slots=True)
class Client:
    """What the editor said that it can."""

    encoding: Encoding = "utf-16"
    snippets: bool = False
    markdown: bool = False
    actions: bool = False
    trees: bool = False
    watches: bool = False

    @classmethod
    def of(cls, capabilities: Any) -> "Client":
        """The capabilities of an `initialize` request; what is absent or ill-formed is not there."""

        def at(*path: str) -> Any:
            value = capabilities
            for step in path:
                value = value.get(step) if isinstance(value, dict) else None
            return value

        def listed(*path: str) -> list[Any]:
            value = at(*path)
            return value if isinstance(value, list) else []

        return cls(
            encoding="utf-32" if "utf-32" in listed("general", "positionEncodings") else "utf-16",
            snippets=at("textDocument", "completion", "completionItem", "snippetSupport") is True,
            markdown="markdown" in listed("textDocument", "hover", "contentFormat"),
            actions=at("textDocument", "codeAction", "codeActionLiteralSupport") is not None,
            trees=at("textDocument", "documentSymbol", "hierarchicalDocumentSymbolSupport") is True,
            watches=at("workspace", "didChangeWatchedFiles", "dynamicRegistration") is True,
        )
