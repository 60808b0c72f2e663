"""Load on a router, open-loop: requests leave when they are due, whether or not earlier ones were answered.

A client that waits for an answer before it asks again asks less of a slow server than its users would, and then reports that the server
was fast. Here every time is counted from when a request was due.
"""
