"""The analysts' console: pages over what the HTTP interface tells, and nothing more.

A page has no rights and no knowledge of its own. It asks the routes under /v1, inside this
process, as the person who is signed in, and shows what they answer.
"""
