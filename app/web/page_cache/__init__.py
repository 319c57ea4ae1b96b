"""Pages from memory: what visitors ask for is answered before anything else is asked."""
