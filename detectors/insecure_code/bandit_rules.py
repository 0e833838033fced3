"""Runs bandit's tests on a syntax tree.

Bandit's own entry point reads files, prints a report and logs. Its tests are functions of one call in a tree. They are
called directly here: this touches no file, prints nothing, keeps no state between calls, and takes a third of the time.
The rules and their severities are bandit's (https://bandit.readthedocs.io/en/latest/plugins/index.html).
"""

import ast
import warnings
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from diptych.detectors.insecure_code.language_rules import Hit, Level

TESTS = {
    "B102": "execution of a string as code",
    "B103": "file made accessible to everyone",
    "B201": "Flask's debugger switched on",
    "B202": "archive unpacked without a check of its paths",
    "B301": "unpickling, which can run code",
    "B302": "unmarshalling, which can run code",
    "B304": "broken cipher",
    "B305": "cipher mode that shows patterns",
    "B306": "temporary name that another can take",
    "B307": "evaluation of a string as code",
    "B308": "text marked as safe HTML",
    "B312": "Telnet, which sends in the clear",
    "B321": "FTP, which sends in the clear",
    "B323": "HTTPS context without a check of certificates",
    "B501": "certificates not checked",
    "B502": "old version of TLS",
    "B504": "TLS of any version",
    "B505": "short key",
    "B506": "YAML loader that can make any object",
    "B507": "unknown SSH hosts accepted",
    "B508": "old version of SNMP",
    "B509": "SNMP without encryption",
    "B602": "subprocess call with shell=True",
    "B604": "call with shell=True",
    "B605": "command run by a shell",
    "B609": "wildcard in a command",
    "B610": "raw SQL in Django's extra()",
    "B611": "raw SQL in Django",
    "B612": "logging that takes its configuration from a socket",
    "B701": "templates without escaping",
    "B702": "Mako templates, which do not escape",
    "B703": "text marked as safe HTML",
    "B704": "text marked as safe HTML",
}
"""The tests that count, each with a short description.

Left out, because ordinary good code fails them: assert and imports (B101, B4xx), swallowed exceptions (B110, B112),
subprocess without a shell (B603, B606, B607), all interfaces (B104), /tmp (B108), no timeout (B113), urlopen and XML of
any kind (B310, B313 to B319), torch.load (B614), model downloads without a revision (B615), any paramiko command
(B601). python_rules.py is more precise on SQL (B608), passwords (B105 to B107), hashes (B324) and random (B311).
"""
_LEVELS: dict[str, Level] = {"LOW": "low", "MEDIUM": "medium", "HIGH": "high"}


def bandit_hits(calls: Sequence[ast.Call], imports: set[str], aliases: dict[str, str]) -> list[Hit]:
    """Return what bandit's tests find in these calls. The nodes of the tree must know their parents."""
    tests, context, name_of = _bandit()
    hits = []
    for call in calls:
        qualified = name_of(call, aliases)
        seen = context(
            {
                "node": call,
                "call": call,
                "lineno": call.lineno,
                "qualname": qualified,
                "name": qualified.rpartition(".")[2],
                "imports": imports,
                "import_aliases": aliases,
                "filename": "answer.py",
            }
        )
        hits += [hit for test in tests if (hit := _hit(test, seen, call.lineno)) is not None]
    return hits


def _hit(test: Any, seen: Any, line: int) -> Hit | None:
    try:
        issue = test(seen, test._config) if hasattr(test, "_config") else test(seen)
    except Exception:  # As bandit does: a test that fails on unusual code has found nothing.
        return None
    if issue is None:
        return None
    test_id = issue.test_id or test._test_id
    severity = _LEVELS.get(issue.severity, "low")
    if test_id == "B103" and severity != "high":
        return None  # Readable or executable by group or others, as every installed program is.
    return Hit(line - 1, f"bandit {test_id}", TESTS[test_id], severity, _LEVELS.get(issue.confidence, "low"))


@cache
def _bandit() -> tuple[list[Any], Callable[[dict[str, Any]], Any], Callable[[ast.Call, dict[str, str]], str]]:
    """Bandit's tests of calls, its context class and its name resolver. Imported late, because that takes a quarter of
    a second."""
    formatted = warnings.formatwarning
    with warnings.catch_warnings(action="ignore"):
        from bandit.core import config, context, test_set, utils
    warnings.formatwarning = formatted  # Bandit replaces it for the whole process.
    tests = test_set.BanditTestSet(config.BanditConfig(), {"include": list(TESTS)}).get_tests("Call")
    return tests, context.Context, utils.get_call_name
