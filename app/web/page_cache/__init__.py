"""Page cache: public pages rendered ahead of requests, kept in memory and answered from there."""
