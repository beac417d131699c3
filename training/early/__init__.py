"""Early exit: the lower layers alone answer for texts that are plainly harmless.

The way: `graph` parts the integer graph after a layer, `head` learns there what the whole model
says, `bounds` decide how sure that head must be. Serving is in `modsvc.engine`.
"""
