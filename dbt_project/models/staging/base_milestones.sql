{{ newest_versions('milestones') }}
