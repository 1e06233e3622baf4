"""Rows of the published database become pages, letters and workbooks for people who act on them."""

from compliance.report.definitions import check_definitions
from compliance.report.month import Written, write_month

__all__ = ["Written", "check_definitions", "write_month"]
