"""Batches: Parquet files of raw and quarantine, their metadata, schema and compaction."""
