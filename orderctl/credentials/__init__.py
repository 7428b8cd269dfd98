"""The only package that reads secrets: the chain of sources, and the OS keyring."""
