"""Small edits of a YAML tree that keeps its comments: ruamel's `CommentedMap`, which this package alone knows."""

from collections.abc import Iterator
from typing import Any

COMMENT_BEHIND = 2
"""Where ruamel keeps what follows a key's value: the comment on its line, and the lines up to the next key."""

Tree = Any


def block(tree: Tree, path: str, *, after: str = "") -> Tree:
    """The mapping at a dotted path, made where it lacks: its first part right behind the key `after`, if that is there."""
    for step in path.split("."):
        if step not in tree:
            keys = list(tree)
            tree.insert(keys.index(after) + 1 if after in keys else len(keys), step, type(tree)())
        tree, after = tree[step], ""
    return tree


def services(tree: Tree) -> Iterator[Tree]:
    """The mappings of specialists and of the arbiter."""
    specialists = tree.get("specialists")
    items = specialists if isinstance(specialists, list) else []
    yield from (item for item in (*items, tree.get("arbiter")) if isinstance(item, dict))


def rename(tree: Tree, old: str, new: str) -> None:
    """Give a key another name, at its place and with its comments. Where the new one is there too, both stay, to be refused."""
    if old in tree and new not in tree:
        place = list(tree).index(old)
        comment = tree.ca.items.pop(old, None)
        tree.insert(place, new, tree.pop(old))
        if comment is not None:
            tree.ca.items[new] = comment


def move(tree: Tree, key: str, into: Tree, new: str) -> None:
    """Take a key to another mapping, with the comment on its line.

    Lines below it stay where they are, as they speak of the key below; those below the last key speak of what follows its mapping, and go
    along to whatever takes its place.
    """
    if key not in tree or new in into:
        return
    last = list(tree)[-1]
    comment = tree.ca.items.pop(key, None)
    into[new] = tree.pop(key)
    behind = comment[COMMENT_BEHIND] if comment else None
    if behind is not None and key == last:
        into.ca.items[new] = comment
    elif behind is not None and (beside := behind.value.partition("\n")[0].strip()):
        into.yaml_add_eol_comment(beside, new)


def rewrite(tree: Tree, key: str, value: str) -> None:
    """Give a key another text, in the quotes that the old one has."""
    tree[key] = like(tree[key], value)


def like(old: Any, value: str) -> Any:
    """A text in the quotes of another."""
    return type(old)(value) if isinstance(old, str) and type(old) is not str else value


def drop_empty(tree: Tree, key: str) -> None:
    """Remove a mapping that nothing is left in."""
    if isinstance(tree.get(key), dict) and not tree[key]:
        del tree[key]
