"""How rows stand on a screen: as a table where they fit, else one value a line and each whole.

Nothing is ever cut: a figure that shows as dots, or a path that cannot be copied, is no answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

_BETWEEN = 2  # spaces between two columns


@dataclass(frozen=True)
class Grid:
    """Cells as text, a row a line; `right` says of each column whether its numbers line up."""

    names: Sequence[str]
    rows: Sequence[Sequence[str]]
    right: Sequence[bool]
    title: str | None = None

    @property
    def width(self) -> int:
        """The columns that the table takes on a screen, its longest lines whole."""
        columns = zip(self.names, *self.rows, strict=True)
        return sum(max(map(_widest, column)) + _BETWEEN for column in columns) - _BETWEEN


def draw(console: Console, grid: Grid) -> None:
    """Print the grid as a table, or a value a line if the console is narrower than the table."""
    if grid.width <= console.width:
        _draw_table(console, grid)
    else:
        _draw_lines(console, grid)


def _draw_table(console: Console, grid: Grid) -> None:
    if grid.title:
        console.print(Text(grid.title, style="italic"))
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, _BETWEEN, 0, 0))
    for name, right in zip(grid.names, grid.right, strict=True):
        table.add_column(Text(name), justify="right" if right else "left")
    for row in grid.rows:
        table.add_row(*map(Text, row))
    console.print(table)


def _draw_lines(console: Console, grid: Grid) -> None:
    if grid.title:
        console.print(Text(grid.title, style="italic"))
    if not grid.rows:
        console.print(*map(Text, grid.names), sep="\n", soft_wrap=True)
        return
    label = max(map(cell_len, grid.names)) + _BETWEEN
    for number, row in enumerate(grid.rows, 1):
        if len(grid.rows) > 1:
            console.print(Text(f"{number} of {len(grid.rows):,}", style="dim"))
        for name, value in zip(grid.names, row, strict=True):
            line = Text(name + " " * (label - cell_len(name)), style="bold")
            line.append(value.replace("\n", "\n" + " " * label), style="not bold")
            # A terminal folds what is longer than it; a copied path stays one line.
            console.print(line, soft_wrap=True)


def _widest(cell: str) -> int:
    return max(map(cell_len, cell.splitlines()), default=0)
