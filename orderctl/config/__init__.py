"""The config file: where profiles are read, checked and edited."""
