"""What goes along with a packed model as it stands here: it imports nothing of the workbench."""
