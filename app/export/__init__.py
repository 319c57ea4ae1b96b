"""The whole site as files or objects: what any web server serves when nothing else is there."""
