"""Configuration of nginx for an exported page, and for its answer in place of errors."""
