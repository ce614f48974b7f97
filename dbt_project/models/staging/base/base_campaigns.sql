{{ newest_versions('campaigns') }}
