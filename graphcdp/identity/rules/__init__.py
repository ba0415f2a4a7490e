"""The rules of who is who: namespaces, limits, policies; their files, their versions, what they admit."""
