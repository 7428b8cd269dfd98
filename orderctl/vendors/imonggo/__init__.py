"""Imonggo (Enterprise Edition), Order API."""
