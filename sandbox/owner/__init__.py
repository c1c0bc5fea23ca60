"""What an owner does with a deployed stack from a terminal, with their own AWS credentials."""
