"""Fixtures that every test may ask for; each lives with what it starts."""


def pytest_terminal_summary(terminalreporter):
    """Say how many attacks were tried, and how many of them were refused."""
    told = terminalreporter.stats
    refused, believed = (
        sum("attack" in report.keywords for report in told.get(outcome, ()))
        for outcome in ("passed", "failed")
    )
    if refused + believed:
        terminalreporter.write_line(f"{refused} of {refused + believed} attacks were refused")


pytest_plugins = [
    "tests.support.doors",
    "tests.support.pki",
    "tests.support.postgres",
    "tests.support.servers",
    "tests.support.temporal",
]
