"""Rules tried on histories written by hand, examples as test cases, and other systems' rules beside ours."""
