"""The vendors: one file each, always in the same order. None knows another; all are listed in orderctl.registry."""
