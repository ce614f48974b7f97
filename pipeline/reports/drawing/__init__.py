"""How figures look: formats, words, colours, charts, templates, spreadsheets."""
