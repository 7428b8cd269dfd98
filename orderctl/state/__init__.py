"""What outlives a run on this machine: folders, private files, databases, locks."""
