"""Models and tokenizers through the library: safely, wholly, fitting each other and the task."""
