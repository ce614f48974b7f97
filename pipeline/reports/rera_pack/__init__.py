"""The RERA pack: sold and unsold units of a project and its designated account as a spreadsheet."""
