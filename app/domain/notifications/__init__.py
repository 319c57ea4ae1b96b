"""Notifications: the events, who is notified of them, and the life of a delivery."""
