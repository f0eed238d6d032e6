"""How a store's pages say weights and reasons."""
