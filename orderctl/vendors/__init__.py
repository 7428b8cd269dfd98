"""The vendors: a package each, always in the same order. None knows another; orderctl.backend.registry lists them."""
