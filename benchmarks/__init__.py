"""Every speed that the README names, measured beside what a user would pick instead."""
