"""The engine: contracts, exports and options in, a `Report` out. It prints nothing and exits nowhere."""
