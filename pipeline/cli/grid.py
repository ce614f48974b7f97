"""How rows stand on a screen: as a table where they fit, else one value a line and each whole.

Nothing is ever cut: a figure that shows as dots, or a path that cannot be copied, is no answer.
Only sentences may be folded, between their words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

_BETWEEN = 2  # spaces between two columns
_NARROWEST_PROSE = 36
_LONGEST_WORD = 30


@dataclass(frozen=True)
class Grid:
    """Cells as text, a row a line; `right` says of each column whether its numbers line up."""

    names: Sequence[str]
    rows: Sequence[Sequence[str]]
    right: Sequence[bool]
    title: str | None = None

    @cached_property
    def widths(self) -> list[int]:
        """What each column takes on a screen, its longest line whole."""
        columns = zip(self.names, *self.rows, strict=True)
        return [max(map(_widest, column)) for column in columns]

    @cached_property
    def prose(self) -> list[bool]:
        """Whether a column holds sentences, which may be folded where a figure may not."""
        return [
            width > _NARROWEST_PROSE
            and all(_longest_word(row[at]) <= _LONGEST_WORD for row in self.rows)
            for at, width in enumerate(self.widths)
        ]

    def fitted(self, screen: int) -> list[int] | None:
        """The columns' widths on a screen so wide, None if they have no room."""
        room = screen - _BETWEEN * (len(self.widths) - 1)
        if sum(self.widths) <= room:
            return self.widths
        left = room - sum(w for w, prose in zip(self.widths, self.prose, strict=True) if not prose)
        share = left // max(1, sum(self.prose))
        if not any(self.prose) or share < _NARROWEST_PROSE:
            return None
        folded = zip(self.widths, self.prose, strict=True)
        return [min(width, share) if prose else width for width, prose in folded]


def draw(console: Console, grid: Grid) -> None:
    """Print the grid as a table, or a value a line if the console is too narrow for one."""
    if grid.title:
        console.print(Text(grid.title, style="italic"))
    widths = grid.fitted(console.width)
    if widths is None:
        _draw_lines(console, grid)
    else:
        _draw_table(console, grid, widths)


def _draw_table(console: Console, grid: Grid, widths: Sequence[int]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, _BETWEEN, 0, 0))
    for name, right, width in zip(grid.names, grid.right, widths, strict=True):
        table.add_column(Text(name), justify="right" if right else "left", width=width)
    for row in grid.rows:
        table.add_row(*map(Text, row))
    console.print(table)


def _draw_lines(console: Console, grid: Grid) -> None:
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


def _longest_word(cell: str) -> int:
    return max(map(cell_len, cell.split()), default=0)
