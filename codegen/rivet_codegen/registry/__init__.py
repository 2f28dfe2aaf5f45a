"""From a registry document (what actors take and give) to what the templates of a typed package read."""
