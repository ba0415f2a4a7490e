"""The Luma demonstration: who its customers are, what they do in a year, and how Luma's systems write it down."""
