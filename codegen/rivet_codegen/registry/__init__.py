"""From a registry document (what actors take and give) to a typed package."""
