"""The review desk: pages for the people who decide, rendered on the server.

In: browsers. Out: HTML, with forms that `modsvc.review`, `modsvc.ingest` and
`modsvc.accountability` act on. One file a group of pages, each with a `router`; templates, styles,
scripts and catalogues of messages lie beside them. What may be decided is left to those rooms.
"""
