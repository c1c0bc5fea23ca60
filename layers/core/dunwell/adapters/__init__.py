"""With what: the only package that imports pynamodb, boto3 and stripe. Each module keeps a port."""
