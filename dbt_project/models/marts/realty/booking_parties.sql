-- Who buys together, with the share that counts: as recorded if the shares of a booking are 100 in all,
-- else equal ones.
with parties as (

    select
        parties.*,
        row_number() over of_booking as place,
        count(*) over all_of_booking as parties,
        sum(parties.share_percent) over all_of_booking = 100
        and count(parties.share_percent) over all_of_booking = count(*) over all_of_booking as has_shares
    from {{ ref('stg_booking_parties') }} as parties
    inner join {{ ref('stg_tenants') }} as tenants on parties.tenant_id = tenants.tenant_id
    window
        of_booking as (partition by parties.tenant_id, parties.booking_id order by parties.booking_party_id),
        all_of_booking as (partition by parties.tenant_id, parties.booking_id)

)

select
    tenant_id, booking_party_id, booking_id,
    cast(place as integer) as place,
    cast(parties as integer) as parties,
    party_name, pan_number, email, phone,
    share_percent as recorded_percent,
    coalesce(has_shares, false) as has_shares,
    cast(case when has_shares then share_percent else 100.0 / parties end as decimal(9, 4)) as share_percent
from parties
