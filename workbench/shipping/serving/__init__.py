"""A server on this machine that answers with the models of runs; see docs/serve.md."""
