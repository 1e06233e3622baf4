"""Rows of the published database become pages, letters and workbooks for people who act on them."""

from compliance.report.month import Written, write_month

__all__ = ["Written", "write_month"]
