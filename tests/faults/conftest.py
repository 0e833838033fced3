from tests.faults.engine import quick  # noqa: F401
