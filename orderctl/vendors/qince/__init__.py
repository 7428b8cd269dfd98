"""Qince: orders of one account over its OpenAPI."""
