"""`--update-examples`: what was answered, written where another answer is recorded."""
