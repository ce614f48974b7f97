"""The three hand-written organisations of the small demo, one module each, as profiles."""

from pipeline.demo.organisations.neithal import NEITHAL
from pipeline.demo.organisations.skyline import SKYLINE
from pipeline.demo.organisations.trellis import TRELLIS

ORGANISATIONS = (SKYLINE, NEITHAL, TRELLIS)
