"""Would this contract notice? A version's answers and signatures are changed on purpose, and judged again."""
