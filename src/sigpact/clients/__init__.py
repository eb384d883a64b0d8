"""How a client talks to the server: closed classes, made once from a contract's words."""
