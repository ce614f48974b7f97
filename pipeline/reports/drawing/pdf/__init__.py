"""Pages: HTML to PDF, long documents in parts, and what is kept between pages."""
