"""A stable copy of one tenant's published build, for tools that are not Milepost's."""
