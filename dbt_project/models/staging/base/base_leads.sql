{{ newest_versions('leads') }}
