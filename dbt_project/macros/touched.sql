{#-
    Models of a row or more per lead, customer or month are built again only for the leads, customers
    or months that a model touched_… names: their rows are deleted and inserted in one transaction.
    The inputs of a build are kept as `built` at the end of the run, and only if all models that go by
    them succeeded: what a run left undone stays to be done. docs/incremental.md shows the whole.
-#}
{% macro touched_models() -%}
    {{ return({
        'touched_leads': 'lead_id', 'touched_or_engaged': 'lead_id',
        'touched_customers': 'customer_id', 'touched_months': 'month',
    }) }}
{%- endmacro %}

{#- The relation with the inputs of the last complete build; none if no such build is known. -#}
{% macro built() -%}
    {%- set inputs = ref('build_inputs') -%}
    {%- if execute and not flags.FULL_REFRESH -%}
        {{ return(load_relation(api.Relation.create(
            database=inputs.database, schema=inputs.schema, identifier='built'
        ))) if inputs.schema }}
    {%- endif -%}
{%- endmacro %}

{#- The newest batch that the last complete build read, as a literal; none if no such build is known. -#}
{% macro batch_read_before() -%}
    {{ return("'" ~ newest_batch(built(), 'newest_batch') ~ "'" if built() else none) }}
{%- endmacro %}

{#- A condition on rows of the relation or alias `alias`: true if their lead (customer, month) is to be built. -#}
{% macro is_touched(alias, touched='touched_leads') -%}
    {%- if built() and is_incremental() -%}
    {%- set key = touched_models()[touched] -%}
    ({{ alias }}.tenant_id, {{ alias }}.{{ key }}) in (select tenant_id, {{ key }} from {{ ref(touched) }})
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}

{#- Before the model's own statement: the rows of touched keys go, or all rows if no complete build is known. -#}
{% macro forget_touched(touched='touched_leads') -%}
    {%- if is_incremental() -%}
    delete from {{ this }} where {{ is_touched(this.identifier, touched) }}
    {%- endif -%}
{%- endmacro %}

{% macro remember_build(results) -%}
    {%- set inputs = ref('build_inputs') -%}
    {%- if execute and results -%}
        {%- set built_now = results | selectattr('status', 'equalto', 'success') | map(attribute='node.name') | list -%}
        {%- set grown = graph.nodes.values() | selectattr('config.materialized', 'equalto', 'incremental') -%}
        {%- set needed = ['build_inputs'] + touched_models() | list + grown | map(attribute='name') | list -%}
        {%- if not needed | reject('in', built_now) | list -%}
            {%- set kept = api.Relation.create(database=inputs.database, schema=inputs.schema, identifier='built') -%}
            {%- do run_query('drop table if exists ' ~ kept) -%}
            {%- do run_query('create table ' ~ kept ~ ' as select * from ' ~ inputs) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{#-
    The leads, customers or months (`key`) of which something may differ from the last build: rows came
    or went, the as-of day moved over some, or the tenant's zone or catalogues changed. Naming too many
    costs time, naming too few would be wrong: older and deleted versions count too. For each entity
    `rows` gives the relation of its rows, the column that names the lead, customer or month, and the
    days and moments on which a row begins to count; `entity` names the entity where the key does not.
-#}
{% macro touched(key, rows) -%}
with inputs as (select * from {{ ref('build_inputs') }}),

{% if built() -%}
previous as (select * from {{ built() }}),

read_to as (select max(newest_batch) as batch_id from previous),

rebuilt_tenants as (

    select coalesce(inputs.tenant_id, previous.tenant_id) as tenant_id
    from inputs
    full outer join previous on inputs.tenant_id = previous.tenant_id
    where
        inputs.tenant_id is null or previous.tenant_id is null
        or inputs.timezone <> previous.timezone or inputs.catalogues <> previous.catalogues

),

moved as (

    select
        inputs.tenant_id,
        least(inputs.as_of_date, previous.as_of_date) as first_day,
        greatest(inputs.as_of_date, previous.as_of_date) as last_day,
        least(inputs.as_of_end_at, previous.as_of_end_at) as first_at,
        greatest(inputs.as_of_end_at, previous.as_of_end_at) as end_at
    from inputs
    inner join previous on inputs.tenant_id = previous.tenant_id
    where inputs.as_of_date <> previous.as_of_date

),

touched as (

    {% for entity, here in rows.items() -%}
    select tenant_id, {{ here.column }} as touched_id from {{ here.relation }} as here
    where batch_id > (select batch_id from read_to)
    union all
    select here.tenant_id, here.{{ here.column }} as touched_id
    from {{ here.relation }} as here
    inner join {{ ref('superseded_' ~ here.get('entity', entity)) }} as older
        on here.tenant_id = older.tenant_id
        and {{ is_place('here', 'older') }}
    where older.superseded_by > (select batch_id from read_to)
    union all
    select here.tenant_id, here.{{ here.column }} as touched_id
    from {{ here.relation }} as here
    inner join rebuilt_tenants on here.tenant_id = rebuilt_tenants.tenant_id
    union all
    select here.tenant_id, here.{{ here.column }} as touched_id
    from {{ here.relation }} as here
    inner join moved on here.tenant_id = moved.tenant_id
    where
        false
        {%- for day in here.days %}
        or (moved.first_day < here.{{ day }} and here.{{ day }} <= moved.last_day)
        {%- endfor %}
        {%- for moment in here.moments %}
        or (moved.first_at <= here.{{ moment }} and here.{{ moment }} < moved.end_at)
        {%- endfor %}
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select distinct tenant_id, touched_id as {{ key }} from touched
where touched_id is not null
{%- else -%}
-- No build before this one is known: everything is built, and nothing needs to be named.
no_keys as (select tenant_id, cast(null as {{ 'date' if key == 'month' else 'varchar' }}) as {{ key }} from inputs)

select tenant_id, {{ key }} from no_keys
where {{ key }} is not null
{%- endif %}
{%- endmacro %}
