"""What may be wrong with a file before anyone asks what it says, one builder for each code: `source` finds, this module words."""

from collections.abc import Iterable

from aua_compile.characters import code_point, escape, shown
from aua_compile.diagnostic import Diagnostic
from aua_compile.span import Span


def missing_file(name: str, near: Iterable[str]) -> Diagnostic:
    """A file that is not there.

    What it checks: every file that the command line or a config names exists.
    Why: nothing is assumed in its place.
    Example: `aua compile codng.yaml` beside a `coding.yaml`.
    Instead: correct the name; names in a config are relative to the project's folder.
    """
    listed = ", ".join(f"`{shown(other)}`" for other in near)
    help_ = f"Did you mean {listed}?" if listed else "Correct the name; it is relative to the project's folder."
    return Diagnostic("AUA0101", "error", f"There is no file `{shown(name)}`.", Span.of_file(name), help=help_)


def not_a_file(name: str, kind: str) -> Diagnostic:
    """A folder, pipe or device in place of a file.

    What it checks: what is to be read is a regular file.
    Why: reading a pipe or a device may never end, and a folder has no text.
    Example: `aua compile configs/`.
    Instead: name the file itself.
    """
    return Diagnostic("AUA0102", "error", f"`{shown(name)}` is {kind}, not a file.", Span.of_file(name), help="Name the file itself.")


def unreadable(name: str, reason: str) -> Diagnostic:
    """A file that the system does not let be read.

    What it checks: the file can be opened and read.
    Why: there is nothing to compile without it.
    Example: a file that belongs to another user and has mode 600.
    Instead: give yourself the right to read it, or check the disk.
    """
    message = f"`{shown(name)}` cannot be read: {reason}."
    return Diagnostic("AUA0103", "error", message, Span.of_file(name), help="Check the file's owner, its mode and the disk.")


def too_large(name: str, size: int, limit: int) -> Diagnostic:
    """A file beyond the limit.

    What it checks: a file has at most 1 MiB (1,048,576 bytes).
    Why: a config of a thousand specialists has a sixth of that; more is a data file named by mistake.
    Example: a model's weights given as the config.
    Instead: name the right file, or split the config with `extends`.
    """
    message = f"`{shown(name)}` has {size:,} bytes; at most {limit:,} are read."
    return Diagnostic("AUA0104", "error", message, Span.of_file(name), help="Name the right file, or split the config with `extends`.")


def not_utf8(encoding: str, span: Span) -> Diagnostic:
    """A file in another encoding than UTF-8.

    What it checks: the bytes of the file are UTF-8; a byte order mark is accepted.
    Why: any other encoding would have to be guessed, and a wrong guess changes texts without a word.
    Example: a file that a spreadsheet saved as Windows-1252, or a shell as UTF-16.
    Instead: save the file as UTF-8.
    """
    message = f"The file is not UTF-8: {encoding}."
    return Diagnostic("AUA0105", "error", message, span, help="Save it as UTF-8; editors offer this where they save or encode.")


def binary(span: Span) -> Diagnostic:
    """A file that is no text.

    What it checks: the file holds no NUL byte.
    Why: texts have none; model weights, archives and UTF-16 have many.
    Example: `aua compile model.gguf`.
    Instead: name the config's file.
    """
    message = "The file holds NUL bytes: it is binary, or a text in UTF-16."
    return Diagnostic("AUA0106", "error", message, span, help="Name the config's file, or save it as UTF-8.")


def outside_project(name: str) -> Diagnostic:
    """A symbolic link that leads out of the project.

    What it checks: what a file's name leads to, after all symbolic links, lies in the project's folder, which is that of the config.
    Why: a project must not be able to carry other files of the machine into what it deploys.
    Example: a template that is a link to `/etc/passwd`.
    Instead: copy the file into the project.
    """
    message = f"`{shown(name)}` leads out of the project's folder."
    return Diagnostic("AUA0107", "error", message, Span.of_file(name), help="Copy the file into the project; links inside it are fine.")


def tab(first: Span, more_lines: int) -> Diagnostic:
    """A tab.

    What it checks: no tab stands anywhere in the file.
    Why: a tab looks like indentation and YAML does not take it for that; in a text it cannot be told from spaces.
    Example: a line that an editor indented with a tab.
    Instead: indent with spaces, and set the editor to do so.
    """
    others = f", and in {more_lines:,} more {'line' if more_lines == 1 else 'lines'}" if more_lines else ""
    message = f"A tab stands here{others}; YAML is indented with spaces."
    return Diagnostic("AUA0108", "error", message, first, help="Replace each tab by spaces.")


def refused_character(character: str, path: str, span: Span) -> Diagnostic:
    r"""A character that nobody can see.

    What it checks: the file, and every value once its escapes are read, holds printable characters and line feeds only: no control
        characters, no bidirectional overrides, nothing of zero width, no lone surrogates, no U+0085, U+2028 or U+2029.
    Why: what a reviewer sees must be what the compiler reads, and such characters can hide or reorder text.
    Example: `description: "fast\u202egnidoc"`, or a zero-width space that came with a copied name.
    Instead: delete the character; in a text, write a line feed where a line should end.
    """
    message = f"The character `{escape(character)}` ({code_point(character)}) cannot be seen and is refused."
    return Diagnostic("AUA0109", "error", message, span, path, help="Delete it; editors show it when told to show control characters.")


def too_many_findings(limit: int, span: Span) -> Diagnostic:
    """More findings than are listed.

    What it checks: a file has at most 25 findings of its form; the rest is not read.
    Why: a longer list is not read by anyone, and often has one cause.
    Example: a file in which every boolean is written as `yes` or `no`.
    Instead: mend those listed and compile again.
    """
    message = f"More than {limit} findings; the rest of the file was not read."
    return Diagnostic("AUA0110", "error", message, span, help="Mend those listed and compile again.")
