{#-
    A tenant's day in its own zone. Rows carry instants in UTC; tenants differ in zone, so the zone
    is a column.
-#}
{% macro local_date(instant, zone) -%}
    {{ return(adapter.dispatch('local_date')(instant, zone)) }}
{%- endmacro %}

{% macro default__local_date(instant, zone) -%}
    cast({{ instant }} at time zone {{ zone }} as date)
{%- endmacro %}

{#-
    DuckDB converts by a zone in a column at 1.8 microseconds a row, by a literal zone at 0.25 and by
    adding a constant at 0.02: over twenty million rows that is 36, 5 or half a second. So each zone
    in use becomes a branch, plain arithmetic where its offset never changes (India). A zone that is
    not among them still converts, slowly.
-#}
{% macro duckdb__local_date(instant, zone) -%}
    case {{ zone }}
        {%- for name, offset, shifts in zones_in_use() %}
        {%- if shifts is not none %}
        when '{{ name }}' then cast(make_timestamp(
            epoch_us({{ instant }}) + 1000000 * {{ offset_at('epoch(' ~ instant ~ ')', fromjson(shifts)) }}
        ) as date)
        {%- elif offset is none %}
        when '{{ name }}' then cast({{ instant }} at time zone '{{ name }}' as date)
        {%- else %}
        when '{{ name }}' then cast(make_timestamp(epoch_us({{ instant }}) + {{ offset * 1000000 }}) as date)
        {%- endif %}
        {%- endfor %}
        when null then null
        else cast({{ instant }} at time zone {{ zone }} as date)
    end
{%- endmacro %}

{#-
    The seconds east of UTC at a moment, by halving: `shifts` are [from when on, seconds], in order.
    DuckDB's own database of zones is as old as its release; landing says where it is wrong.
-#}
{% macro offset_at(second, shifts) -%}
    {%- if shifts | length == 1 -%}
        {{ shifts[0][1] }}
    {%- else -%}
        {%- set half = shifts | length // 2 -%}
        case when {{ second }} < {{ shifts[half][0] }} then {{ offset_at(second, shifts[:half]) }} else {{ offset_at(second, shifts[half:]) }} end
    {%- endif -%}
{%- endmacro %}

{#- The same by the local clock: a new offset counts from when both clocks agree that it has begun. -#}
{% macro local_shifts(shifts) -%}
    {%- set found = [shifts[0]] -%}
    {%- for number in range(1, shifts | length) -%}
        {%- set later = [shifts[number - 1][1], shifts[number][1]] | max -%}
        {%- do found.append([shifts[number][0] + later, shifts[number][1]]) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{#- (zone, seconds east of UTC or none if that changes, its changes where the engine has them wrong) of every tenant; empty before the first build. -#}
{% macro zones_in_use() -%}
    {#- In a unit test the table is rows without a schema: every zone then converts by its column. -#}
    {%- set landed = ref('stg_tenants') -%}
    {%- set tenants = load_relation(landed) if execute and landed.schema else none -%}
    {%- if not tenants -%}
        {{ return([]) }}
    {%- endif -%}
    {{ return(run_query('select distinct timezone, utc_offset_seconds, zone_shifts from ' ~ tenants ~ ' order by timezone').rows) }}
{%- endmacro %}

{#- Seconds east of UTC if the zone has kept one offset from 1970 on, else null. -#}
{% macro constant_offset(zone) -%}
    {{ return(adapter.dispatch('constant_offset')(zone)) }}
{%- endmacro %}

{% macro default__constant_offset(zone) -%}
    cast(null as bigint)
{%- endmacro %}

{% macro duckdb__constant_offset(zone) -%}
    (
        select case when min(seconds) = max(seconds) then min(seconds) end
        from (
            select cast(epoch(weeks.start_at at time zone {{ zone }}) - epoch(weeks.start_at) as bigint) as seconds
            from generate_series(
                timestamptz '1970-01-01 00:00:00+00', timestamptz '2078-01-01 00:00:00+00', interval '7 days'
            ) as weeks(start_at)
        ) as offsets
    )
{%- endmacro %}

{% macro spark__local_date(instant, zone) -%}
    cast(from_utc_timestamp({{ instant }}, {{ zone }}) as date)
{%- endmacro %}

{#- The instant at which a DATE begins in the zone: `instant_of` for few rows, `day_start` for many. -#}
{% macro instant_of(day, zone) -%}
    {{ return(adapter.dispatch('instant_of')(day, zone)) }}
{%- endmacro %}

{% macro default__instant_of(day, zone) -%}
    (cast({{ day }} as timestamp) at time zone {{ zone }})
{%- endmacro %}

{% macro spark__instant_of(day, zone) -%}
    to_utc_timestamp(cast({{ day }} as timestamp), {{ zone }})
{%- endmacro %}

{% macro day_start(day, zone) -%}
    {{ return(adapter.dispatch('day_start')(day, zone)) }}
{%- endmacro %}

{% macro default__day_start(day, zone) -%}
    {{ instant_of(day, zone) }}
{%- endmacro %}

{% macro duckdb__day_start(day, zone) -%}
    case {{ zone }}
        {%- for name, offset, shifts in zones_in_use() %}
        {%- if shifts is not none %}
        when '{{ name }}' then make_timestamptz(
            epoch_us(cast({{ day }} as timestamp))
            - 1000000 * {{ offset_at('epoch(cast(' ~ day ~ ' as timestamp))', local_shifts(fromjson(shifts))) }}
        )
        {%- elif offset is none %}
        when '{{ name }}' then cast({{ day }} as timestamp) at time zone '{{ name }}'
        {%- else %}
        when '{{ name }}' then make_timestamptz(epoch_us(cast({{ day }} as timestamp)) - {{ offset * 1000000 }})
        {%- endif %}
        {%- endfor %}
        when null then null
        else cast({{ day }} as timestamp) at time zone {{ zone }}
    end
{%- endmacro %}

{#- Hours between two instants, with a fraction. -#}
{% macro hours_between(first, second) -%}
    {{ return(adapter.dispatch('hours_between')(first, second)) }}
{%- endmacro %}

{% macro default__hours_between(first, second) -%}
    cast(extract(epoch from {{ second }} - {{ first }}) / 3600 as double precision)
{%- endmacro %}

{% macro duckdb__hours_between(first, second) -%}
    ((epoch_us({{ second }}) - epoch_us({{ first }})) / 3600000000.0e0)
{%- endmacro %}

{% macro spark__hours_between(first, second) -%}
    ((unix_micros({{ second }}) - unix_micros({{ first }})) / 3600000000.0)
{%- endmacro %}
