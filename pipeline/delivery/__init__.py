"""Delivery: each recipient gets each report of each period once, or a person is told why not.

send        `send_due`, the way in: one sender at a time
schedule    what is owed, from the tenants' schedules and what is covered already (pure)
planning    from there to the rows of the record (a dry run does exactly this, on a copy)
gate        whether a tenant's report may go out now
dispatch    one delivery: hold, skip, or compose, store, claim, hand over; testcopy: no record
desk        a report's letter, made once and addressed to each recipient
  letters, statements, cover, papers, artefacts    what the letter says, of what
  message, headers                                 how it is written, the same bytes each time
transport   the door through which it leaves: the file outbox (SMTP comes behind the same door)
states      what a delivery is called, the states it can have and the moves between them
deliveries  the record of every delivery, `state/deliveries.sqlite`; database: the file under it
"""
