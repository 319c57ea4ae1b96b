"""Configuration as code: `fyr apply` and `fyr dump`."""
