"""OMFlow: one deployed flow over its REST API."""
