"""How a caller proves who it is: keys, tokens, passwords."""
