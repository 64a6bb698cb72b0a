"""Notes and messages, written last, from a finished chart and its table of facts. The way in is `write.write_notes`."""
