"""A furniture house on five channels: what its campaigns bring about is planted, to hold analyses against."""
