"""What a person may do about a seller outside of the queues: record, annul, waive.

Each is a form that the routes under /v1 take or refuse; refused, it comes back as it was sent.
"""
