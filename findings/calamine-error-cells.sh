#!/usr/bin/env bash
# python-calamine 0.9.1 (reads XLSX; calamine of Rust underneath): a cell that holds an Excel error comes
# back as an empty text, just like a cell with nothing in it.
#
# A good engineer expects an error value, or an exception: in the sheet such a cell shows #N/A or
# #DIV/0!, and openpyxl gives that text. Whoever reads amounts with calamine takes a broken formula
# for "no amount", and a sum is too low without a word.
#
# Output seen: openpyxl 3.1.5: '#N/A' '#DIV/0!' None / python-calamine 0.9.1: '' '' ''
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check python-calamine==0.9.1 openpyxl==3.1.5 2>/dev/null
cd "$folder"
cat > look.py <<'PY'
import openpyxl
import python_calamine

book = openpyxl.Workbook()
book.active.append(["#N/A", "#DIV/0!", None, "end"])  # openpyxl writes these two as error cells
book.save("errors.xlsx")

cells = [cell for cell in openpyxl.load_workbook("errors.xlsx").active[1]]
assert [cell.data_type for cell in cells[:2]] == ["e", "e"], "the file has error cells"
theirs = [cell.value for cell in cells[:3]]
rows = python_calamine.CalamineWorkbook.from_path("errors.xlsx").get_sheet_by_index(0).to_python()
print("openpyxl 3.1.5:", *map(repr, theirs))
print("python-calamine 0.9.1:", *map(repr, rows[0][:3]))
assert theirs == ["#N/A", "#DIV/0!", None]
assert rows[0][:3] == ["", "", ""], "behaviour has changed"
PY
venv/bin/python look.py
