"""Options and the bound on hypothesis that every test shares."""

import pytest
from hypothesis import HealthCheck, settings

# Two cores are shared with other tests: a deadline per example would fail by load, not by behaviour.
settings.register_profile("aua", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("aua")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite the reviewed files under golden/ with what is made now")
