"""The pages of a store, one module a tab."""
