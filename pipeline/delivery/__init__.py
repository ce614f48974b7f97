"""Delivery: each recipient gets each report of each period once, or a person is told why not.

send        `send_due`, the way in: one sender at a time
schedule/   what is owed, from the tenants' schedules and what is covered already (pure)
planning    from there to the rows of the record (a dry run does exactly this, on a copy)
gate        whether a tenant's report may go out now
dispatch    one delivery: hold, skip, or compose, store, claim, hand over; test_copies: marked
mail/       a report's letter, made once and addressed to each recipient, the same bytes each time
rendering   the files that a letter encloses
transport/  the door through which it leaves: the file outbox or SMTP; what comes back
record/     the record of every delivery, `state/deliveries.sqlite`, and its states
"""
