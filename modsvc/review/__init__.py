"""People decide: accounts, the queue, resolutions, second reviews, appeals, quality, exports.

Every function takes a session of `modsvc.store.database.Database`: a writing one, from
`transaction` or a `Writer`, where it changes something, and any one where it only looks. What
comes out are plain dataclasses and rows of `modsvc.store.tables`. Pages, endpoints and texts
in people's languages are left to the desk and the API.
"""
