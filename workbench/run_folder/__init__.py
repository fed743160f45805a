"""The folder of a run: its files, its state, its table of steps; read with doubt, written whole."""
