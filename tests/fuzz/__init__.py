"""Fuzzing: what holds for any text is in `targets`, what holds for any request in the OpenAPI
document. `engine` throws bytes at the first by atheris, `service` requests at the second by
schemathesis; CONTRIBUTING.md says how, docs/adr/0044-fuzzing.md why, and what both found.

`tests.fuzz_api` stays beside: it knows what an answer has to do with its request (the spans lie in
the text, the flag follows the action), which no OpenAPI document says, and sends bodies that are
cut, nested without end or just over a limit.
"""
