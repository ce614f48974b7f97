"""What `adapter` is while sqlfluff renders the models: no warehouse, only shapes.

A dispatched macro becomes a call of its own name, which parses as the expression, relation or
clause that it stands for. dbt never reads this folder.
"""

from collections.abc import Callable

RELATIONS = {"raw_rows"}


def dispatch(name: str, package: str | None = None) -> Callable[..., str]:  # noqa: ARG001
    def rendered(*arguments: object) -> str:
        if name in RELATIONS:
            return str(arguments[0])
        return f"{name}({', '.join(str(argument) for argument in arguments)})"

    return rendered
