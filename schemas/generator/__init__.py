"""What schemas/generate makes, one module per kind of file. Standard library alone."""
