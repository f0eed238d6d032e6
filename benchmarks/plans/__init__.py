"""What the planner's benchmarks share: instances by a seed."""
