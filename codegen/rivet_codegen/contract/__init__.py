"""What changed between two registry documents, and whom that breaks."""
