"""OneBox (1b.app, WebProduction BOX), orders API v1."""
