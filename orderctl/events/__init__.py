"""Orders that a vendor pushes: the receiver and the inbox."""
