"""Signing in to the staff site: a password, then a second factor, then a session that can be ended from elsewhere."""
