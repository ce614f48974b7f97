{{ newest_versions('campaign_spend') }}
