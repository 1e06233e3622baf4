"""Ledger exports in, answers out: what is bought without a valid contract, why, and where."""

__version__ = "0.1.0"
