"""Options and the bound on hypothesis that every test shares."""

import os

import pytest
from hypothesis import HealthCheck, settings

# Two cores are shared with other tests: a deadline per example would fail by load, not by behaviour.
settings.register_profile("aua", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("aua")

os.environ["AUA_CACHE"] = "0"  # what is tested is compiled; tests of the cache switch it on, in a folder of their own


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite the reviewed files under golden/ with what is made now")
