"""The benchmark's own worlds: each a module with `open_world`, over one small engine."""
