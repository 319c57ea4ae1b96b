"""E-mail on the wire: the relay, its connections, mail folders, MIME and DKIM."""
