"""Rules between the rows of a table, each drawn as one line.

WeasyPrint draws a collapsed border cell by cell, marks each piece as an artifact and sets its
colour: nine pieces a row, a third of what a page of a ledger draws. Where a table has no vertical
rules, which is all our tables, pieces of one rule that touch are one line: a smaller file, drawn
sooner, and no joints in print. Installed by `style_cache`, on the same
terms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

from weasyprint import draw
from weasyprint.draw.border import draw_line
from weasyprint.draw.color import styled_color

plain_borders: Callable[..., None] = draw.draw_collapsed_borders


def draw_collapsed_borders(stream: Any, table: Any) -> None:
    """WeasyPrint's `draw_collapsed_borders`, for tables without vertical rules."""
    rows = [row for group in table.children for row in group.children]
    vertical, horizontal = table.collapsed_border_grid
    if not (rows and table.column_widths) or any(width for _, (_, width, _) in _all(vertical)):
        plain_borders(stream, table)
        return
    edges = [*table.column_positions, table.column_positions[-1] + table.column_widths[-1]]
    heights = [row.position_y for row in rows] + [rows[-1].position_y + rows[-1].height]
    first = 1 if table.skip_cell_border_top else 0
    last = len(rows) - 1 if table.skip_cell_border_bottom else len(rows)
    lines = [
        (border, edges[begin], edges[end], heights[y])
        for y in range(first, last + 1)
        for border, begin, end in _joined(horizontal[_row_number(table, y, len(rows))])
    ]
    # Bigger scores last, over the others.
    for (_, (style, width, color)), begin, end, y in sorted(lines, key=lambda line: line[0][0]):
        with stream.artifact(), stream.stacked():
            draw_line(stream, begin, y, end, y, width, style, styled_color(style, color, "top"))


def _joined(borders: list[Any]) -> Iterator[tuple[Any, int, int]]:
    """Visible borders that are alike and side by side, with the columns they span."""
    for border, cells in groupby(enumerate(borders), key=itemgetter(1)):
        columns = [column for column, _ in cells]
        _, (_, width, color) = border
        if width and color.alpha:
            yield border, columns[0], columns[-1] + 1


def _row_number(table: Any, y: int, rows: int) -> int:
    """The rule's row in the grid of the whole table, of which this may be a page's part."""
    head, foot = table.children[0], table.children[-1]
    heads = len(head.children) if head.is_header else 0
    feet = len(foot.children) if foot.is_footer else 0
    if heads and y < heads + 1:
        return y
    if feet and y >= rows - feet:
        return y + len(table.collapsed_border_grid[0]) - rows
    return y + (table.skipped_rows - heads if table.skipped_rows else 0)


def _all(grid: list[list[Any]]) -> Iterator[Any]:
    return (border for row in grid for border in row)
