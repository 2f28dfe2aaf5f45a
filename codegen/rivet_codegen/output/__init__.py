"""What all rooms of the generator use for their output: templates, models, docstrings, formatting, trees of files."""
