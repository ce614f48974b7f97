{{ newest_versions('instalments') }}
