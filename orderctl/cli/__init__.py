"""The command line as a whole: the table of commands, what runs them, their help."""
