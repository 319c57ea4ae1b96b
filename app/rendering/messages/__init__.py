"""Messages: a notice as mail, card and webhook documents, in one language and time zone."""
