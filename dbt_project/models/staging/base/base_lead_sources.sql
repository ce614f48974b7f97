{{ newest_versions('lead_sources') }}
