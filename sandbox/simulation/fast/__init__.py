"""The fast model: the real domain and use cases over the ports in memory."""
