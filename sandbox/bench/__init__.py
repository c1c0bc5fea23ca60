"""What Dunwell costs: calls and units, cold starts, CPU, throughput; each beside its floor."""
