"""`make bench`: every figure, or those named on the command line (delivery, refresh, …)."""

import sys

from bench import delivery, ingest, pages, refresh, statements

BENCHES = {
    "statements": statements.main,
    "summaries": pages.summaries,
    "dashboard": pages.dashboard,
    "refresh": refresh.main,
    "delivery": delivery.main,
    "ingest": ingest.main,
}

for name in sys.argv[1:] or BENCHES:
    print(f"\n== {name}")
    BENCHES[name]()
