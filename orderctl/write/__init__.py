"""The one way from an order to a vendor."""
