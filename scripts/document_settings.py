"""Write the table of docs/settings.md from the settings' class; `--check` only says whether it is so."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "settings.md"
BEGIN, END = "<!-- settings -->", "<!-- /settings -->"

sys.path.insert(0, str(ROOT))

from pydantic import SecretStr  # noqa: E402

from config.options import Options, variable  # noqa: E402


def table() -> str:
    rows = ["| variable | a good value | default | what it does |", "| --- | --- | --- | --- |"]
    for name, field in Options.model_fields.items():
        rows.append(f"| `{variable(name)}` | {field.title} | {shown(field.default)} | {field.description} |")
    return "\n".join(rows)


def shown(default: object) -> str:
    text = ", ".join(default) if isinstance(default, tuple) else str(default)
    text = str(default).lower() if isinstance(default, bool) else text
    return f"`{text}`" if text and default is not None and not isinstance(default, SecretStr) else ""


def main(arguments: list[str]) -> int:
    page = PAGE.read_text()
    before, rest = page.split(BEGIN)
    wanted = f"{before}{BEGIN}\n{table()}\n{END}{rest.split(END)[1]}"
    if "--check" not in arguments:
        PAGE.write_text(wanted)
    elif page != wanted:
        sys.stderr.write("docs/settings.md is not what config/options.py says: run `make docs`.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
