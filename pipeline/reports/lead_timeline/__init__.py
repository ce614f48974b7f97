"""A lead's timeline: everything recorded of one lead."""
