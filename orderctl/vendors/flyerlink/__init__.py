"""Flyerlink (FLAPI of printing.com, Nettl, w3p): print orders that hold jobs."""
