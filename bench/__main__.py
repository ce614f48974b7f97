"""`make bench`: every figure, or the ones named on the command line (refresh, statements)."""

import sys

from bench import refresh, statements

BENCHES = {"statements": statements.main, "refresh": refresh.main}

for name in sys.argv[1:] or BENCHES:
    print(f"\n== {name}")
    BENCHES[name]()
