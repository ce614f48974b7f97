"""A customer's statement of account: what it says, of which published rows."""
