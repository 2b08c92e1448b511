"""Fixtures that every test may ask for; each lives with what it starts."""

pytest_plugins = [
    "tests.support.doors",
    "tests.support.pki",
    "tests.support.postgres",
    "tests.support.servers",
    "tests.support.temporal",
]
