"""The commands, one file each: a function whose signature is its options, and a thin body. See orderctl.cli."""
