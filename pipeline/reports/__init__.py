"""Published rows of one tenant become one frozen payload, and every format is rendered from it.

catalogue   which reports there are, and the published columns each needs
payload     the envelope that all payloads share, canonical JSON, content keys
formats     money, dates and words as a locale writes them
render      templates -> HTML, text, PDF; in worker processes with limits
build       renders what changed and writes the artefacts
The module of a report turns published rows into its content; it neither formats nor draws.
"""
