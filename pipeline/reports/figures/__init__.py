"""Figures that several reports say: KPIs and their changes, ageing, cohorts, worklists, scores."""
