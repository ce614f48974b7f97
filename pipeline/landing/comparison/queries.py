"""The comparison's queries: which rows are duplicates, unchanged, or replaced by another file."""

# Of several rows with one id the last in the batch wins. Others like it are duplicates; of others
# that differ, the last of each content is a conflict (and goes to quarantine), the rest duplicates.
DUPLICATES = """
    INSERT INTO duplicates
    WITH same_id AS (
        SELECT k.file, k.place, k.content, r.source_row, r.tenant_id, r.id,
            last_value(k.content) OVER whole AS winning_content,
            last_value(r.source_file) OVER whole AS winning_file,
            last_value(r.source_row) OVER whole AS winning_row,
            k.place = last_value(k.place) OVER whole AS wins,
            k.place = last_value(k.place) OVER (
                PARTITION BY r.tenant_id, r.id, k.content ORDER BY k.place
                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ) AS is_last_copy
        FROM suspects k
        JOIN read_parquet($spooled, file_row_number = true) r ON r.file_row_number = k.place
        WHERE k.key % $parts::UBIGINT = $part::UBIGINT
        WINDOW whole AS (
            PARTITION BY r.tenant_id, r.id ORDER BY k.place
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        )
    )
    SELECT file, place, source_row, tenant_id, id, winning_file, winning_row,
        is_last_copy AND content <> winning_content AS is_conflict
    FROM same_id WHERE NOT wins
"""
# Without the casts below a remainder is computed in 128 bits: fifteen times slower than all else.
# Each raw file is read once, whatever the number of parts; few keys pick their rows out at once.
REMEMBER = """
    INSERT INTO landed
    SELECT hash(tenant_id, id) AS key, CASE WHEN $merged THEN
            CAST(substr(batch_id, 3, 6) || substr(batch_id, 10, 12) AS BIGINT)
        ELSE $age END AS age, hash({row_hash}) AS content, {origin} AS origin
    FROM read_parquet($raw, union_by_name = true)
    WHERE $all OR hash(tenant_id, id) IN (SELECT key FROM keys)
"""
ANY = """
    SELECT count(*) > 0 FROM (
        SELECT 1 FROM read_parquet($raw)
        WHERE $all OR hash(tenant_id, id) IN (SELECT key FROM keys) LIMIT 1
    )
"""
# Of files that are read again: what came from another file with or after their last reading.
REPLACED = """
    WITH newest AS (
        SELECT key, max(age) AS age, arg_max(origin, age) AS origin FROM landed
        WHERE key % $parts::UBIGINT = $part::UBIGINT GROUP BY key
    )
    SELECT k.place FROM keys k JOIN newest n ON n.key = k.key JOIN again a ON a.file = k.file
    WHERE k.key % $parts::UBIGINT = $part::UBIGINT
        AND (n.age > a.age OR (n.age = a.age AND n.origin <> hash(a.name)))
"""
UNCHANGED = """
    WITH newest AS (
        SELECT key, arg_max(content, age) AS content FROM landed
        WHERE key % $parts::UBIGINT = $part::UBIGINT GROUP BY key
    )
    SELECT k.place FROM keys k JOIN newest n ON n.key = k.key AND n.content = k.content
    WHERE k.key % $parts::UBIGINT = $part::UBIGINT
"""
