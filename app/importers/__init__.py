"""Importers: one module for each kind of status page whose history Fyr reads."""
