"""What both apps share and no app owns. No models; imports no app."""
