"""`python -m pipeline.contracts` prints docs/source-contract.md; `--check FILE` compares."""

import sys
from pathlib import Path

from pipeline.contracts.reference import source_contract


def main(arguments: list[str]) -> int:
    """Exit status 1 if the file given with --check is not what the contracts say."""
    page = source_contract()
    if not arguments:
        sys.stdout.write(page)
        return 0
    if len(arguments) != 2 or arguments[0] != "--check":
        sys.stderr.write("usage: python -m pipeline.contracts [--check FILE]\n")
        return 2
    path = Path(arguments[1])
    if path.exists() and path.read_text(encoding="utf-8") == page:
        return 0
    sys.stderr.write(
        f"{path} is not what the contracts say: python -m pipeline.contracts > {path}\n"
    )
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
