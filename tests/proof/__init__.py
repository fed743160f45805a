"""What is proved by trying it many times: runs that are killed, files that are damaged, a server
that many ask.

``make proof`` tries all of it; the suite tries a share that the commit's hash draws, so that a
commit always draws the same and the next one another.
"""
