"""A synthetic sales organisation that behaves like a real one, for demos, development and
benchmarks.

`write_demo` fills a workspace: tenant files, logos, sources.yaml, inbox CSV files. Nothing else of
the product imports this package, and it imports nothing of the pipeline's stages.
"""

from pipeline.demo.write import DemoSummary, write_demo

__all__ = ["DemoSummary", "write_demo"]
