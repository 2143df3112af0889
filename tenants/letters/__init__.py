"""Letters as PDF: words with versions, what they say of a row, the file, and how it is issued and kept."""
