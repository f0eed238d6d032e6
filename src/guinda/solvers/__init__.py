"""Pure decisions: plain values or arrays in, plain values out. No Django, no clock, no I/O, no randomness that is not passed in."""
