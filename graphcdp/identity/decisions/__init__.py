"""A person's word about who is who: said, carried out, taken back."""
