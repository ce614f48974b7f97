"""Published rows of one tenant become one frozen payload, and every format is rendered from it.

request, selection     what somebody asks for, and which part of it
catalogue, report      which reports there are, and what a report is
build, making          answers a request, a document at a time
payload, envelope      what every report's data has in common; freshness: when sources delivered
render_keys, imports   whether a rendering is still what would be made now
artifacts, overrides   where renderings lie; a tenant's own templates

The rooms:

daily_summary       what a sales manager reads each morning
sales_dashboard     one page with a tab for each question, and its filters
customer_statement  a customer's statement of account
statement_book      all statements of a tenant in one PDF
lead_timeline       everything recorded of one lead
lists               receivables, bookings, data quality, the workbook
figures             what several reports say: KPIs, changes, ageing, cohorts, worklists, quality
drawing             how it looks: formats, charts, templates, spreadsheets, and pages in drawing/pdf
workers             rendering in worker processes, with limits

A report's package has its row of the catalogue (`spec`) and its module (`report`), which turns
published rows into content; it neither formats nor draws. A new report is a package of its own;
small lists share one.
"""
