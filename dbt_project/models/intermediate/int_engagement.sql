{{ config(materialized='view') }}

-- Engagement up to the end of the as-of day, by local day, as figures need it.
{{ engagement_until_as_of(ref('engagement_facts')) }}
