{{ newest_versions('engagement') }}
