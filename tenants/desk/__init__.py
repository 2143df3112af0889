"""The reports of the staff site: who is in which suite, on what terms, on any date. To read only, never to change."""
