"""Notices: recording a change that subscribers are notified of, and its audience."""
