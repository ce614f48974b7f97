-- What each of several buyers is to deduct of an instalment: his share to the paisa, the last the rest.
with shares as (

    select
        instalments.tenant_id, instalments.instalment_id, parties.booking_party_id, instalments.booking_id,
        parties.place, parties.parties, parties.party_name, parties.pan_number, parties.share_percent,
        instalments.tds_amount,
        case
            when parties.has_shares then {{ percent_of('parties.share_percent', 'instalments.tds_amount') }}
            else {{ exact_money(paisa('instalments.tds_amount'), whole('parties.parties')) }}
        end as share
    from {{ ref('instalments') }} as instalments
    inner join {{ ref('booking_parties') }} as parties
        on instalments.tenant_id = parties.tenant_id
        and instalments.booking_id = parties.booking_id
    where
        instalments.tds_amount > 0
        and instalments.state not in ('waived', 'withdrawn', 'transferred')

)

select
    tenant_id, instalment_id, booking_party_id, booking_id, party_name, pan_number, share_percent,
    {{ money('case
        when place < parties then share
        else tds_amount - sum(case when place < parties then share else 0 end) over (
            partition by tenant_id, instalment_id
        )
    end') }} as tds_amount
from shares
