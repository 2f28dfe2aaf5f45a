"""What is installed once for each user, into folders that are checked on every use."""
