{{ newest_versions('users') }}
