"""What goes along with an exported model as it stands here: it imports nothing of the workbench."""
