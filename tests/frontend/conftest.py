"""Fixtures of the frontend's tests."""

import pytest

from tests.frontend.world import World


@pytest.fixture
def world() -> World:
    """A frontend with default limits."""
    return World()
