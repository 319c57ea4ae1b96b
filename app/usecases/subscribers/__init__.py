"""Subscribers: requests, confirmation, choices, unsubscribing, suppressed addresses, import."""
