"""What time at the door may be promised now: fills the seam in `orders.promise`."""
