"""A key of the config, and a field of the plan: who said it, and everything that changes with it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from aua_compile.config.show import value_at
from aua_compile.provenance.inputs import Inputs, chain
from aua_compile.provenance.leaf import Leaf, entry_names
from aua_compile.provenance.line import decision
from aua_compile.provenance.model import FieldAnswer, InProject, Said
from aua_compile.provenance.uses import fields_of, plans_of_field, plans_of_keys, uses

WAYS = 6  # in which a key is changed
WAYS_OF_PART = 1  # in which each key of a block is
KEYS_OF_PART = 24  # of a block that are changed


def by_name(path: str) -> str:
    """A path as written (`specialists[0].port`) in the form that origins have: a number where there may be a name."""
    return re.sub(r"\[(\w+)\]", r".\1", path)


def key_in_project(inputs: Inputs, config: str, path: str) -> InProject | None:
    """What the config has at a path, and what changes with it; None where it has nothing there."""
    there, value = value_at(inputs.resolved.config, path)
    name = _named(inputs, by_name(path))
    if not there or name is None:
        return None
    keys = _below(inputs.keys, name)
    plans = tuple(plans_of_keys(inputs, keys[:KEYS_OF_PART], WAYS if len(keys) == 1 else WAYS_OF_PART))
    said = tuple(Said(each.layer, each.span.file, each.span.line, each.span.column, each.text) for each in chain(inputs.resolved, name))
    return InProject(config, value, said, fields_of(inputs.made, plans), uses(inputs.made, plans))


def _named(inputs: Inputs, path: str) -> str | None:
    """The path with the names of list entries in place of their numbers; None where a list has no such entry."""
    value: Any = inputs.resolved.config
    named = []
    for said in path.split("."):
        part = said
        if isinstance(value, tuple):
            entries = entry_names(value)
            part = entries[int(said)] if said.isdigit() and int(said) < len(entries) else said
            if part not in entries:
                return None
            value = value[entries.index(part)]
        else:
            value = value.get(part) if isinstance(value, Mapping) else getattr(value, part, None)
        named.append(part)
    return ".".join(named)


def _below(keys: Sequence[Leaf], name: str) -> list[Leaf]:
    """The keys that a path means: itself, those of the block there, or else the mapping or list that it is an entry of."""
    found = [key for key in keys if key.name == name or key.name.startswith(f"{name}.")]
    while not found and "." in name:
        name = name.rpartition(".")[0]
        found = [key for key in keys if key.name == name]
    return found


def field_of_plan(inputs: Inputs, config: str, name: str) -> FieldAnswer | None:
    """What a field of the plan comes from, and the lines that change with it; None where the plan has no such field."""
    leaves = inputs.fields
    field = next((leaf for leaf in leaves if leaf.name == name), None)
    if field is None:
        return None
    same = [leaf for leaf in leaves if leaf.name == name]
    plans = (plan for leaf in same for plan in plans_of_field(inputs.made, leaf, leaves))
    return FieldAnswer(name, config, decision(field, inputs), uses(inputs.made, plans))
