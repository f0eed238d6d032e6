"""Guinda: sell anywhere the client is, deliver within the promise, keep the client, learn what each step brought."""
