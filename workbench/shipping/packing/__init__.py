"""A folder to hand over: model, program, checks, card, container, page; ready for the hub."""
