"""Applying for space, one thing a page: the steps, their forms, the draft that holds the answers, and the papers."""
