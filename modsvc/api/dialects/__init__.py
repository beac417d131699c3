"""What other services' clients speak, answered by this one; each dialect is a package of its own.

`moderations` is OpenAI's, `perspective` Perspective's, `predict` text-embeddings-inference's and
`classify` infinity's. Each has its `schemas`, its `route` and, where names differ, a table of what
its names mean here and why. What they share is in `dialect` and `meaning`. None stores anything.
"""
