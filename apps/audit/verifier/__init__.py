"""The auditor's verifier: one script of Python's standard library, kept here in readable parts and joined on demand.

The parts import nothing but each other, so that what an auditor runs is what is tested here.
"""

import ast
from pathlib import Path

PARTS = ("signatures", "trees", "reading", "ledger", "events", "command")
NAME = "quaestor_verify.py"
HEAD = '''#!/usr/bin/env python3
"""Verify an export of a Quaestor ledger, or one proof from it. Python 3.10 or later; no server, no installation.

    python quaestor_verify.py export.zip --key KEY [--checkpoint older.txt ...] [--json]
    python quaestor_verify.py event-17.tlog-proof --key KEY
    python quaestor_verify.py consistency.txt --key KEY --checkpoint older.txt

KEY is the ledger's verifier key, or a file holding it, that you got on another way than the export. A checkpoint that
you kept from an earlier visit shows whether anything before it was changed, or anything since then cut off.

Exit codes: 0 all that was checked is true; 1 something is wrong, and it says where; 2 it can't be read.
"""
'''
FOOT = '\n\nif __name__ == "__main__":\n    sys.exit(main())\n'


def script() -> str:
    """The parts as one file: their imports first, then each part as it stands."""
    imports: set[str] = set()
    bodies = []
    for part in PARTS:
        source = (Path(__file__).parent / f"{part}.py").read_text()
        tree, lines = ast.parse(source), source.splitlines()
        heads = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        imports |= {ast.unparse(node) for node in heads if "apps." not in ast.unparse(node)}
        title = (ast.get_docstring(tree) or "").partition("\n")[0]
        bodies.append(f"\n\n# {title}\n\n\n" + "\n".join(lines[heads[-1].end_lineno or 0 :]).strip("\n"))
    future = "from __future__ import annotations"
    return "\n".join([HEAD, future, "", *sorted(imports - {future})]) + "\n" + "\n".join(bodies) + "\n" + FOOT
