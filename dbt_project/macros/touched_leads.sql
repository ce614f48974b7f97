{#-
    Models of a row or more per lead are built again only for the leads that touched_leads names: their
    rows are deleted and inserted in one transaction. What was built is kept as `built` at the end of
    a run, and only if all of these models succeeded: what a run left undone stays to be done.
-#}
{% macro built_by_lead() -%}
    {{ return(['int_milestones', 'int_follow_ups', 'int_lead_engagement_types']) }}
{%- endmacro %}

{#- What the last complete build was of, none if that is not known. -#}
{% macro built() -%}
    {%- set terms = ref('build_terms') -%}
    {%- if execute and not flags.FULL_REFRESH -%}
        {{ return(load_relation(api.Relation.create(
            database=terms.database, schema=terms.schema, identifier='built'
        ))) if terms.schema }}
    {%- endif -%}
{%- endmacro %}

{#- A condition on rows of a lead, of the relation or alias that is named: true for those to build. -#}
{% macro is_touched(alias) -%}
    {%- if built() and is_incremental() -%}
    exists (
        select 1 from {{ ref('touched_leads') }} as touched
        where {{ alias }}.tenant_id = touched.tenant_id and {{ alias }}.lead_id = touched.lead_id
    )
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}

{#- Before the model's own statement: its rows of touched leads go, or all, if the last build is not known. -#}
{% macro forget_touched() -%}
    {%- if is_incremental() -%}
    delete from {{ this }} where {{ is_touched(this.identifier) }}
    {%- endif -%}
{%- endmacro %}

{% macro remember_build(results) -%}
    {%- set terms = ref('build_terms') -%}
    {%- if execute and results -%}
        {%- set built_now = results | selectattr('status', 'equalto', 'success') | map(attribute='node.name') | list -%}
        {%- set missing = (built_by_lead() + ['build_terms', 'touched_leads']) | reject('in', built_now) | list -%}
        {%- if not missing -%}
            {%- set kept = api.Relation.create(database=terms.database, schema=terms.schema, identifier='built') -%}
            {%- do run_query('drop table if exists ' ~ kept) -%}
            {%- do run_query('create table ' ~ kept ~ ' as select * from ' ~ terms) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
