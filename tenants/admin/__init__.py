"""The staff pages of the tenancy desk. One module per noun; the guided pages run its actions."""

from . import company, enquiry, imports, lease, need

__all__ = ["company", "enquiry", "imports", "lease", "need"]
