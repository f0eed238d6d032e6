"""The planner's pages in the office."""
