"""What every room of the generator writes with: templates, models, docstrings, formatting, trees of files."""
