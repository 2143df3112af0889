"""The staff pages of the tenancy desk. One module per noun; the guided pages run its actions."""

from . import application, company, enquiry, imports, lease, letters, mail, need

__all__ = ["application", "company", "enquiry", "imports", "lease", "letters", "mail", "need"]
