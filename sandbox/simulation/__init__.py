"""Histories of the whole application in which everything that can go wrong does, decided by one seed."""
