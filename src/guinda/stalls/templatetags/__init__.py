"""Filters of the office's pages."""
