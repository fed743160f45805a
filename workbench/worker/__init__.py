"""The process that a run is trained in: supervised, steered, one at a time on a device."""
