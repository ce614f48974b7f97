{{ newest_versions('customers') }}
