"""A lock's next entries, and where two sets of entries part."""

from hypothesis import given
from hypothesis import strategies as st

from aua_compile.lock.change import change, named
from aua_compile.lock.drift import drift

NAMES = st.sampled_from(["images/vllm", "models/a", "models/b", "presets/coding", "revisions/acme/a"])
ENTRIES = st.dictionaries(NAMES, st.sampled_from(["1", "2", "3"]))


def test_the_first_lock_holds_all_that_is_used() -> None:
    made = change({}, {"models/a": "1"}, (), prune=False)
    assert (made.entries, made.added) == ({"models/a": "1"}, ("models/a",))


def test_a_commit_or_an_image_is_held_until_it_is_upgraded() -> None:
    locked, known = {"images/vllm": "old"}, {"images/vllm": "new"}
    assert change(locked, known, (), prune=False).held == ("images/vllm",)
    upgraded = change(locked, known, ("images/vllm",), prune=False)
    assert (upgraded.entries, upgraded.upgraded) == ({"images/vllm": "new"}, ("images/vllm",))


def test_a_digest_that_no_longer_holds_is_stale_until_it_is_upgraded() -> None:
    assert change({"presets/coding": "1"}, {"presets/coding": "2"}, (), prune=False).stale == ("presets/coding",)


def test_what_another_tier_uses_stays_unless_it_is_pruned() -> None:
    locked = {"tiers/cpu": "1"}
    assert change(locked, {}, (), prune=False).entries == locked
    assert change(locked, {}, (), prune=True).dropped == ("tiers/cpu",)


def test_an_entry_is_named_whole_or_by_its_last_part() -> None:
    known = ("engines/vllm", "images/vllm", "models/vllm-like")
    assert named("vllm", known) == ("engines/vllm", "images/vllm")
    assert named("images/vllm", known) == ("images/vllm",)
    assert named("vl", known) == ()


@given(locked=ENTRIES, known=ENTRIES, upgrade=st.sets(NAMES), prune=st.booleans())
def test_nothing_changes_but_what_is_lacking_upgraded_or_pruned(
    locked: dict[str, str], known: dict[str, str], upgrade: set[str], *, prune: bool
) -> None:
    made = change(locked, known, upgrade, prune=prune)
    for name, value in locked.items():
        if name not in upgrade and not (prune and name not in known):
            assert made.entries[name] == value
    assert drift(made.entries, known).lacking == ()


@given(ENTRIES, ENTRIES)
def test_upgrading_everything_leaves_no_drift(locked: dict[str, str], known: dict[str, str]) -> None:
    found = drift(change(locked, known, known, prune=True).entries, known)
    assert (found.lacking, found.changed, found.unused) == ((), (), ())
