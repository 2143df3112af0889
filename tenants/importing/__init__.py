"""Files that come in: read, reviewed, applied and taken back."""
