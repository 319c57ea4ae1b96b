"""Outbox: fan-out of notices, claims, outcomes, and the ledger of deliveries."""
