"""What a vendor is and has: its description, an open connection to it, and what all vendors share."""
